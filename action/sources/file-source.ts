import { closeSync, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import type { ListedFile } from "./file-list.ts";
import type { Problem, Source } from "./source.ts";

/** Files are read in pieces of this many bytes, into one buffer for each thread: see `Source.chunks`. */
const PIECE = 1_048_576;
let buffer: Buffer | undefined;

/** The contents of files, and the names that symbolic links hold. What cannot be read is a problem. */
export function* fileSources(files: Iterable<ListedFile>, problems: Problem[]): Generator<Source> {
  for (const { file, path, isLink } of files) {
    if (isLink) {
      const target = attempt(path, problems, () => readlinkSync(file, "buffer"));
      if (target) yield { path, commit: null, size: target.length, chunks: () => once(target) };
      continue;
    }
    const descriptor = attempt(path, problems, () => openSync(file, "r"));
    if (descriptor === undefined) continue;
    try {
      const { size } = fstatSync(descriptor);
      yield { path, commit: null, size, chunks: () => pieces(descriptor, path, problems) };
    } finally {
      closeSync(descriptor);
    }
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Without waiting: a promise for each piece costs more than the reading. */
async function* pieces(descriptor: number, path: string, problems: Problem[]): AsyncGenerator<Buffer> {
  buffer ??= Buffer.allocUnsafeSlow(PIECE);
  const piece = buffer;
  for (;;) {
    const read = attempt(path, problems, () => readSync(descriptor, piece)) ?? 0;
    if (read > 0) yield piece.subarray(0, read);
    if (read < piece.length) return;
  }
}

/** What cannot be read ends only itself. */
export function attempt<Value>(path: string, problems: Problem[], read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    problems.push(`${path} cannot be read (${code}); check its permissions and run again.`);
    return undefined;
  }
}
