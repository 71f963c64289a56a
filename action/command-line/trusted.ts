import { join, resolve } from "node:path";
import { type Exceptions, exceptionsAt, exceptionsIn } from "../exceptions.ts";
import type { Repository } from "../sources/git.ts";
import { CannotLook } from "../sources/source.ts";
import { EXCEPTIONS_FILE } from "../suppression.ts";
import type { Extent, Options } from "./options.ts";
import { commitNamed, revision } from "./revision.ts";

/** What decides which findings are suppressed, and against which schemas files are held. */
export interface Trusted extends Exceptions {
  /** The commit that the schemas are read from; null: from the disk. */
  readonly schemaCommit: string | null;
}

type Choice = Pick<Options, "extent" | "config" | "suppressionsFrom">;

/**
 * Where suppressions and schemas are read: in a range from the base, so that a change cannot excuse itself; for the
 * index and the history suppressions from `HEAD`, for the disk from the disk; or where the person says. Throws
 * `CannotLook` where there is nothing to read from.
 */
export async function trusted(
  repository: Repository,
  root: string,
  { extent, config, suppressionsFrom }: Choice,
  today: string,
): Promise<Trusted> {
  if (suppressionsFrom !== null) {
    const commit = await commitNamed(repository, suppressionsFrom);
    return { ...(await exceptionsAt(repository, commit, today)), schemaCommit: commit };
  }
  const schemaCommit = extent.kind === "range" ? await commitNamed(repository, extent.from) : null;
  if (config !== null)
    return { ...(await exceptionsIn(resolve(repository.folder, config), true, today)), schemaCommit };
  if (extent.kind === "paths")
    return { ...(await exceptionsIn(join(root, EXCEPTIONS_FILE), false, today)), schemaCommit };
  const commit = schemaCommit ?? (await head(repository, extent));
  return { ...(await exceptionsAt(repository, commit, today)), schemaCommit };
}

/** Without Git or a repository, the paths named beside `--staged` are still files: the scan says what is wrong. */
async function head(repository: Repository, extent: Extent): Promise<string | null> {
  try {
    return await revision(repository, "HEAD");
  } catch (error) {
    if (error instanceof CannotLook && extent.kind === "staged" && extent.paths.length > 0) return null;
    throw error;
  }
}
