import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measured, takeTurns, timed } from "./processes.ts";
import { git, plantHistory } from "./repositories.ts";

/**
 * `node bench/history.ts [--json]`: the committed bundle over a history of thousands of commits, all rules, against
 * Git alone reading the same objects into a sink. Times are of whole processes.
 */
const BARS = { ratioToGit: 1.5, megabytes: 200 } as const;
const COMMITS = 5000;
const FILES = 400;
const ROUNDS = 5;

const CLI = join(import.meta.dirname, "../action/dist/cli.mjs");
const SINK =
  "git rev-list --objects --all | git cat-file --batch='%(objectname) %(objecttype) %(objectsize) %(rest)' > /dev/null";

const folder = mkdtempSync(join(tmpdir(), "box-sts-history-"));
try {
  plantHistory(folder, COMMITS, FILES);
  const objects = git(folder, ["rev-list", "--objects", "--all"]).trim().split("\n").length;
  const ours = { command: [process.execPath, CLI, "--history"], folder };
  const seconds = takeTurns(
    {
      git: () => timed({ command: ["sh", "-c", SINK], folder }).milliseconds / 1000,
      "box-config-lint": () => timed(ours).milliseconds / 1000,
    },
    ROUNDS,
  );
  const { megabytes, output } = timed(measured(ours));
  const report = {
    commits: COMMITS,
    objects,
    summary: output.trim().split("\n").at(-1),
    seconds,
    ratioToGit: seconds["box-config-lint"] / seconds.git,
    peakMegabytes: megabytes,
    bars: BARS,
  };
  if (report.ratioToGit > BARS.ratioToGit || megabytes > BARS.megabytes) process.exitCode = 1;
  console.log(
    process.argv.includes("--json")
      ? JSON.stringify(report)
      : [
          `${COMMITS} commits, ${objects} objects. ${report.summary}`,
          `git alone        ${seconds.git.toFixed(2)} s`,
          `box-config-lint  ${seconds["box-config-lint"].toFixed(2)} s`,
          `whole history: ${report.ratioToGit.toFixed(2)} × git (bar: ${BARS.ratioToGit})`,
          `peak memory: ${megabytes.toFixed(0)} MB (bar: ${BARS.megabytes})`,
        ].join("\n"),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
