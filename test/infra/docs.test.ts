import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { describe, expect, test } from "vitest";
import { parseConnectionsRequest } from "../../functions/lambda/connections-request.ts";
import type { BoxTokenService } from "../../infra/index.ts";
import { WITHOUT_FUNCTION_URL, WITHOUT_RESOURCE_POLICY } from "../../infra/regions.ts";
import { parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { type DeployConfig, parseDeployConfig } from "../../schemas/deploy/parse.ts";
import DEPLOY_SCHEMA from "../../schemas/deploy.schema.json" with { type: "json" };
import {
  deploy,
  EXAMPLE_CONFIG,
  EXAMPLE_POLICY,
  newFolder,
  ofType,
  PUBLIC,
  type TemplateResource,
  VPC,
} from "./deployment.ts";
import { permissionsOf } from "./permissions.ts";
import { role, serviceFor } from "./service.ts";
import { ROOT } from "./synth.ts";

/** For a program outside of this repository. */
const CDK = pathToFileURL(join(ROOT, "node_modules/aws-cdk-lib/index.js")).href;
const DEPLOY = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");
const blocks = (language: string) =>
  [...DEPLOY.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, "gm"))].map(
    ([, , code = ""]) => code,
  );

/** What is between backquotes. */
const namesIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

describe("docs/deploy.md", () => {
  test("shows a deploy.json that synthesises, with the policy of the README", () => {
    const [text = ""] = blocks("json");
    const parsed = parseDeployConfig(text);
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    const statements = EXAMPLE_POLICY.statements.map((one) => ({ ...one, app: "reports" }));
    expect(() => deploy(parsed.value, { version: 1, statements })).not.toThrow();
  });

  test("names each function that the SAM and Terraform examples lack, and the permissions that it adds", () => {
    const [, section = ""] = /^### What the two examples lack\n([\s\S]*?)^With both/m.exec(DEPLOY) ?? [];
    const built = readdirSync(join(ROOT, "functions"))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -3));
    const examples = ["sam/template.yaml", "terraform/main.tf"].map((path) =>
      readFileSync(join(ROOT, "examples", path), "utf8"),
    );
    const lacking = built.filter((name) => examples.every((text) => !text.includes(`functions/${name}`)));
    const named = [...section.matchAll(/^\|[^|]*\|([^|]*)\|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
    );
    expect(named.toSorted()).toEqual(lacking);
    const files = [...section.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = ""]) => path);
    expect(files).toHaveLength(3);
    for (const path of files) expect(existsSync(join(ROOT, path))).toBe(true);
    for (const text of examples) expect(text).toContain('"What the two examples lack"');
  });

  test("names what the stack makes for a shared cache, and what its table denies", () => {
    const [, section = ""] = /^## A shared cache\n([\s\S]*?)^## /m.exec(DEPLOY) ?? [];
    const { resources } = deploy({ sharedCache: true });
    const [[, table]] = ofType({ resources }, "AWS::DynamoDB::Table") as [[string, TemplateResource]];
    const { PolicyDocument } = table.Properties.ResourcePolicy as {
      PolicyDocument: { Statement: readonly { readonly Action: readonly string[] }[] };
    };
    const denied = PolicyDocument.Statement.flatMap(({ Action }) => Action).map((action) =>
      action.replace("dynamodb:", "").replace(/^PartiQL\w+/, "PartiQL"),
    );
    expect(new Set(denied).size).toBe(5);
    for (const action of denied) expect(section).toContain(action.replace(/^Export\w+/, "export"));
    const [[, secret]] = ofType({ resources }, "AWS::SecretsManager::Secret").filter(([, { Properties }]) =>
      Object.hasOwn(Properties, "GenerateSecretString"),
    ) as [[string, TemplateResource]];
    const { PasswordLength } = secret.Properties.GenerateSecretString as { PasswordLength: number };
    expect(section).toContain(`${PasswordLength} generated characters`);
  });

  test("lists each output of the stack and each SSM parameter, and no other", () => {
    const [, section = ""] = /^## Outputs\n([\s\S]*?) hold the same for callers/m.exec(DEPLOY) ?? [];
    const [table = "", sentence = ""] = section.split("The SSM parameters ");
    const principal = "arn:aws:iam::999999999999:role/foreign";
    const foreign: DeployConfig["callers"] = [
      { principal, name: "foreign", url: true, crossAccount: true },
      { principal, alias: "foreign", crossAccount: true },
    ];
    const callers = [...EXAMPLE_CONFIG.callers, ...foreign];
    const statements = [{ ...EXAMPLE_POLICY.statements[0], id: "foreign", caller: { name: "foreign" } }];
    const policy = { ...EXAMPLE_POLICY, statements: [...EXAMPLE_POLICY.statements, ...statements] };
    const { stack } = deploy({ ...PUBLIC, vpc: VPC, callers }, policy);
    const { Outputs, Resources } = Template.fromStack(stack).toJSON();
    const outputs = Object.keys(Outputs).map((name) => name.replace(/^(AliasCallerPolicy).*/, "$1…"));
    const rows = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = ""]) => namesIn(cell));
    expect(rows.toSorted()).toEqual([...new Set(outputs)].toSorted());
    const parameters = ofType({ resources: Resources }, "AWS::SSM::Parameter").map(([, { Properties }]) => {
      const [, , , name, app] = String(Properties.Name).split("/");
      return app === undefined ? name : `${name}/<app>`;
    });
    const named = namesIn(sentence).map((name) => name.replace("/box-sts/<stack name>/", ""));
    expect(named.toSorted()).toEqual([...new Set(parameters)].toSorted());
  });

  test("shows a key in KMS, in a config that is valid and in an app whose functions may sign with that key", () => {
    const [config = ""] = blocks("json kms");
    const parsed = parseBoxConfig(config.replaceAll("…", "abc"));
    expect(parsed).toMatchObject({ ok: true, value: { config: { grant: "jwt" }, warnings: [] } });
    if (!parsed.ok || parsed.value.config.grant !== "jwt") return;
    const [app = ""] = blocks("json signing");
    const apps = [JSON.parse(app)];
    const statements = EXAMPLE_POLICY.statements.map((one) => ({ ...one, app: "reports" }));
    const signed = permissionsOf(deploy({ apps }, { version: 1, statements })).filter(
      ({ action }) => action === "kms:Sign",
    );
    expect(new Set(signed.map(({ resource }) => resource))).toEqual(new Set([parsed.value.config.kmsKeyId]));
  });

  test("shows a VPC that synthesises", () => {
    const vpc = JSON.parse(blocks("json")[1] ?? "");
    expect(() => deploy({ vpc })).not.toThrow();
  });

  test("names the regions that the synth refuses, and no other", () => {
    const [, section = ""] = /^## Regions\n([\s\S]*?)^## /m.exec(DEPLOY) ?? [];
    const regions = [...section.matchAll(/^\| (.*`.*) \| (.*) \| (.*) \|$/gm)].flatMap(
      ([, names = "", url, alias]) =>
        [...names.matchAll(/`([a-z]+(?:-[a-z]+)+-\d)`/g)].map(([, name = ""]) => ({ name, url, alias })),
    );
    const without = (property: "url" | "alias") =>
      regions.filter((row) => /no/.test(row[property] ?? "")).map(({ name }) => name);
    expect(without("url").toSorted()).toEqual(
      [...new Set([...WITHOUT_FUNCTION_URL, ...WITHOUT_RESOURCE_POLICY])].toSorted(),
    );
    expect(without("alias").toSorted()).toEqual([...WITHOUT_RESOURCE_POLICY].toSorted());
  });

  test("names the quota that the default concurrency needs", () => {
    const reserved = ofType(deploy(), "AWS::Lambda::Function").map(([, { Properties }]) =>
      Number(Properties.ReservedConcurrentExecutions),
    );
    const needed = 100 + reserved.reduce((sum, one) => sum + one, 0);
    expect(DEPLOY).toContain(
      `the account's quota has to be ${needed} or more (${needed - 50} without the Function URL)`,
    );
  });

  test("names what the public functions reserve beside them", () => {
    const [, oauth, webhooks] =
      /reserve (\d+) more for `oauth` and (\d+) for `webhooks`/.exec(DEPLOY.replaceAll(/\s+/g, " ")) ?? [];
    const reserved = ofType(deploy(PUBLIC), "AWS::Lambda::Function").flatMap(([id, { Properties }]) =>
      deploy().resources[id] === undefined
        ? [[id.replace(/^Service|[0-9A-F]{8}$/g, ""), Properties.ReservedConcurrentExecutions]]
        : [],
    );
    const { Authorize, Connections, Webhook } = Object.fromEntries(reserved);
    expect([Number(oauth), Number(webhooks)]).toEqual([Authorize + Connections, Webhook]);
  });

  test("shows OAuth 2.0 users and webhooks that synthesise, with apps of these names", () => {
    const [text = ""] = blocks("json public");
    const apps = ["reports", "files"].map((name) => ({ name, createSecret: `box/${name}` }));
    const statements = EXAMPLE_POLICY.statements.map((one) => ({ ...one, app: "reports" }));
    expect(() => deploy({ ...JSON.parse(text), apps }, { version: 1, statements })).not.toThrow();
  });

  test("has every alarm with its severity", () => {
    const documented = [...DEPLOY.matchAll(/^\| `(\w+)` \| (page|ticket) \| /gm)].map(
      ([, name, severity]) => `box-sts-Service-${name}-${severity}`,
    );
    const alarmThresholds = { appTokenAgeDays: 365 };
    const made = ofType(deploy({ ...PUBLIC, alarmThresholds }), "AWS::CloudWatch::Alarm").map(
      ([, { Properties }]) => Properties.AlarmName,
    );
    expect(documented.toSorted()).toEqual(made.toSorted());
  });

  test("has the thresholds that apply where deploy.json has none", () => {
    const [, shown = ""] = /^`(\{ "deniedRequests".*\})`\.$/m.exec(DEPLOY) ?? [];
    const alarms = (alarmThresholds: NonNullable<DeployConfig["alarmThresholds"]>) =>
      ofType(deploy({ ...PUBLIC, alarmThresholds }), "AWS::CloudWatch::Alarm");
    expect(alarms(JSON.parse(shown))).toEqual(alarms({}));
    const { alarmThresholds } = DEPLOY_SCHEMA.properties;
    const withDefault = Object.entries(alarmThresholds.properties).filter(([, one]) => "default" in one);
    expect(Object.keys(JSON.parse(shown)).toSorted()).toEqual(withDefault.map(([name]) => name).toSorted());
  });

  test("names every output of the stack", () => {
    const { stack } = deploy({ ...PUBLIC, vpc: VPC });
    const outputs = Object.keys(Template.fromStack(stack).toJSON().Outputs);
    expect(outputs.length).toBeGreaterThan(10);
    for (const name of outputs) expect(DEPLOY).toContain(`\`${name}\``);
    for (const name of ["UrlCallerPolicy", "AliasCallerPolicy…"]) expect(DEPLOY).toContain(`\`${name}\``);
  });

  test("shows outputs for a CDK app of one's own, which the stack of deploy.json has by the same names", async () => {
    const code = blocks("ts").find((one) => one.includes("export function addOutputs")) ?? "";
    const path = join(newFolder(), "outputs.mjs");
    writeFileSync(path, stripTypeScriptTypes(code).replace('"aws-cdk-lib"', JSON.stringify(CDK)));
    const { addOutputs } = (await import(path)) as { addOutputs(service: BoxTokenService): void };
    const { service, stack, errors } = serviceFor([{ name: "reports" }]);
    service.grantInvokeUrl(new ArnPrincipal(role("reports")), { caller: "reports" });
    addOutputs(service);
    expect(errors()).toEqual([]);
    const own = Object.keys(Template.fromStack(stack).toJSON().Outputs);
    const stacks = Object.keys(Template.fromStack(deploy({ ...PUBLIC, vpc: VPC }).stack).toJSON().Outputs);
    expect(own.length).toBeGreaterThan(5);
    expect(stacks).toEqual(expect.arrayContaining(own));
    // Every variable of step 6 that is about a function or a secret of this deployment.
    for (const name of code.match(/^ {4}(\w+)(?=:)/gm) ?? []) expect(stacks).toContain(name.trim());
    const [, step = ""] = /^ {3}```sh outputs\n([\s\S]*?)^ {3}```$/m.exec(DEPLOY) ?? [];
    const read = [...step.matchAll(/\$\(out (\w+)\)/g)].map(([, name]) => name);
    expect(read.filter((name) => name !== "UrlCallerPolicy" && !code.includes(`    ${name}:`))).toEqual([]);
  });

  test("shows a config of a Client Credentials app that the functions take", () => {
    const [text = ""] = blocks("json ccg");
    const filled = text.replace("…", "c".repeat(32)).replace("…", "s".repeat(32));
    expect(parseBoxConfig(filled)).toMatchObject({ ok: true });
  });
});

