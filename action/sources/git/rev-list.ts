import type { Repository } from "./git.ts";
import { gitRecords } from "./records.ts";

/** Commits to scan, in Git's own words for them. */
export interface Revisions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface CommitRange extends Revisions {
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

/** A commit at the border of a shallow clone has no parents here. */
export interface ListedCommit {
  readonly object: string;
  readonly tree: string;
  readonly parents: readonly string[];
}

/** Of a blob that a ref names by itself. */
export const UNKNOWN_PATH = "(unknown path)";

/** Git must know the whole range before it prints the first. */
const OLDEST_FIRST = ["--topo-order", "--reverse"];
/** Of each commit a line `commit OBJECT` and a line `TREE PARENT…`. */
const WITH_PARENTS = "--format=%T %P";
const COMMIT = "commit ";

const linesOf = (
  repository: Repository,
  { include, exclude, all = false }: CommitRange,
  options: readonly string[],
) =>
  gitRecords(repository, ["rev-list", ...options, "--stdin", ...(all ? ["--all"] : [])], {
    input: [...include, ...exclude.map((revision) => `^${revision}`), ""].join("\n"),
    end: "\n",
  });

/** Some commits and what they bring in, in their order. */
export interface Listed {
  readonly commits: readonly ListedCommit[];
  readonly objects: readonly ListedObject[];
}

/**
 * Everything that is reachable from `include` and not from `exclude`, many at a time, each object under the first commit
 * that brings it, without trees.
 */
export async function* listNewObjects(repository: Repository, revisions: Revisions): AsyncGenerator<Listed> {
  const options = ["--objects", "--in-commit-order", ...OLDEST_FIRST, "--missing=print", WITH_PARENTS];
  let header: string | undefined;
  let commit: string | null = null;
  let root: string | undefined;
  const trees = new Trees((object) => object === root);
  for await (const lines of linesOf(repository, revisions, options)) {
    const commits: ListedCommit[] = [];
    const objects: ListedObject[] = [];
    for (const line of lines) {
      if (header !== undefined) {
        const one = listedCommit(header, line);
        commits.push(one);
        root = one.tree;
        header = undefined;
        continue;
      }
      header = commitOf(line);
      commit = header ?? commit;
      objects.push(...trees.without(header === undefined ? read(line, commit) : undefined));
    }
    yield { commits, objects };
  }
  yield { commits: [], objects: trees.without(undefined) };
}

/**
 * Everything, trees too, as it is found, so that memory does not grow with it: the objects of a tree or of a range. Root
 * trees have an empty path, and so has what a tag points to.
 */
export async function* listObjects(
  repository: Repository,
  range: CommitRange,
): AsyncGenerator<readonly ListedObject[]> {
  for await (const lines of linesOf(repository, range, ["--objects", "--missing=print"]))
    yield lines.map((line) => read(line, null));
}

/** What a tree holds, each object under one of its paths, without trees. */
export async function* listFiles(
  repository: Repository,
  tree: string,
): AsyncGenerator<readonly ListedObject[]> {
  const trees = new Trees(() => true);
  for await (const some of listObjects(repository, { include: [tree], exclude: [] }))
    yield some.flatMap((one) => trees.without(one));
  yield trees.without(undefined);
}

/** The commits of a range, the oldest first. */
export async function listCommits(
  repository: Repository,
  range: CommitRange,
): Promise<readonly ListedCommit[]> {
  const listed: ListedCommit[] = [];
  let header: string | undefined;
  for await (const lines of linesOf(repository, range, [...OLDEST_FIRST, WITH_PARENTS]))
    for (const line of lines) {
      if (header !== undefined) listed.push(listedCommit(header, line));
      header = commitOf(line);
    }
  return listed;
}

const commitOf = (line: string): string | undefined =>
  line.startsWith(COMMIT) ? line.slice(COMMIT.length) : undefined;

function listedCommit(object: string, line: string): ListedCommit {
  const [tree = "", ...parents] = line.trimEnd().split(" ");
  return { object, tree, parents };
}

/** One object a line: `OBJECT` is a commit, `OBJECT PATH` what it brings in, `?OBJECT` is missing. */
function read(line: string, commit: string | null): ListedObject {
  const space = line.indexOf(" ");
  if (space !== -1) return { object: line.slice(0, space), path: line.slice(space + 1), commit };
  if (line.startsWith("?")) return { object: line.slice(1), path: UNKNOWN_PATH, commit, missing: true };
  return { object: line, path: null, commit: line };
}

/**
 * Leaves trees out: the roots, which have an empty path as what a tag points to has, and folders, after which something
 * new comes that is inside. The few others are recognized by `git cat-file`. Tags come first, and their names are no
 * folders of each other.
 */
class Trees {
  readonly #isRoot: (object: string) => boolean;
  #hasPaths = false;
  #before: ListedObject | undefined;

  /** @param isRoot whether an object without a path is the tree of a commit */
  constructor(isRoot: (object: string) => boolean) {
    this.#isRoot = isRoot;
  }

  /** The object before the next one, if that shows it to be no tree. */
  without(next: ListedObject | undefined): readonly ListedObject[] {
    const before = this.#before;
    const isFolder = this.#hasPaths && isFolderOf(before?.path, next?.path);
    this.#hasPaths ||= next?.path === "";
    this.#before = next?.path === "" ? this.#tagged(next) : next;
    return before === undefined || isFolder ? [] : [before];
  }

  #tagged(one: ListedObject): ListedObject | undefined {
    return this.#isRoot(one.object) ? undefined : { ...one, path: UNKNOWN_PATH };
  }
}

const isFolderOf = (path: string | null | undefined, inside: string | null | undefined) =>
  typeof path === "string" && inside?.startsWith(`${path}/`) === true;
