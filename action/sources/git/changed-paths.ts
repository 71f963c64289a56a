import { ScanError } from "../source.ts";
import { emptyTree, pairOf, TreeDiffs, type TreeEntry } from "./diff-tree.ts";
import { DIFF_OPTIONS, type Repository } from "./git.ts";
import type { OpenRepository } from "./open-repository.ts";
import { type Requested, readObjects } from "./read-objects.ts";
import { gitRecords } from "./records.ts";
import type { ListedCommit } from "./rev-list.ts";
import { wholeOf } from "./tree-entries.ts";

/** A blob that a commit puts under a path, or a submodule. */
export interface ChangedPath {
  readonly commit: string;
  readonly object: string;
  readonly path: string;
  /** The object is a commit of another repository. */
  readonly submodule?: true;
  /** The blob is the name of a symbolic link's target. */
  readonly isLink?: true;
  /** The object is a folder, left out here because so many other paths of its content were listed; each path once. */
  readonly folder?: true;
}

const SUBMODULE = "160000";
const LINK = "120000";
const TREE = "040000";

/** What the mode of an entry says of it. */
const kindOf = (mode: string | undefined): Pick<ChangedPath, "submodule" | "isLink"> => ({
  ...(mode === SUBMODULE && { submodule: true }),
  ...(mode === LINK && { isLink: true }),
});

/** A folder that a commit changes, as it was in each of its parents and as it is. */
interface Visit {
  readonly commit: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  readonly before: readonly string[];
  readonly tree: string;
}

/** Paths under which the same change of a folder is gone through. */
const MAX_VISITS = 256;
/** Of all contents together, more paths that are listed only to be counted. */
export const MAX_COUNTED = 100_000;

/** The changes of folders that were gone through, each with its paths. */
class Visits {
  /** Numbers, as the same paths occur in commit after commit. */
  readonly #paths = new Map<string, number>();
  /** The first path alone, as nearly every change has no other. */
  readonly #visited = new Map<string, number | Set<number>>();
  readonly #leftOut = new Set<number>();

  /** A change is `known` under a path that it has had before, also where that was left out, or is one too many to count. */
  kindOf({ before, tree, prefix }: Visit): "new" | "known" | "left out" {
    const path = this.#paths.get(prefix) ?? this.#paths.size;
    this.#paths.set(prefix, path);
    const change = `${before.join(" ")} ${tree}`;
    const known = this.#visited.get(change);
    if (known === undefined) this.#visited.set(change, path);
    if (known === undefined) return "new";
    const paths = typeof known === "number" ? new Set([known]) : known;
    if (paths.has(path)) return "known";
    if (paths.size < MAX_VISITS) {
      this.#visited.set(change, paths.add(path));
      return "new";
    }
    if (this.#leftOut.has(path) || this.#leftOut.size >= MAX_COUNTED) return "known";
    this.#leftOut.add(path);
    return "left out";
  }
}

/**
 * What each commit changes against its parents (a merge: against all of them), under its exact path. Other than
 * the list of new objects it has both places of a blob that is there twice, and old blobs under new names. Each
 * pair of trees is compared once, level by level: `git diff-tree -r` walks every path and holds them all, and ten
 * trees that hold each other have millions.
 */
export async function* changedPaths(
  repository: OpenRepository,
  commits: readonly ListedCommit[],
): AsyncGenerator<readonly ChangedPath[]> {
  const [first] = commits;
  if (first === undefined) return;
  const empty = emptyTree(first.object);
  const diffs = new TreeDiffs(repository);
  try {
    let level = roots(commits, await treesOf(repository, commits), empty);
    const visits = new Visits();
    while (level.length > 0) {
      const pairs = new Map(
        level.flatMap(({ before, tree }) => before.map((old) => [pairOf(old, tree), { old, tree }])),
      );
      const entries = await diffs.compare([...pairs.values()]);
      const next: Visit[] = [];
      for (const visit of level) {
        const { commit, tree: object, prefix } = visit;
        const kind = visits.kindOf(visit);
        if (kind === "new") yield changesOf(visit, { entries, empty, next });
        if (kind === "left out") yield [{ commit, object, path: prefix.slice(0, -1), folder: true }];
      }
      level = next;
    }
  } finally {
    diffs.end();
  }
}

/** The trees of commits and of their parents, by commit. */
async function treesOf(
  repository: OpenRepository,
  commits: readonly ListedCommit[],
): Promise<ReadonlyMap<string, string>> {
  const trees = new Map(commits.map(({ object, tree }) => [object, tree]));
  const outside = new Set(commits.flatMap(({ parents }) => parents).filter((parent) => !trees.has(parent)));
  const requested = (async function* () {
    yield [...outside].map((object): Requested<null> => ({ object, note: null }));
  })();
  for await (const one of readObjects(repository, requested, [])) {
    const bytes = one.arrived() ?? (await wholeOf(one.chunks()));
    const [, tree] = /^tree ([0-9a-f]+)\n/.exec(bytes.toString("latin1", 0, 100)) ?? [];
    if (tree !== undefined) trees.set(one.object, tree);
  }
  // As the empty tree it would put all files of the repository into the change, and hide what Git says of it.
  if ([...outside].some((parent) => !trees.has(parent)))
    throw new ScanError({ code: "repository_unreadable", folder: repository.folder });
  return trees;
}

function roots(commits: readonly ListedCommit[], trees: ReadonlyMap<string, string>, empty: string): Visit[] {
  return commits.flatMap(({ object, tree, parents }) => {
    const before = parents.map((parent) => trees.get(parent) ?? empty);
    return visitOf({ commit: object, prefix: "", before: before.length === 0 ? [empty] : before, tree });
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
    } else changed.push({ commit, object, path, ...kindOf(mode) });
  }
  return changed;
}

/** What the index holds and the tree does not. */
export async function stagedPaths(repository: Repository, tree: string): Promise<readonly ChangedPath[]> {
  const staged: ChangedPath[] = [];
  const args = ["diff-index", "--cached", "-r", "-z", ...DIFF_OPTIONS, tree, "--"];
  let entry: string | undefined;
  for await (const fields of gitRecords(repository, args, { end: "\0" }))
    for (const field of fields) {
      if (entry === undefined) entry = field;
      else {
        const [, mode, , object = ""] = entry.split(" ");
        if (!/^0*$/.test(object)) staged.push({ commit: "", object, path: field, ...kindOf(mode) });
        entry = undefined;
      }
    }
  return staged;
}
