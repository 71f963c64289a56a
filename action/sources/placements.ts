import { changedPaths } from "./changed-paths.ts";
import type { Repository } from "./git.ts";
import type { CommitRange } from "./object-list.ts";
import { gitRecords } from "./records.ts";

/** A path that a range gives an object, and the first commit that does. */
export interface Placement {
  readonly object: string;
  readonly path: string;
  readonly commit: string;
}

/** Paths of one object that are listed; the same content under more of them is no accident. */
const MOST_PLACEMENTS = 256;

/** Every path that the range gives these objects, oldest commit first, at most `MOST_PLACEMENTS` and one of each. */
export async function placements(
  repository: Repository,
  range: CommitRange,
  objects: ReadonlySet<string>,
): Promise<readonly Placement[]> {
  if (objects.size === 0) return [];
  const ages = await agesOf(repository, range);
  const age = (commit: string) => ages.get(commit) ?? ages.size;
  const found = new Map([...objects].map((object) => [object, new Map<string, string>()]));
  for await (const changes of changedPaths(repository, [...ages.keys()]))
    for (const { object, path, commit } of changes) {
      const paths = found.get(object);
      if (paths === undefined) continue;
      const known = paths.get(path);
      if (known === undefined ? paths.size <= MOST_PLACEMENTS : age(commit) < age(known))
        paths.set(path, commit);
    }
  return [...found]
    .flatMap(([object, paths]) => [...paths].map(([path, commit]) => ({ object, path, commit })))
    .toSorted((one, other) => age(one.commit) - age(other.commit));
}

/** The commits of a range with their places in it, the oldest 0. */
async function agesOf(
  repository: Repository,
  { include, exclude, all = false }: CommitRange,
): Promise<ReadonlyMap<string, number>> {
  const args = ["rev-list", "--topo-order", "--reverse", "--stdin", ...(all ? ["--all"] : [])];
  const input = [...include, ...exclude.map((revision) => `^${revision}`), ""].join("\n");
  const ages = new Map<string, number>();
  for await (const commits of gitRecords(repository, args, { input, end: "\n" }))
    for (const commit of commits) if (commit !== "") ages.set(commit, ages.size);
  return ages;
}
