import { lstatSync, readdirSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { claims, fileList, type Helper, type ListedFile, type StartHelper } from "./file-list.ts";
import { attempt, fileSources } from "./file-source.ts";
import type { Problem, Source, Sources } from "./source.ts";

/** Fewer files are looked at before another thread has started. */
const WORTH_HELP = 500;
/** Files whose names are held at a time. */
const HELD = 8_192;

/**
 * Files and everything inside folders, as they are on the disk: ignore files, `node_modules` and hidden names
 * make no difference; only `.git` is left out. A symbolic link is its target's name and is not followed.
 * `root` is what paths are told relative to. Where there are many files, a helper looks at some of them.
 */
export function pathSources(root: string, paths: readonly string[], startHelper?: StartHelper): Sources {
  const problems: Problem[] = [];
  const files = listed(root, paths, problems);
  return { sources: sources(files, problems, startHelper), problems };
}

async function* sources(
  files: Iterator<ListedFile>,
  problems: Problem[],
  startHelper: StartHelper | undefined,
): AsyncGenerator<Source> {
  let some = taken(files, WORTH_HELP);
  if (some.length < WORTH_HELP || startHelper === undefined) {
    for (; some.length > 0; some = taken(files, HELD)) yield* fileSources(some, problems);
    return;
  }
  const helper = startHelper();
  try {
    for (some.push(...taken(files, HELD)); some.length > 0; some = taken(files, HELD))
      yield* shared(some, helper, problems);
  } finally {
    helper.stop();
  }
}

/** What the helper has not looked at, for whatever reason, is looked at here. */
async function* shared(
  files: readonly ListedFile[],
  helper: Helper,
  problems: Problem[],
): AsyncGenerator<Source> {
  const list = fileList(files);
  const helping = helper.look(list);
  const own = new Set<ListedFile>();
  for (const file of claims(list)) {
    own.add(file);
    yield* fileSources([file], problems);
  }
  const theirs = await helping;
  for (const listed of files) {
    if (own.has(listed)) continue;
    const scanned = theirs.get(listed.path);
    if (scanned === undefined) yield* fileSources([listed], problems);
    else yield { path: listed.path, commit: null, size: scanned.bytes, scanned, chunks: nothing };
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}

function taken(files: Iterator<ListedFile>, most: number): ListedFile[] {
  const some: ListedFile[] = [];
  while (some.length < most) {
    const next = files.next();
    if (next.done) break;
    some.push(next.value);
  }
  return some;
}

function* listed(root: string, paths: readonly string[], problems: Problem[]): Generator<ListedFile> {
  for (const given of paths) {
    const file = resolve(root, given);
    const path = told(root, file);
    const found = attempt(given, problems, () => lstatSync(file, { throwIfNoEntry: false }) ?? null);
    if (found === null) problems.push(`${given} does not exist; name a file or folder to look at.`);
    else if (found?.isDirectory()) yield* inside(file, path, problems);
    else if (found?.isFile() || found?.isSymbolicLink()) yield { file, path, isLink: found.isSymbolicLink() };
    else if (found) problems.push(`${given} is a pipe, socket or device; name a file or folder to look at.`);
  }
}

/** Sockets, pipes and devices are not content. */
function* inside(folder: string, path: string, problems: Problem[]): Generator<ListedFile> {
  const open = [{ folder, path }];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const { folder, path } = here;
    const entries = attempt(path, problems, () => readdirSync(folder, { withFileTypes: true })) ?? [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = `${folder}${sep}${entry.name}`;
      const name = path === "." ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== ".git") open.push({ folder: file, path: name });
      else if (entry.isFile() || entry.isSymbolicLink())
        yield { file, path: name, isLink: entry.isSymbolicLink() };
    }
  }
}

/** Relative to the root, or absolute where it is outside. */
function told(root: string, file: string): string {
  const path = relative(root, file) || ".";
  return (path.startsWith("..") ? file : path).split(sep).join("/");
}
