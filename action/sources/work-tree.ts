import { closeSync, type Dirent, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Problem, Source, Sources } from "./source.ts";

/** Files are read in pieces of this many bytes. */
const PIECE = 1_048_576;

/**
 * Files and everything inside folders, as they are on the disk: ignore files, `node_modules` and hidden names
 * make no difference; only `.git` is left out. A symbolic link is its target's name and is not followed.
 * `root` is what paths are told relative to.
 */
export function pathSources(root: string, paths: readonly string[]): Sources {
  const problems: Problem[] = [];
  return { sources: walk(root, paths, problems), problems };
}

async function* walk(root: string, paths: readonly string[], problems: Problem[]): AsyncGenerator<Source> {
  for (const path of paths) {
    const file = resolve(root, path);
    const found = attempt(path, problems, () => lstatSync(file, { throwIfNoEntry: false }) ?? null);
    if (found === null) problems.push(`${path} does not exist; name a file or folder to look at.`);
    else if (found?.isDirectory()) yield* inside(root, file, problems);
    else if (found) yield* one(root, file, found, problems);
  }
}

function* inside(root: string, folder: string, problems: Problem[]): Generator<Source> {
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const here = next;
    const entries =
      attempt(told(root, here), problems, () => readdirSync(here, { withFileTypes: true })) ?? [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = join(here, entry.name);
      if (entry.isDirectory() && entry.name !== ".git") open.push(file);
      else yield* one(root, file, entry, problems);
    }
  }
}

type Kind = Pick<Dirent, "isFile" | "isSymbolicLink">;

/** Sockets, pipes and devices are not content. */
function* one(root: string, file: string, kind: Kind, problems: Problem[]): Generator<Source> {
  const path = told(root, file);
  if (kind.isFile()) {
    const size = attempt(path, problems, () => lstatSync(file).size);
    if (size !== undefined)
      yield { path, commit: null, size, chunks: () => pieces(path, file, size, problems) };
  } else if (kind.isSymbolicLink()) {
    const target = attempt(path, problems, () => readlinkSync(file, "buffer"));
    if (target) yield { path, commit: null, size: target.length, chunks: () => once(target) };
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Read at once where it is small: a promise for each piece costs more than the reading. */
async function* pieces(
  path: string,
  file: string,
  size: number,
  problems: Problem[],
): AsyncGenerator<Buffer> {
  const descriptor = attempt(path, problems, () => openSync(file, "r"));
  if (descriptor === undefined) return;
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(Math.min(size + 1, PIECE));
      const read = attempt(path, problems, () => readSync(descriptor, piece)) ?? 0;
      if (read > 0) yield piece.subarray(0, read);
      if (read < piece.length) return;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Relative to the root, or absolute where it is outside. */
function told(root: string, file: string): string {
  const path = relative(root, file) || ".";
  return (path.startsWith("..") ? file : path).split(sep).join("/");
}

function attempt<Value>(path: string, problems: Problem[], read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    problems.push(`${path} cannot be read (${code}); check its permissions and run again.`);
    return undefined;
  }
}
