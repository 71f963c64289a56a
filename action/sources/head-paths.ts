import { git, type Repository, refusal } from "./git.ts";
import { CannotLook } from "./source.ts";

/** Where blobs stand in a commit: object to paths. */
export async function headPaths(
  repository: Repository,
  commit: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { status, stdout, stderr } = await git(repository, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  if (status !== 0) throw new CannotLook(refusal(stderr, repository.folder));
  const paths = new Map<string, string[]>();
  for (const entry of stdout.toString("utf8").split("\0")) {
    const tab = entry.indexOf("\t");
    const object = entry.slice(0, tab).split(" ")[2];
    if (tab === -1 || object === undefined) continue;
    const known = paths.get(object);
    if (known) known.push(entry.slice(tab + 1));
    else paths.set(object, [entry.slice(tab + 1)]);
  }
  return paths;
}

/** The text of a file in a commit or tree; undefined where it has none of this name. */
export async function fileAt(
  repository: Repository,
  revision: string,
  path: string,
): Promise<string | undefined> {
  const { stdout } = await git(repository, ["cat-file", "--batch"], `${revision}:${path}\n`);
  const end = stdout.indexOf(10);
  const [, type, size] = stdout.toString("latin1", 0, end).split(" ");
  return type === "blob" ? stdout.toString("utf8", end + 1, end + 1 + Number(size)) : undefined;
}
