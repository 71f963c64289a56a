import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newIdentity } from "../../sandbox/aws/identities.ts";
import type { Caller } from "../../sandbox/sample/callers.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { parsePolicy } from "../../schemas/policy/parse.ts";
import { installPackedPackage } from "../support/packed-package.ts";
import { invoke, requestToken } from "../support/token-client.ts";
import { newFolder } from "./deployment.ts";
import { ROOT } from "./synth.ts";

/**
 * A deployer's CDK app in TypeScript, as the README writes it, which has the packed package and the CDK, and
 * nothing of this repository.
 */
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SNIPPET = /^```ts\n([\s\S]*?)^```$/m.exec(README)?.[1] ?? "";
/** As the README shows it, for the same callers. */
const POLICY = /^```json\n(\{\n {2}"version"[\s\S]*?)^```$/m.exec(README)?.[1] ?? "";
const APP = `${SNIPPET}
// @ts-expect-error The functions are not handed out: a grant on one of them would open other access.
export const hidden = service.tokenUrl;
console.log(service.url.length > 0);
app.synth();
`;
const COMMON_JS = `const { BoxTokenService } = require("box-sts/infra"); console.log(typeof BoxTokenService);`;

/** What a process complains of is in the error that its failure throws. */
const QUIET = "pipe";
const folder = newFolder();
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: QUIET });

beforeAll(async () => {
  await installPackedPackage(folder, { private: true, type: "module" });
  for (const name of ["aws-cdk-lib", "constructs"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "app.ts"), APP);
  writeFileSync(join(folder, "old.cjs"), COMMON_JS);
  writeFileSync(join(folder, "box-sts.policy.json"), POLICY);
});

test("a second app type checks against the packed package", () => {
  const flags =
    "--noEmit --strict --skipLibCheck --module nodenext --target es2024 --types node --typeRoots".split(" ");
  run(join(ROOT, "node_modules/.bin/tsc"), ...flags, join(ROOT, "node_modules/@types"), "app.ts");
});

test("a second app synthesises with it, offline, and gets the functions that were built", () => {
  expect(
    execFileSync(process.execPath, ["app.ts"], {
      cwd: folder,
      encoding: "utf8",
      stdio: QUIET,
      env: { ...process.env, CDK_OUTDIR: "cdk.out" },
    })
      .trim()
      .split("\n")
      .at(-1),
  ).toBe("true");
  const template = JSON.parse(readFileSync(join(folder, "cdk.out/Tokens.template.json"), "utf8"));
  const functions = Object.values(
    template.Resources as Record<string, { Type: string; Properties: { Code: { S3Key: string } } }>,
  )
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(({ Properties }) => Properties.Code.S3Key.replace(".zip", ""));
  expect(functions).toHaveLength(3);
  const built = ["token-url", "token-invoke", "health"].map((name) =>
    readFileSync(join(ROOT, "dist/functions", name, "index.mjs"), "utf8"),
  );
  const shipped = functions.map((hash) =>
    readFileSync(join(folder, "cdk.out", `asset.${hash}`, "index.mjs"), "utf8"),
  );
  expect(shipped.toSorted()).toEqual(built.toSorted());
});

describe("the README's app, synthesised and run in the sandbox,", () => {
  interface Resource {
    readonly Type: string;
    readonly Properties: Readonly<Record<string, unknown>>;
  }
  let sandbox: Sandbox;
  let caller: Caller;

  /** A value of the template as a text, with each reference resolved. */
  function textOf(value: unknown, resolve: (reference: unknown) => string): string {
    const [separator, parts] = (value as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
    return parts.map((part) => (typeof part === "string" ? part : resolve(part))).join(separator);
  }

  /**
   * Everything comes from the template: the functions' assets with the policy, the roles, the aliases, the apps, the
   * names of callers.
   */
  beforeAll(async () => {
    const { Resources } = JSON.parse(readFileSync(join(folder, "cdk.out/Tokens.template.json"), "utf8"));
    const of = (type: string) =>
      Object.entries(Resources as Record<string, Resource>).filter(([, { Type }]) => Type === type);
    const bundles = join(folder, "bundles");
    mkdirSync(bundles);
    let apps: readonly string[] = [];
    let names: unknown;
    for (const [id, { Properties }] of of("AWS::Lambda::Function")) {
      const name = { TokenUrl: "token-url", TokenInvoke: "token-invoke" }[
        /Token(?:Url|Invoke)/.exec(id)?.[0] ?? ""
      ];
      const hash = (Properties.Code as { S3Key: string }).S3Key.replace(".zip", "");
      symlinkSync(join(folder, "cdk.out", `asset.${hash}`), join(bundles, name ?? "health"));
      const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
      apps = Object.keys(JSON.parse(textOf(Variables.BOX_STS_APPS, () => "REFERENCE")));
      names ??= Variables.BOX_STS_CALLERS;
    }
    const [[roleId, role] = []] = of("AWS::IAM::Role").filter(([id]) => id.startsWith("Reports"));
    expect(role?.Properties.RoleName).toBeUndefined();
    const roleName = `Tokens-${roleId}-1A2B3C4D5E6F`;
    const [[, alias] = []] = of("AWS::Lambda::Alias");
    const policy = readFileSync(join(bundles, "token-url/policy.json"), "utf8");
    const parsed = parsePolicy(policy);
    const statements = parsed.ok ? parsed.value.statements : [];
    caller = { ...newIdentity(roleName), alias: String(alias?.Properties.Name) };
    expect(apps).toEqual(["reports", "archive"]);
    // What CloudFormation puts instead of the reference to the role.
    const arnOf = (reference: unknown) => {
      expect(reference).toEqual({ "Fn::GetAtt": [roleId, "Arn"] });
      return caller.roleArn;
    };
    const env = { BOX_STS_CALLERS: textOf(names, arnOf) };
    sandbox = await startSandbox({
      bundles,
      policy,
      env,
      policySample: { callers: [caller], apps, statements },
    });
  });
  afterAll(() => sandbox?.close());

  test("gives its role a token by the Function URL, for the folder of its statement", async () => {
    const { status, body } = await requestToken(sandbox, caller, { app: "reports" });
    expect(body).toMatchObject({ token_type: "bearer", scope: "base_preview item_download" });
    expect(status).toBe(200);
  });

  test("gives it a token through its alias", async () => {
    expect(await invoke(sandbox, caller, { app: "reports" })).toMatchObject({
      token: { token_type: "bearer" },
    });
  });
});

test("an app in CommonJS can require it", () => {
  // As in a Node that cannot require an ES module.
  expect(run(process.execPath, "--no-experimental-require-module", "old.cjs").trim()).toBe("function");
});

test("the package brings built functions and nothing that would build them again", () => {
  const own = join(folder, "node_modules/box-sts");
  expect(readdirSync(join(own, "dist/functions")).toSorted()).toEqual([
    ...["authorize", "connections", "health", "token-invoke", "token-url", "webhook"],
  ]);
  for (const name of ["cdk.json", "tools", "functions"]) expect(readdirSync(own)).not.toContain(name);
});

test("editors find the schemas", () => {
  const names = ["policy", "deploy", "box-config"];
  const modules = names.map((name) => `require.resolve("box-sts/schemas/${name}.schema.json")`);
  const paths = JSON.parse(run(process.execPath, "-p", `JSON.stringify([${modules}])`)) as string[];
  expect(paths).toHaveLength(names.length);
  for (const path of paths) {
    expect(JSON.parse(readFileSync(path, "utf8"))).toHaveProperty("$schema");
  }
});
