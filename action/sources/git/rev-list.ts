import { git, type Repository } from "./git.ts";
import { gitRecords } from "./records.ts";

/** Commits to scan, in Git's own words for them. */
export interface CommitRange {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Also all branches and tags. */
  readonly all?: boolean;
}

/** An object that a range brings in, under a path that has it. */
export interface ListedObject {
  readonly object: string;
  /** Null for commits and tags. A line feed in a name ends it: `git rev-list` prints no more. */
  readonly path: string | null;
  /** The first commit that has it, where the oldest come first; else only for commits. */
  readonly commit: string | null;
  /** It is not in this clone; Git may know where to get it. Its path is not known. */
  readonly missing?: true;
}

/** Of a blob that a ref names by itself. */
export const UNKNOWN_PATH = "(unknown path)";

/** Each object under the commit that brought it. Git must know the whole range before it prints the first. */
const OLDEST_FIRST = ["--in-commit-order", "--topo-order", "--reverse"];

/**
 * Everything that is reachable from `include` and not from `exclude`, many at a time. Trees are left out: the root
 * ones have an empty path, and a new tree is followed by something new inside it; the few others are recognized by
 * `git cat-file`. A blob to which a tag points has an empty path as well. With `trees` they are listed too.
 */
export async function* listObjects(
  repository: Repository,
  { include, exclude, all = false }: CommitRange,
  { oldestFirst, trees = false }: { readonly oldestFirst: boolean; readonly trees?: boolean },
): AsyncGenerator<readonly ListedObject[]> {
  const args = ["rev-list", "--objects", ...(oldestFirst ? OLDEST_FIRST : []), "--missing=print", "--stdin"];
  if (all) args.push("--all");
  const named = new Set([...include, ...(all ? await taggedBlobs(repository) : [])]);
  const input = [...include, ...exclude.map((revision) => `^${revision}`), ""].join("\n");
  const lines = gitRecords(repository, args, { input, end: "\n" });
  yield* trees ? everything(lines) : parse(lines, named, oldestFirst);
}

/** Blobs that refs name by themselves. */
async function taggedBlobs(repository: Repository): Promise<readonly string[]> {
  const { stdout } = await git(repository, ["for-each-ref", "--format=%(objecttype) %(objectname)"]);
  return [...stdout.toString().matchAll(/^blob (\w+)$/gm)].map(([, object = ""]) => object);
}

/** One object a line: `OBJECT` is a commit, `OBJECT PATH` what it brings in, `?OBJECT` is missing. */
async function* parse(
  lines: AsyncIterable<readonly string[]>,
  named: ReadonlySet<string>,
  oldestFirst: boolean,
): AsyncGenerator<readonly ListedObject[]> {
  let commit: string | null = null;
  let before: ListedObject | undefined;
  for await (const some of lines) {
    const listed: ListedObject[] = [];
    for (const line of some) {
      const one = read(line, commit);
      if (oldestFirst) commit = one.commit;
      if (before !== undefined && !isFolderOf(before.path, one.path)) listed.push(before);
      before = one.path === "" ? tagged(one, named) : one;
    }
    yield listed;
  }
  if (before) yield [before];
}

/** Trees too: the root ones have an empty path, as has what a tag points to. */
async function* everything(lines: AsyncIterable<readonly string[]>): AsyncGenerator<readonly ListedObject[]> {
  for await (const some of lines) yield some.map((line) => read(line, null));
}

function read(line: string, commit: string | null): ListedObject {
  const space = line.indexOf(" ");
  if (space !== -1) return { object: line.slice(0, space), path: line.slice(space + 1), commit };
  if (line.startsWith("?")) return { object: line.slice(1), path: UNKNOWN_PATH, commit, missing: true };
  return { object: line, path: null, commit: line };
}

/** Of what has no path, the root trees are left out. */
const tagged = (one: ListedObject, named: ReadonlySet<string>): ListedObject | undefined =>
  named.has(one.object) ? { ...one, path: UNKNOWN_PATH } : undefined;

const isFolderOf = (path: string | null, inside: string | null) =>
  path !== null && inside?.startsWith(`${path}/`) === true;
