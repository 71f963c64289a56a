import { problemText } from "../../report/problems.ts";
import { git, refusal } from "../git/git.ts";
import { gitRecords } from "../git/records.ts";
import { ScanError } from "../source.ts";

/**
 * The files in a folder that Git has or would take: tracked ones, and untracked ones that no ignore file names. Paths
 * are relative to the folder, with `/`. Another repository inside is one path; `.` is the folder of a submodule that is not here. Throws `ScanError` where Git fails.
 */
export async function* gitFiles(folder: string): AsyncGenerator<string> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  let before = "";
  for await (const names of gitRecords({ folder, ofFolder: true }, args, { end: "\0" }))
    for (const name of names) {
      // A file in conflict is listed once for each of its versions.
      if (name !== "" && name !== before) yield name.replace(/\/$/, "");
      before = name;
    }
}

/**
 * Undefined where `gitFiles` lists what is to be scanned in a folder. Otherwise everything in it is: null where Git
 * ignores the folder itself, which the command line names, or one sentence about why Git lists nothing.
 */
export async function whyGitListsNothing(folder: string): Promise<string | null | undefined> {
  const queries = ["--is-inside-work-tree", "--show-toplevel", "--show-prefix"];
  const inside = await git({ folder, ofFolder: true }, ["rev-parse", ...queries]).catch((error: unknown) => {
    if (!(error instanceof ScanError)) throw error;
    return error;
  });
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
