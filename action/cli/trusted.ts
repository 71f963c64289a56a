import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { OpenRepository } from "../sources/git/open-repository.ts";
import { ScanError } from "../sources/source.ts";
import {
  type Change,
  INDEX,
  type LoadedSuppressions,
  suppressionsForChange,
  suppressionsIn,
} from "../suppressions/load.ts";
import { SUPPRESSIONS_FILE } from "../suppressions/suppressions.ts";
import type { Options, ScanTarget } from "./options.ts";
import { commitNamed, commitOrTagNamed, revision } from "./revision.ts";

/** What decides which findings are suppressed, and against which schemas files are held. */
export interface Trusted extends LoadedSuppressions {
  /** The commit that the schemas are read from; null: from the disk. */
  readonly schemaCommit: string | null;
  /** About a file of suppressions that does not count. */
  readonly notices: readonly string[];
}

type Choice = Pick<Options, "target" | "config" | "suppressionsFrom">;

/**
 * Where suppressions and schemas are read: in a range from the base, so that a change cannot suppress its own findings; for the
 * index and the history suppressions from `HEAD`, for the disk from the disk; or where the person says. A range and the
 * index must also have a file of suppressions that can be used. Throws `ScanError` where there is nothing to read from.
 */
export async function trusted(
  repository: OpenRepository,
  root: string,
  { target, config, suppressionsFrom }: Choice,
  today: string,
): Promise<Trusted> {
  const file = join(root, SUPPRESSIONS_FILE);
  const committed = async (change: Change): Promise<LoadedSuppressions & Pick<Trusted, "notices">> => {
    const read = await suppressionsForChange(repository, change, today);
    const isOnDisk = read.absent && read.notices.length === 0 && existsSync(file);
    return isOnDisk ? { ...read, notices: [uncommitted(change.trusted)] } : read;
  };
  if (suppressionsFrom !== null) {
    const commit = await commitNamed(repository, suppressionsFrom);
    const read = await committed(await changeOf(repository, target, commit));
    const notices = read.absent && read.notices.length === 0 ? [nowhere(suppressionsFrom)] : read.notices;
    return { ...read, notices, schemaCommit: commit };
  }
  const schemaCommit = target.kind === "range" ? await commitNamed(repository, target.from) : null;
  if (config !== null || target.kind === "paths") {
    const named = config === null ? file : resolve(repository.folder, config);
    return { ...(await suppressionsIn(named, config !== null, today)), schemaCommit, notices: [] };
  }
  const change =
    schemaCommit === null
      ? await sinceHead(repository, target)
      : await changeOf(repository, target, schemaCommit);
  return { ...(await committed(change)), schemaCommit };
}

/** The change that a target is, over which a commit decides. */
async function changeOf(
  repository: OpenRepository,
  target: ScanTarget,
  trusted: string | null,
): Promise<Change> {
  if (target.kind === "range") return { trusted, head: await commitOrTagNamed(repository, target.to) };
  return { trusted, head: target.kind === "staged" ? INDEX : trusted };
}

const uncommitted = (commit: string | null) =>
  `${SUPPRESSIONS_FILE} is on the disk and not in ${commit === null ? "any commit" : `the commit ${commit.slice(0, 12)}`}, from which suppressions are read: it does not count in this run.`;

const nowhere = (from: string) =>
  `There is no ${SUPPRESSIONS_FILE} in ${from}, which --suppressions-from names: nothing is suppressed in this run.`;

/** Without Git or a repository, the paths named beside `--staged` are still files: the scan says what is wrong. */
async function sinceHead(repository: OpenRepository, target: ScanTarget): Promise<Change> {
  try {
    return await changeOf(repository, target, await revision(repository, "HEAD"));
  } catch (error) {
    if (error instanceof ScanError && target.kind === "staged" && target.paths.length > 0)
      return { trusted: null, head: null };
    throw error;
  }
}
