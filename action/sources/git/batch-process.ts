import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { ScanError } from "../source.ts";
import { ended, type Repository, refusal, startGit } from "./git.ts";
import { LONGEST_RECORD, TOO_LONG } from "./records.ts";

const NUL = 0;

/**
 * A Git command with `--stdin` that serves several requests: one process for each request would cost a small
 * range more than the responses. It repeats a line that is no object, and flushes its output; so a line that cannot
 * be guessed ends each request and its response.
 */
export class GitBatchProcess {
  readonly #repository: Repository;
  readonly #child: ChildProcess;
  readonly #closed: Promise<number>;
  readonly #chunks: AsyncIterator<Buffer> | undefined;
  readonly #mark = Buffer.from(`${randomUUID()}\n`);
  #stderr = "";

  constructor(repository: Repository, args: readonly string[]) {
    this.#repository = repository;
    this.#child = startGit(repository, args, ["pipe", "pipe", "pipe"]);
    this.#closed = ended(this.#child, repository.folder);
    this.#closed.catch(() => {});
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      if (this.#stderr.length < LONGEST_RECORD) this.#stderr += chunk.toString("utf8");
    });
    // A process that ends before it has read everything closes the pipe; its status is reported instead.
    this.#child.stdin?.on("error", () => {});
    this.#chunks = this.#child.stdout?.[Symbol.asyncIterator]();
  }

  /**
   * Git's response to some lines, split at each NUL. Throws `ScanError` where Git fails, and for a record that is
   * longer than any file name.
   */
  async request(lines: string): Promise<readonly string[]> {
    this.#child.stdin?.write(lines);
    this.#child.stdin?.write(this.#mark);
    const fields: string[] = [];
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const next = await this.#chunks?.next();
      if (next === undefined || next.done) {
        await this.#closed;
        throw new ScanError(refusal(this.#stderr, this.#repository.folder));
      }
      rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
      const last = rest.lastIndexOf(NUL);
      if (last !== -1) {
        for (const field of rest.toString("utf8", 0, last).split("\0")) fields.push(field);
        rest = rest.subarray(last + 1);
      }
      if (rest.subarray(-this.#mark.length).equals(this.#mark)) {
        return [...fields, rest.toString("utf8", 0, rest.length - this.#mark.length)];
      }
      if (rest.length > LONGEST_RECORD) throw new ScanError(TOO_LONG);
    }
  }

  /** No question follows. */
  end(): void {
    this.#child.kill();
  }
}
