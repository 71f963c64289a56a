import { problemText } from "../../report/problems.ts";
import { git, refusal } from "../git/git.ts";
import { gitRecords } from "../git/records.ts";
import { ScanError } from "../source.ts";

/** A folder that Git passed over. */
export interface UnreadableFolder {
  /** Relative to the folder that is listed, or `.` for that one. */
  readonly name: string;
  /** In the words of the system. */
  readonly reason: string;
}

/**
 * The files in a folder that Git has or would take: tracked ones, and untracked ones that no ignore file names. Paths
 * are relative to the folder, with `/`. Another repository inside is one path; `.` is the folder of a submodule that is not here.
 * Folders that Git cannot read come at the end. Throws `ScanError` where Git fails.
 */
export async function* gitFiles(folder: string): AsyncGenerator<string | UnreadableFolder> {
  const repository = { folder, ofFolder: true } as const;
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  let [before, complaints] = ["", ""];
  const onComplaints = (stderr: string) => {
    complaints = stderr;
  };
  for await (const names of gitRecords(repository, args, { end: "\0", onComplaints }))
    for (const name of names) {
      // A file in conflict is listed once for each of its versions.
      if (name !== "" && name !== before) yield name.replace(/\/$/, "");
      before = name;
    }
  if (!UNREADABLE.test(complaints)) return;
  const prefix = await git(repository, ["rev-parse", "--show-prefix"]);
  yield* unreadableFolders(complaints, prefix.stdout.toString().replace(/\n$/, ""));
}

const UNREADABLE = /could not open directory '/;

/**
 * The folders that Git passed over, from its warnings: it does not fail where it cannot read one. `prefix` is the
 * listed folder's path in the work tree, as Git has it, and ends in `/`.
 */
export const unreadableFolders = (stderr: string, prefix: string): readonly UnreadableFolder[] =>
  stderr
    .split(UNREADABLE)
    .slice(1)
    .map((warning) => {
      const [, path = "", reason = ""] = /^(.*?)': ([^\n]*)/s.exec(warning) ?? [];
      const name = path.startsWith(prefix) ? path.slice(prefix.length) : path;
      return { name: name.replace(/\/$/, "") || ".", reason: reason || "unknown error" };
    });

/**
 * Undefined where `gitFiles` lists what is to be scanned in a folder. Otherwise everything in it is: null where Git
 * ignores the folder itself, which the command line names, or cannot be started in it, or one sentence about why Git lists
 * nothing.
 */
export async function whyGitListsNothing(folder: string): Promise<string | null | undefined> {
  const queries = ["--is-inside-work-tree", "--show-toplevel", "--show-prefix"];
  const inside = await git({ folder, ofFolder: true }, ["rev-parse", ...queries]).catch((error: unknown) => {
    if (!(error instanceof ScanError)) throw error;
    return error;
  });
  // It cannot be listed without Git either, which is reported then.
  if (inside instanceof ScanError && inside.problem.code === "file_unreadable") return null;
  if (inside instanceof ScanError)
    return `Every file in ${folder} is scanned, ignored names included. ${problemText(inside.problem)}`;
  const [isInside, top = "", prefix = ""] = inside.stdout.toString().split("\n");
  // In a bare repository, or in the folder `.git`.
  if (isInside === "false")
    return `${folder} has no work tree: its files are Git's own, and what was committed is inside them in a form that is not read here. Scan it with --history or --range.`;
  if (inside.status !== 0)
    return /not a git repository/i.test(inside.stderr)
      ? `${folder} is in no Git repository: every file in it is scanned, ignored names included.`
      : `Every file in ${folder} is scanned, ignored names included. ${problemText(refusal(inside.stderr, folder))}`;
  if (prefix === "") return undefined;
  // Git lists an ignored folder, and nothing of what is inside it.
  const [outermost = ""] = prefix.split("/");
  const args = ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"];
  for await (const paths of gitRecords({ folder: top, ofFolder: true }, [...args, "--", outermost], {
    end: "\0",
  }))
    if (paths.some((path) => path.endsWith("/") && prefix.startsWith(path))) return null;
  return undefined;
}
