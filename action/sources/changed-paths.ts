import { git, type Repository, refusal } from "./git.ts";
import { CannotLook } from "./source.ts";

/** A blob that a commit puts under a path. */
export interface ChangedPath {
  readonly commit: string;
  readonly object: string;
  readonly path: string;
}

const SUBMODULE = "160000";
const PLAIN = ["-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"];

/**
 * What each commit changes against its parents (a merge: against all of them), under its exact path. Other than
 * the list of new objects it tells both places of a blob that is there twice, and old blobs under new names.
 */
export async function changedPaths(
  repository: Repository,
  commits: readonly string[],
): Promise<readonly ChangedPath[]> {
  if (commits.length === 0) return [];
  const args = ["diff-tree", "--stdin", "-c", "--root", ...PLAIN];
  return parse(repository, await git(repository, args, `${commits.join("\n")}\n`));
}

/** What the index holds and the tree does not. */
export async function stagedPaths(repository: Repository, tree: string): Promise<readonly ChangedPath[]> {
  return parse(repository, await git(repository, ["diff-index", "--cached", ...PLAIN, tree, "--"]));
}

/**
 * `:MODE MODE OBJECT OBJECT STATUS` and the path, each ended by NUL, one colon for each parent; other fields are
 * the commits that follow.
 */
function parse(
  repository: Repository,
  { status, stdout, stderr }: Awaited<ReturnType<typeof git>>,
): readonly ChangedPath[] {
  if (status !== 0) throw new CannotLook(refusal(stderr, repository.folder));
  const changed: ChangedPath[] = [];
  const fields = stdout.toString("utf8").split("\0");
  let commit = "";
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? "";
    if (!field.startsWith(":")) {
      commit = field.trim();
      continue;
    }
    const path = fields[++at] ?? "";
    const parents = /^:+/.exec(field)?.[0].length ?? 1;
    const words = field.slice(parents).split(" ");
    const [mode, object] = [words[parents], words[2 * parents + 1]];
    if (object && mode !== SUBMODULE && !/^0+$/.test(object)) changed.push({ commit, object, path });
  }
  return changed;
}
