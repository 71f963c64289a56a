import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { ended, type Repository, startGit } from "./git.ts";

const ARGUMENTS = ["cat-file", "--batch", "--buffer"];

/**
 * A request that ends requests. No ref, path or object can have this name; and with `--buffer` Git writes what it holds
 * back when a name is missing. Its response shows that all others have been read.
 */
export const MARK = "?\n";

export const isResponseToMark = (line: string | undefined): boolean => line === "? missing";

const LONGEST_COMPLAINT = 64 * 1024;

export interface ObjectHeader {
  readonly object: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
}

/** From Git's line `OBJECT TYPE SIZE`; undefined for the line that it prints where it has no such object. */
export function objectHeader(line: string): ObjectHeader | undefined {
  const [, object = "", type = "", size] = /^([0-9a-f]{40,64}) ([a-z]+) ([0-9]+)$/.exec(line) ?? [];
  return size === undefined ? undefined : { object, type, size: Number(size) };
}

/**
 * A `git cat-file --batch`: takes names of objects, one per line, and responds to each, in their order, with a header,
 * the content and a line feed, or with one line where there is none. Memory is bounded by the pipes.
 */
export class CatFile {
  /** What Git writes to its standard error. */
  complaint = "";
  /** The exit status. Rejects with `ScanError` if Git cannot run. */
  readonly closed: Promise<number>;
  readonly #child: ChildProcess;
  readonly #chunks: AsyncIterator<Buffer>;
  #data: Buffer = Buffer.alloc(0);

  /** @param settings of Git, before the command */
  constructor(repository: Repository, settings: readonly string[] = []) {
    this.#child = startGit(repository, [...settings, ...ARGUMENTS], ["pipe", "pipe", "pipe"]);
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      if (this.complaint.length < LONGEST_COMPLAINT) this.complaint += chunk.toString("utf8");
    });
    // A process that ends before it has read everything closes the pipe; the end of its output shows that.
    this.#child.stdin?.on("error", () => {});
    this.closed = ended(this.#child, repository.folder);
    // Awaited where the output ends.
    this.closed.catch(() => {});
    if (!this.#child.stdout) throw new Error("git cat-file has no output");
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]();
  }

  /** Whether it can take requests. */
  get isRunning(): boolean {
    const { exitCode, signalCode, stdin } = this.#child;
    return exitCode === null && signalCode === null && stdin?.destroyed === false;
  }

  /** Resolves when Git can take more, or has ended; rejects as `closed` does. A pipe holds about 1,500 names. */
  async write(lines: string): Promise<void> {
    const { stdin } = this.#child;
    if (!stdin || stdin.destroyed || lines === "" || stdin.write(lines)) return;
    await Promise.race([once(stdin, "drain").catch(() => {}), this.closed]);
  }

  /** Ends it; what it has written and no one has read is dropped. */
  stop(): void {
    this.#child.kill();
    this.#child.stdout?.destroy();
  }

  /** Whether Node waits for it. Without one who reads from it, it must not keep a finished program from its end. */
  set isInUse(isInUse: boolean) {
    const act = isInUse ? "ref" : "unref";
    this.#child[act]();
    // Node's types do not say that the streams of a child are sockets.
    for (const stream of this.#child.stdio) (stream as Socket | null)?.[act]();
  }

  /** The next line, if it has arrived. */
  line(): string | undefined {
    const end = this.#data.indexOf(10);
    if (end === -1) return undefined;
    const line = this.#data.toString("latin1", 0, end);
    this.#data = this.#data.subarray(end + 1);
    return line;
  }

  /** Undefined at the end of the output. */
  async nextLine(): Promise<string | undefined> {
    for (let line = this.line(); ; line = this.line())
      if (line !== undefined || !(await this.#fill())) return line;
  }

  /** So many bytes, if they have arrived. Of no bytes, none. */
  whole(size: number): Buffer | undefined {
    if (this.#data.length < size) return undefined;
    const whole = this.#data.subarray(0, size);
    this.#data = this.#data.subarray(size);
    return whole;
  }

  /** At most so many bytes, if any have arrived. */
  piece(most: number): Buffer | undefined {
    if (this.#data.length === 0) return undefined;
    const piece = this.#data.subarray(0, most);
    this.#data = this.#data.subarray(piece.length);
    return piece;
  }

  /** Undefined at the end of the output. */
  async nextPiece(most: number): Promise<Buffer | undefined> {
    return (await this.#fill()) ? this.piece(most) : undefined;
  }

  async #fill(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#data = this.#data.length === 0 ? next.value : Buffer.concat([this.#data, next.value]);
    return true;
  }
}
