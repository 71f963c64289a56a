import { filesAt } from "./files-at.ts";
import type { Repository } from "./git.ts";
import type { OpenRepository } from "./open-repository.ts";
import { gitRecords } from "./records.ts";
import { listFiles } from "./rev-list.ts";

/** Blobs whose paths in the newest state are requested. */
export interface RequestedPaths {
  /** Where each of them was found. */
  readonly found: readonly { readonly object: string; readonly path: string }[];
  /** Called with the paths of the newest state: of all, or where there are too many, one of each blob. */
  readonly each?: (path: string) => void;
}

/**
 * Where blobs are in a commit: object to paths. Those that are still where they were found are looked up there; of
 * the others one path is returned. Each object is visited once, however many paths lead to it. In a blob, which a tag may
 * be of, there are none.
 */
export async function headPaths(
  repository: OpenRepository,
  commit: string,
  { found, each }: RequestedPaths,
): Promise<ReadonlyMap<string, readonly string[]>> {
  // What ends Git is reported by the commands below.
  if ((await repository.find(`${commit}^{tree}`)) === "missing") return new Map();
  const pathsOf = new Map(found.map(({ object }) => [object, new Set<string>()]));
  for await (const { object, path } of filesAt(
    repository,
    commit,
    found.map(({ path }) => path),
  ))
    pathsOf.get(object)?.add(path);
  const open = new Set([...pathsOf].filter(([, known]) => known.size === 0).map(([object]) => object));
  const left = each !== undefined && !(await everyPath(repository, commit, each)) ? each : undefined;
  if (open.size > 0 || left !== undefined) await walk(repository, commit, { open, pathsOf, each: left });
  return new Map(
    [...pathsOf].filter(([, known]) => known.size > 0).map(([object, set]) => [object, [...set]]),
  );
}

/** Paths that are gone through one by one: a few trees that hold each other name many millions. */
const MAX_PATHS = 1_000_000;

/** False if there are more paths than are gone through. */
async function everyPath(
  repository: Repository,
  commit: string,
  each: (path: string) => void,
): Promise<boolean> {
  let count = 0;
  const args = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit];
  for await (const paths of gitRecords(repository, args, { end: "\0" })) {
    paths.forEach(each);
    count += paths.length;
    if (count > MAX_PATHS) return false;
  }
  return true;
}

interface Walk {
  readonly open: Set<string>;
  readonly pathsOf: ReadonlyMap<string, Set<string>>;
  readonly each: RequestedPaths["each"];
}

async function walk(repository: Repository, commit: string, { open, pathsOf, each }: Walk): Promise<void> {
  for await (const some of listFiles(repository, `${commit}^{tree}`)) {
    for (const { object, path } of some) {
      if (path === null) continue;
      each?.(path);
      if (open.delete(object)) pathsOf.get(object)?.add(path);
    }
    if (open.size === 0 && each === undefined) return;
  }
}
