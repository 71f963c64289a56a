import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measured, takeTurns, timed } from "./processes.ts";
import { git, plantPullRequest } from "./repositories.ts";

/**
 * `node bench/pull-request.ts [--json]`: the committed bundle as a step on a pull request of 60 small files, from
 * the start of the process to its exit, against an empty Node process and the Git commands that it needs.
 */
const BARS = { timesNode: 4, megabytes: 200 } as const;
const FILES = 60;
const ROUNDS = 15;

const MAIN = join(import.meta.dirname, "../action/dist/main.mjs");
const temporary = mkdtempSync(join(tmpdir(), "box-sts-pull-request-"));
try {
  const folder = join(temporary, "repository");
  const { base, head } = plantPullRequest(folder, FILES);
  const event = join(temporary, "event.json");
  const summary = join(temporary, "summary");
  const outputs = join(temporary, "outputs");
  for (const file of [summary, outputs]) writeFileSync(file, "");
  writeFileSync(
    event,
    JSON.stringify({ pull_request: { base: { sha: base }, head: { sha: head }, commits: 6 } }),
  );
  const step = {
    command: [process.execPath, MAIN],
    folder,
    environment: {
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_EVENT_PATH: event,
      GITHUB_WORKSPACE: folder,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_OUTPUT: outputs,
    },
  };
  const range = `${head}\n^${base}\n`;
  const objects = git(folder, ["rev-list", "--objects", head, `^${base}`]).replace(/ .*$/gm, "");
  const commits = git(folder, ["rev-list", head, `^${base}`]);
  const commands: readonly (readonly [readonly string[], string?])[] = [
    [["rev-parse", "--git-path", "shallow"]],
    [
      [
        "rev-list",
        "--objects",
        "--in-commit-order",
        "--topo-order",
        "--reverse",
        "--format=%T %P",
        "--stdin",
      ],
      range,
    ],
    [["diff-tree", "--stdin", "-c", "--root", "-r", "-z", "--no-renames"], commits],
    [["cat-file", "--batch", "--buffer"], `${head}\n${base}\n${base}:.box-config-lint.json\n${objects}`],
  ];
  const milliseconds = takeTurns(
    {
      node: () => timed({ command: [process.execPath, "-e", "0"], folder }).milliseconds,
      git: () =>
        commands.reduce(
          (sum, [args, input = ""]) => sum + timed({ command: ["git", ...args], folder, input }).milliseconds,
          0,
        ),
      "box-config-lint": () => timed(step).milliseconds,
    },
    ROUNDS,
  );
  const { node, git: needed, "box-config-lint": ours } = milliseconds;
  const report = {
    files: FILES,
    milliseconds,
    timesNode: (ours - needed) / node,
    peakMegabytes: timed(measured(step)).megabytes,
    bars: BARS,
  };
  if (report.timesNode > BARS.timesNode || report.peakMegabytes > BARS.megabytes) process.exitCode = 1;
  console.log(
    process.argv.includes("--json")
      ? JSON.stringify(report)
      : [
          `node -e 0         ${node.toFixed(0)} ms`,
          `its git commands  ${needed.toFixed(0)} ms`,
          `box-config-lint   ${ours.toFixed(0)} ms`,
          `pull request: ${report.timesNode.toFixed(2)} × node, and the git commands (bar: ${BARS.timesNode})`,
          `peak memory: ${report.peakMegabytes.toFixed(0)} MB (bar: ${BARS.megabytes})`,
        ].join("\n"),
  );
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
