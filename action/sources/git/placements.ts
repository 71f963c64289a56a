import { changedPaths, MAX_COUNTED } from "./changed-paths.ts";
import type { OpenRepository } from "./open-repository.ts";
import { type CommitRange, listCommits } from "./rev-list.ts";

/** A path that a range gives an object, and the first commit that does: as a file, if any has it as one. */
export interface Placement {
  readonly object: string;
  readonly path: string;
  readonly commit: string;
  /** In all commits that give it this path it is a symbolic link. */
  readonly isLink?: true | undefined;
  /** It is a folder, left out because so many other paths of its content were listed. */
  readonly folder?: true;
}

type Place = Pick<Placement, "commit" | "isLink">;

/** Paths of one object that are listed in any case: one more than are read. */
const MAX_PLACEMENTS = 256;

/**
 * Every path that the range gives these objects, oldest commit first, as far as there is room for them; then the
 * folders that were left out, which may have more of them.
 */
export async function placements(
  repository: OpenRepository,
  range: CommitRange,
  objects: ReadonlySet<string>,
): Promise<readonly Placement[]> {
  if (objects.size === 0) return [];
  const commits = await listCommits(repository, range);
  const ages = new Map(commits.map(({ object }, at) => [object, at]));
  const age = (commit: string) => ages.get(commit) ?? ages.size;
  const isBefore = (one: Place, other: Place) =>
    one.isLink === other.isLink ? age(one.commit) < age(other.commit) : !one.isLink;
  const folders: Placement[] = [];
  let further = 0;
  const hasRoom = (known: number) => known <= MAX_PLACEMENTS || ++further <= MAX_COUNTED;
  const found = new Map([...objects].map((object) => [object, new Map<string, Place>()]));
  for await (const changes of changedPaths(repository, commits))
    for (const { object, path, commit, isLink, folder } of changes) {
      if (folder) folders.push({ object, path, commit, folder });
      const paths = found.get(object);
      if (paths === undefined) continue;
      const known = paths.get(path);
      if (known === undefined ? hasRoom(paths.size) : isBefore({ commit, isLink }, known))
        paths.set(path, { commit, isLink });
    }
  const placed = [...found].flatMap(([object, paths]) =>
    [...paths].map(([path, place]): Placement => ({ object, path, ...place })),
  );
  return [...placed.toSorted((one, other) => age(one.commit) - age(other.commit)), ...folders];
}
