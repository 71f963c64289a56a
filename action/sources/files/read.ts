import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import type { ScanProblem } from "../../scan/problem.ts";
import type { Source } from "../source.ts";
import type { ListedFile } from "./work-queue.ts";

/** Files are read in pieces of this many bytes, into one buffer for each thread: see `Source.chunks`. */
const PIECE = 1_048_576;
let buffer: Buffer | undefined;

/**
 * What was a file when it was listed may be a pipe, a device or a link to one when it is opened: none of them may
 * hold up the scan or be read without end. Windows has neither flag.
 */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The contents of files, and the names that symbolic links hold. What cannot be read is a problem. */
export function* fileSources(files: Iterable<ListedFile>, problems: ScanProblem[]): Generator<Source> {
  for (const { file, path, isLink, throughLink } of files) {
    const place = { path, commit: null, ...(throughLink && { uncertainPath: true as const }) };
    if (isLink) {
      const target = attempt(path, problems, () => readlinkSync(file, "buffer"));
      if (target) yield { ...place, isLink, size: target.length, chunks: () => once(target) };
      continue;
    }
    const descriptor = attempt(path, problems, () => openSync(file, FLAGS));
    if (descriptor === undefined) continue;
    try {
      const found = fstatSync(descriptor);
      if (found.isFile())
        yield { ...place, size: found.size, chunks: () => pieces(descriptor, path, problems) };
      else problems.push({ code: "file_replaced", path });
    } finally {
      closeSync(descriptor);
    }
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Without waiting: a promise for each piece costs more than the reading. */
async function* pieces(descriptor: number, path: string, problems: ScanProblem[]): AsyncGenerator<Buffer> {
  buffer ??= Buffer.allocUnsafeSlow(PIECE);
  const piece = buffer;
  for (;;) {
    const read = attempt(path, problems, () => readSync(descriptor, piece)) ?? 0;
    if (read > 0) yield piece.subarray(0, read);
    if (read < piece.length) return;
  }
}

/** What cannot be read ends only itself. */
export function attempt<Value>(path: string, problems: ScanProblem[], read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(problemOf(path, (error as NodeJS.ErrnoException).code ?? "unknown error"));
    return undefined;
  }
}

function problemOf(path: string, reason: string): ScanProblem {
  // Node has put this character instead of the bytes of the name.
  if (reason === "ENOENT" && path.includes("\ufffd")) return { code: "name_not_utf8", path };
  return reason === "ELOOP" ? { code: "file_became_link", path } : { code: "file_unreadable", path, reason };
}
