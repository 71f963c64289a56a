import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { deployWithCode, EXAMPLE_POLICY, newFolder } from "../infra/deployment.ts";
import { otherProgram } from "../infra/other-program.ts";
import { ROOT } from "../infra/synth.ts";

const CDK = join(import.meta.dirname, "node_modules/.bin/cdk");
const CONFIG = ["-c", "config=examples/deploy/deploy.json"];

/** Runs a CDK command in that folder without this machine's credentials, profile or home directory. */
function run(command: string, options: readonly string[], cwd: string) {
  const home = newFolder();
  const out = join(home, "cdk.out");
  const { status, stdout, stderr } = spawnSync(CDK, [command, "--no-notices", "--output", out, ...options], {
    cwd,
    env: { PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`, HOME: home },
    encoding: "utf8",
  });
  return { status, output: stdout + stderr, out };
}

/** A checkout whose outputs are all built. */
function checkout(): string {
  const folder = newFolder();
  for (const name of [
    "cdk.json",
    "package.json",
    "dist",
    "examples",
    "functions",
    "infra",
    "keys",
    "schemas",
    "tools",
  ]) {
    const filter = (path: string) => !path.includes("node_modules");
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** The built files by path, each with the time of its last change. */
const writtenIn = (folder: string) =>
  readdirSync(join(folder, "dist/functions"), { recursive: true, encoding: "utf8" }).map(
    (name) => `${name} ${statSync(join(folder, "dist/functions", name)).mtimeMs}`,
  );

const shippedIn = (out: string) =>
  readdirSync(out)
    .filter((name) => name.startsWith("asset."))
    .map((name) => readFileSync(join(out, name, "index.mjs"), "utf8"));

test("a build without changes writes no file, because other programs may be reading the folder", () => {
  const folder = checkout();
  const before = writtenIn(folder);
  execFileSync(process.execPath, ["tools/build.ts"], { cwd: folder });
  expect(writtenIn(folder)).toEqual(before);
});

test("a synth after a source change ships the rebuilt files", () => {
  const folder = checkout();
  appendFileSync(join(folder, "functions/health.ts"), 'console.info("changed after the build");\n');
  const { status, out } = run("synth", ["--quiet", ...CONFIG], folder);
  expect(status).toBe(0);
  expect(shippedIn(out).filter((code) => code.includes("changed after the build"))).toHaveLength(1);
});

test("a synth of sources that do not build fails before it synthesises anything", () => {
  const folder = checkout();
  appendFileSync(join(folder, "functions/health.ts"), "this is no program;\n");
  const { status, output, out } = run("synth", ["--quiet", ...CONFIG], folder);
  expect(status).not.toBe(0);
  expect(output).toContain("functions/health.ts");
  expect(() => readdirSync(out)).toThrow("ENOENT");
});

test("cdk diff shows the added, removed and changed statements of a policy", () => {
  const folder = newFolder();
  writeFileSync(
    join(folder, "deployed.json"),
    JSON.stringify(Template.fromStack(deployWithCode().stack).toJSON()),
  );
  const [finance, sync] = EXAMPLE_POLICY.statements;
  const statements = [
    { ...finance, scopes: ["item_download"] },
    { ...sync, id: "sync-all" },
  ];
  writeFileSync(join(folder, "box-sts.policy.json"), JSON.stringify({ version: 1, statements }));
  writeFileSync(join(folder, "deploy.json"), readFileSync(join(ROOT, "examples/deploy/deploy.json"), "utf8"));
  const { output } = run(
    "diff",
    [
      ...["--template", join(folder, "deployed.json")],
      ...["-c", `config=${join(folder, "deploy.json")}`, "box-sts"],
    ],
    ROOT,
  );
  const lines = output.split("\n").filter((line) => line.includes("box-sts policy of"));
  expect(lines.toSorted()).toEqual([
    expect.stringMatching(/^\[\+\] .*statement sync-all: caller alias nightly-sync; app archive/),
    expect.stringMatching(/^\[-\] .*statement nightly-sync: caller alias nightly-sync; app archive/),
    expect.stringMatching(
      /^\[~\] .*reports-read-finance: .*scopes base_preview item_download to .*scopes item_download$/,
    ),
  ]);
});

test("every mistake in another CDK app fails cdk synth with a message and its construct, without a stack trace", () => {
  const folder = otherProgram("dist/infra", "dist/functions");
  writeFileSync(
    join(folder, "app.ts"),
    `import { App, Duration, Stack } from "aws-cdk-lib";
import { AnyPrincipal, ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { BoxTokenService } from "box-sts/infra";

const stack = new Stack(new App(), "Tokens", { env: { account: "123456789012", region: "eu-central-1" } });
const apps = [{ name: "reports", createSecret: "box/reports" }];
const one = new BoxTokenService(stack, "One", { apps, policy: "policy.json", timeout: Duration.minutes(20) });
one.grantInvoke(new AnyPrincipal(), "everyone");
const others = [{ name: "reports", createSecret: "box/other-reports" }];
const two = new BoxTokenService(stack, "Two", { apps: others, policy: "policy.json" });
two.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/a"), "b");
`,
  );
  const { status, output } = run("synth", ["--quiet", "--app", "node app.ts"], folder);
  expect(status).not.toBe(0);
  const sentences = output.split("\n").flatMap((line) => /ERROR (.*) \(.*\)$/.exec(line)?.[1] ?? []);
  expect(sentences).toEqual([
    expect.stringMatching(/^timeout: expected a whole number of seconds from 5 to 30/),
    'grantInvoke "everyone": a caller is one IAM role or user; name its ARN.',
    expect.stringMatching(/^No statement of the policy names the alias "b"; add one/),
    expect.stringMatching(/^The policy's statement a names the alias "[^"]+", which no caller is granted/),
  ]);
  expect(output).toMatch(/^ *Tokens\/One$/m);
  expect(output).not.toMatch(/^\s+at |Node\.js v|triggerUncaughtException/m);
});
