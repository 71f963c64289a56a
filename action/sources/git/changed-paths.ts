import { type CommitTrees, commitTrees, emptyTree, pairOf, TreeDiffs, type TreeEntry } from "./diff-tree.ts";
import type { Repository } from "./git.ts";
import { gitRecords } from "./records.ts";

/** A blob that a commit puts under a path, or a submodule. */
export interface ChangedPath {
  readonly commit: string;
  readonly object: string;
  readonly path: string;
  /** The object is a commit of another repository. */
  readonly submodule?: true;
  /** The object is a folder, left out here because so many other paths of its content were listed. */
  readonly folder?: true;
}

const SUBMODULE = "160000";
const TREE = "040000";

/** A folder that a commit changes, as it was in each of its parents and as it is. */
interface Visit {
  readonly commit: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  readonly before: readonly string[];
  readonly tree: string;
}

/** Paths under which the same change of a folder is gone through. */
const MOST_VISITS = 256;

/**
 * What each commit changes against its parents (a merge: against all of them), under its exact path. Other than
 * the list of new objects it has both places of a blob that is there twice, and old blobs under new names. Each
 * pair of trees is compared once, level by level: `git diff-tree -r` walks every path and holds them all, and ten
 * trees that hold each other have millions.
 */
export async function* changedPaths(
  repository: Repository,
  commits: readonly string[],
): AsyncGenerator<readonly ChangedPath[]> {
  const [first] = commits;
  if (first === undefined) return;
  const empty = emptyTree(first);
  const diffs = new TreeDiffs(repository);
  try {
    let level = roots(await commitTrees(repository, commits), commits, empty);
    const visited = new Map<string, number>();
    while (level.length > 0) {
      const pairs = new Map(
        level.flatMap(({ before, tree }) => before.map((old) => [pairOf(old, tree), { old, tree }])),
      );
      const entries = await diffs.compare([...pairs.values()]);
      const next: Visit[] = [];
      for (const visit of level) {
        const key = `${visit.before.join(" ")} ${visit.tree}`;
        const visits = visited.get(key) ?? 0;
        visited.set(key, visits + 1);
        if (visits === MOST_VISITS)
          yield [{ commit: visit.commit, object: visit.tree, path: visit.prefix.slice(0, -1), folder: true }];
        if (visits < MOST_VISITS) yield changesOf(visit, { entries, empty, next });
      }
      level = next;
    }
  } finally {
    diffs.end();
  }
}

function roots(trees: CommitTrees, commits: readonly string[], empty: string): Visit[] {
  return commits.flatMap((commit) => {
    const { tree, parents } = trees.get(commit) ?? { tree: undefined, parents: [] };
    if (tree === undefined) return [];
    const before = parents.map((parent) => trees.get(parent)?.tree ?? empty);
    return visitOf({ commit, prefix: "", before: before.length === 0 ? [empty] : before, tree });
  });
}

/** Nothing where a parent has the same. */
const visitOf = (visit: Visit): readonly Visit[] => (visit.before.includes(visit.tree) ? [] : [visit]);

interface Level {
  readonly entries: ReadonlyMap<string, ReadonlyMap<string, TreeEntry>>;
  readonly empty: string;
  /** Where the folders inside are put. */
  readonly next: Visit[];
}

function changesOf({ commit, prefix, before, tree }: Visit, { entries, empty, next }: Level): ChangedPath[] {
  const [first, ...others] = before.map((old) => entries.get(pairOf(old, tree)));
  const changed: ChangedPath[] = [];
  for (const [name, { mode, object, old }] of first ?? []) {
    const same = others.map((other) => other?.get(name));
    if (same.includes(undefined)) continue;
    const path = prefix + name;
    if (mode === TREE) {
      const folders = [old, ...same.map((entry) => entry?.old)].map((folder) => folder ?? empty);
      next.push(...visitOf({ commit, prefix: `${path}/`, before: folders, tree: object }));
    } else changed.push({ commit, object, path, ...(mode === SUBMODULE && { submodule: true }) });
  }
  return changed;
}

/** What the index holds and the tree does not. */
export async function stagedPaths(repository: Repository, tree: string): Promise<readonly ChangedPath[]> {
  const staged: ChangedPath[] = [];
  const args = [
    "diff-index",
    "--cached",
    "-r",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    tree,
    "--",
  ];
  let entry: string | undefined;
  for await (const fields of gitRecords(repository, args, { end: "\0" }))
    for (const field of fields) {
      if (entry === undefined) entry = field;
      else {
        const [, mode, , object = ""] = entry.split(" ");
        if (!/^0*$/.test(object))
          staged.push({ commit: "", object, path: field, ...(mode === SUBMODULE && { submodule: true }) });
        entry = undefined;
      }
    }
  return staged;
}
