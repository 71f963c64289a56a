import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, synth, works } from "./cdk-command.ts";
import { deploy, EXAMPLE_CONFIG, EXAMPLE_POLICY, newFolder } from "./deployment.ts";

test("cdk synth works without a network and without credentials, and gives the template that is tested here", () => {
  const { status, output, out } = synth("examples/deploy/deploy.json");
  expect(output).not.toMatch(/credential|ENOTFOUND|EAI_AGAIN/i);
  expect(status).toBe(0);
  const { Resources } = JSON.parse(readFileSync(join(out, "box-sts.template.json"), "utf8"));
  expect(Object.keys(Resources)).toEqual(Object.keys(deploy().resources));
});

test("callers of aliases alone deploy to a region without Function URLs, by the CDK's own check of the resource types", () => {
  const path = join(newFolder(), "deploy.json");
  const callers = EXAMPLE_CONFIG.callers.filter(({ url }) => url === undefined);
  const apps = [{ name: "archive", createSecret: true }];
  writeFileSync(path, JSON.stringify({ ...EXAMPLE_CONFIG, region: "eu-central-2", apps, callers }));
  const statements = EXAMPLE_POLICY.statements.filter(({ caller }) => "alias" in caller);
  writeFileSync(join(dirname(path), EXAMPLE_CONFIG.policy), JSON.stringify({ version: 1, statements }));
  const { status, output } = synth(path);
  expect(output).not.toMatch(/does not exist in/);
  expect(status).toBe(0);
});

test("a mistake in deploy.json ends it with one sentence and no stack", () => {
  const path = join(newFolder(), "deploy.json");
  writeFileSync(path, JSON.stringify({ ...EXAMPLE_CONFIG, region: "Frankfurt" }));
  const { status, output } = synth(path);
  expect(status).not.toBe(0);
  expect(output).toMatch(/deploy\.json \/region \(line 1, column \d+\): .*expected: AWS region/);
  expect(output).not.toMatch(/^\s+at /m);
});

test.each<[string, Partial<typeof EXAMPLE_CONFIG>, readonly RegExp[]]>([
  [
    "callers that do not match the policy",
    { callers: EXAMPLE_CONFIG.callers.map((one) => (one.alias ? { ...one, alias: "nightly-synk" } : one)) },
    [
      /^No statement of the policy names the alias "nightly-synk"; .* Did you mean nightly-sync\?$/,
      /statement nightly-sync names an alias/,
    ],
  ],
  [
    "a caller of another account, without what follows from it",
    { callers: [{ principal: "arn:aws:iam::999999999999:role/reports", url: true }] },
    [/^grantInvokeUrl: the caller is of the account 999999999999, /],
  ],
])("%s end cdk synth with a sentence for each mistake and no stack", (_, change, sentences) => {
  const path = join(newFolder(), "deploy.json");
  writeFileSync(path, JSON.stringify({ ...EXAMPLE_CONFIG, ...change }));
  writeFileSync(join(dirname(path), EXAMPLE_CONFIG.policy), JSON.stringify(EXAMPLE_POLICY));
  const { status, output } = synth(path);
  expect(status).not.toBe(0);
  const lines = output
    .split("\n")
    .filter((line) => !/^(?:Bundling asset .*|.*Subprocess exited.*|)$/.test(line));
  expect(lines).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)));
});

test("the build refuses an option that it does not take with one sentence", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/build.ts", "--polcy", "x"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: "Unknown option '--polcy'. Did you mean --policy? It takes --policy FILE and --outdir FOLDER.\n",
  });
});

test("the README's command deploys what is tested here", () => {
  const commands = readFileSync(join(ROOT, "README.md"), "utf8").match(/^npx cdk .*$/gm);
  expect(commands).toEqual(["npx cdk deploy -c config=deploy.json"]);
});

test("npm run synth names a deployment that exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const config = /config=(\S+)$/.exec(scripts.synth)?.[1] ?? "";
  expect(JSON.parse(readFileSync(join(ROOT, config), "utf8"))).toEqual(EXAMPLE_CONFIG);
});

test("cfn-lint has nothing to say, but for a resource type that it may not know yet", (context) => {
  if (!works("cfn-lint", "--version")) return context.skip();
  const folder = newFolder();
  const templates = Object.entries({ example: {}, other: { stackName: "other" } }).map(([name, change]) => {
    const template = join(folder, `${name}.json`);
    writeFileSync(template, JSON.stringify({ Resources: deploy(change).resources }));
    return template;
  });
  // W3005: CDK says once more what a reference says already.
  const options = ["--regions", "eu-central-1", "--ignore-checks", "W3005", "--format", "json"];
  const { stdout } = spawnSync("cfn-lint", [...options, "--", ...templates], { encoding: "utf8" });
  const matches = JSON.parse(stdout || "[]") as { Message: string }[];
  const rest = matches.filter(
    ({ Message }) => !Message.includes("'AWS::Lambda::ResourcePolicy' does not exist"),
  );
  expect(rest).toEqual([]);
});

test("the bundles on disk are what the sources build, byte for byte", () => {
  const folder = newFolder();
  const build = join(ROOT, "tools/build.ts");
  execFileSync(process.execPath, [build, "--outdir", folder], { cwd: ROOT });
  expect(works("diff", "-r", folder, join(ROOT, "dist/functions"))).toBe(true);
});
