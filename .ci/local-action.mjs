import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/**
 * Runs the Action in GitHub's own emulation, `@github/local-action`, which runs its sources and replaces
 * `@actions/core`. It is large and installed here only, outside of this project's packages.
 */
const VERSION = "7.0.1";
const folder = mkdtempSync(join(tmpdir(), "box-sts-local-action-"));
try {
  const own = JSON.parse(readFileSync("package.json", "utf8")).devDependencies;
  const needed = ["@actions/core", "ajv", "jsonc-parser", "leven", "yaml"];
  const dependencies = Object.fromEntries(needed.map((name) => [name, own[name]]));
  const action = join(folder, "action");
  for (const path of ["action.yml", "action", "keys", "schemas"])
    cpSync(path, join(action, path), { recursive: true });
  writeFileSync(
    join(action, "package.json"),
    JSON.stringify({
      private: true,
      type: "module",
      dependencies: { ...dependencies, "@github/local-action": VERSION },
      // One of its dependencies requires a version that does not exist.
      overrides: { "typedarray.prototype.slice": "1.0.5" },
    }),
  );
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: action,
    stdio: "inherit",
  });
  const { workspace, base, head } = pullRequest();
  writeFileSync(
    join(folder, "event.json"),
    JSON.stringify({ pull_request: { base: { sha: base }, head: { sha: head }, commits: 1 } }),
  );
  writeFileSync(join(folder, "summary.md"), "");
  writeFileSync(
    join(folder, ".env"),
    [
      "GITHUB_EVENT_NAME=pull_request",
      `GITHUB_EVENT_PATH=${join(folder, "event.json")}`,
      `GITHUB_WORKSPACE=${workspace}`,
      `GITHUB_STEP_SUMMARY=${join(folder, "summary.md")}`,
    ].join("\n"),
  );
  const args = [join(action, "node_modules/.bin/local-action"), ".", "action/main.ts", "../.env"];
  // It starts `node` by name; this one is the one that runners have.
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const run = spawnSync(process.execPath, args, {
    cwd: action,
    encoding: "utf8",
    env: { ...process.env, PATH },
  });
  console.log(run.stdout, run.stderr);
  must(run.stdout.includes("::error file=token.json,line=1,col=20"), "the finding is not reported");
  must(/set-output name=findings::2/.test(run.stdout), "the outputs are not set");
  must(readFileSync(join(folder, "summary.md"), "utf8").includes("2 findings"), "there is no summary");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A repository whose second commit adds a Box config with a wrong property. */
function pullRequest() {
  const workspace = join(folder, "workspace");
  const git = (...args) =>
    execFileSync("git", ["-C", workspace, "-c", "user.name=A", "-c", "user.email=a@example.com", ...args], {
      encoding: "utf8",
    }).trim();
  execFileSync("git", ["init", "--quiet", workspace]);
  git("commit", "--quiet", "--allow-empty", "--message=base");
  writeFileSync(join(workspace, "token.json"), '{"boxAppSettings":{"clientId":"x"}}\n');
  git("add", ".");
  git("commit", "--quiet", "--message=head");
  return { workspace, base: git("rev-parse", "HEAD~1"), head: git("rev-parse", "HEAD") };
}

function must(truth, otherwise) {
  if (!truth) throw new Error(`local-action: ${otherwise}`);
}
