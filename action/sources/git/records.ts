import type { Readable } from "node:stream";
import type { ScanProblem } from "../../scan/problem.ts";
import { ScanError } from "../source.ts";
import { ended, type Repository, refusal, startGit } from "./git.ts";

/** A path or line of Git's that is longer than this was made to be a burden: Linux takes 4,096 bytes. */
export const LONGEST_RECORD = 256 * 1024;

export const TOO_LONG = { code: "path_too_long" } as const satisfies ScanProblem;

/**
 * The records of a stream that `end` ends (a line feed or NUL), as many at a time as have arrived; decoded as
 * UTF-8. Memory is bounded: throws `ScanError` for a record that is longer than any file name.
 */
async function* records(stream: Readable, end: "\n" | "\0"): AsyncGenerator<readonly string[]> {
  const code = end.charCodeAt(0);
  let rest: Buffer[] = [];
  let held = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const last = chunk.lastIndexOf(code);
    if (last === -1) {
      rest.push(chunk);
      held += chunk.length;
      if (held > LONGEST_RECORD) throw new ScanError(TOO_LONG);
      continue;
    }
    const text = Buffer.concat([...rest, chunk.subarray(0, last)]).toString("utf8");
    rest = [chunk.subarray(last + 1)];
    held = chunk.length - last - 1;
    yield text.split(end);
  }
  if (held > 0) yield [Buffer.concat(rest).toString("utf8")];
}

interface Exchange {
  readonly input?: string;
  readonly end: "\n" | "\0";
  /** Called with what Git complained of although it has not failed. */
  readonly onComplaints?: (stderr: string) => void;
}

/** What Git prints, record by record; Git is ended where the caller stops. Throws `ScanError` where it fails. */
export async function* gitRecords(
  repository: Repository,
  args: readonly string[],
  { input = "", end, onComplaints }: Exchange,
): AsyncGenerator<readonly string[]> {
  const child = startGit(repository, args, ["pipe", "pipe", "pipe"]);
  const closed = ended(child, repository.folder);
  closed.catch(() => {});
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    if (stderr.length < LONGEST_RECORD) stderr += chunk.toString("utf8");
  });
  // A process that ends before it has read everything closes the pipe; its status shows the failure.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  try {
    if (child.stdout) yield* records(child.stdout, end);
    if ((await closed) !== 0) throw new ScanError(refusal(stderr, repository.folder));
    if (stderr !== "") onComplaints?.(stderr);
  } finally {
    child.kill();
  }
}