test("docs/oauth.md shows a deployment that synthesises, and every action of the function that it names", () => {
  const page = readFileSync(join(ROOT, "docs/oauth.md"), "utf8");
  const [, config = ""] = /^```json deploy\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const statements = EXAMPLE_POLICY.statements.map((one) => ({ ...one, app: "files" }));
  expect(() => deploy(JSON.parse(config), { version: 1, statements })).not.toThrow();
  const events = [...page.matchAll(/`(\{"action":[^`]+\})`/g)].map(([, event = ""]) => JSON.parse(event));
  const actions = events.map((event) => parseConnectionsRequest(event, ["crm"]).action);
  expect(new Set(actions)).toEqual(new Set(["sweep", "list", "link", "disconnect"]));
});

test("docs/migrate.md leads with boxAuth", () => {
  const [first = ""] =
    readFileSync(join(ROOT, "docs/migrate.md"), "utf8").match(/^```diff\n[\s\S]*?^```$/m) ?? [];
  expect(first).toMatch(/^\+import \{ boxAuth \} from "box-sts\/client";$/m);
  expect(first).toMatch(/^\+const client = new BoxClient\(\{ auth: boxAuth\(/m);
});

test("no document names a function by a name that no deployment gives it", () => {
  for (const page of ["README.md", "docs/client.md", "docs/migrate.md", "examples/README.md"]) {
    expect(readFileSync(join(ROOT, page), "utf8")).not.toMatch(/functionName: "|FunctionName: "/);
  }
});

test("docs/migrate.md shows a handler that is JavaScript before and after", () => {
  const diff =
    /^```diff\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, "docs/migrate.md"), "utf8"))?.[1] ?? "";
  for (const [side, other] of ["-+", "+-"]) {
    const lines = diff.split("\n").filter((line) => !line.startsWith(other ?? ""));
    const path = join(newFolder(), "handler.mjs");
    writeFileSync(path, lines.map((line) => line.slice(1)).join("\n"));
    expect(lines.some((line) => line.startsWith(side ?? ""))).toBe(true);
    execFileSync(process.execPath, ["--check", path]);
  }
});

test("docs/migrate.md resets the client secret, stores the new one and checks the health, in this order", () => {
  const [, rotation = ""] =
    /^## Rotate the key\n([\s\S]*?)^## /m.exec(readFileSync(join(ROOT, "docs/migrate.md"), "utf8")) ?? [];
  const [pair = "", secret = ""] = rotation.split("The client secret, which has no overlap");
  const order = (text: string, ...words: string[]) => words.map((word) => text.indexOf(word));
  for (const places of [
    order(
      pair,
      "Generate a new key pair",
      "put-secret-value",
      "Check the health",
      "delete the old public key",
    ),
    order(secret, "**Reset**", "**store**", "put-secret-value", "**Check the health**"),
  ]) {
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
});
