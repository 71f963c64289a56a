import { changedPaths } from "./changed-paths.ts";
import type { Repository } from "./git.ts";
import { gitRecords } from "./records.ts";
import type { CommitRange } from "./rev-list.ts";

/** A path that a range gives an object, and the first commit that does. */
export interface Placement {
  readonly object: string;
  readonly path: string;
  readonly commit: string;
  /** It is a folder, left out because so many other paths of its content were listed. */
  readonly folder?: true;
}

/** Paths of one object that are listed; the same content under more of them is no accident. */
const MOST_PLACEMENTS = 256;

/**
 * Every path that the range gives these objects, oldest commit first, at most one more than `MOST_PLACEMENTS` of each;
 * then the folders that were left out, which may have more of them.
 */
export async function placements(
  repository: Repository,
  range: CommitRange,
  objects: ReadonlySet<string>,
): Promise<readonly Placement[]> {
  if (objects.size === 0) return [];
  const ages = await agesOf(repository, range);
  const age = (commit: string) => ages.get(commit) ?? ages.size;
  const folders: Placement[] = [];
  const found = new Map([...objects].map((object) => [object, new Map<string, string>()]));
  for await (const changes of changedPaths(repository, [...ages.keys()]))
    for (const { object, path, commit, folder } of changes) {
      if (folder) folders.push({ object, path, commit, folder });
      const paths = found.get(object);
      if (paths === undefined) continue;
      const known = paths.get(path);
      if (known === undefined ? paths.size <= MOST_PLACEMENTS : age(commit) < age(known))
        paths.set(path, commit);
    }
  const placed = [...found].flatMap(([object, paths]) =>
    [...paths].map(([path, commit]): Placement => ({ object, path, commit })),
  );
  return [...placed.toSorted((one, other) => age(one.commit) - age(other.commit)), ...folders];
}

/** The commits of a range with their places in it, the oldest 0. */
const agesOf = async (repository: Repository, range: CommitRange): Promise<ReadonlyMap<string, number>> =>
  new Map((await commitsOf(repository, range)).map((commit, at) => [commit, at]));

/** The commits of a range, the oldest first. */
async function commitsOf(
  repository: Repository,
  { include, exclude, all = false }: CommitRange,
): Promise<readonly string[]> {
  const args = ["rev-list", "--topo-order", "--reverse", "--stdin", ...(all ? ["--all"] : [])];
  const input = [...include, ...exclude.map((revision) => `^${revision}`), ""].join("\n");
  const listed: string[] = [];
  for await (const commits of gitRecords(repository, args, { input, end: "\n" }))
    for (const commit of commits) if (commit !== "") listed.push(commit);
  return listed;
}
