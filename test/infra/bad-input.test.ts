import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { AccountPrincipal, AnyPrincipal, ArnPrincipal, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { describe, expect, test } from "vitest";
import { BoxTokenService } from "../../infra/index.ts";
import type { DeployConfig } from "../../schemas/deploy.ts";
import { deploy, EXAMPLE_CONFIG, EXAMPLE_POLICY, newFolder } from "./deployment.ts";

const [reports, archive] = EXAMPLE_CONFIG.apps as [DeployConfig["apps"][0], DeployConfig["apps"][0]];
const [url, alias] = EXAMPLE_CONFIG.callers as [DeployConfig["callers"][0], DeployConfig["callers"][0]];
const { name: _name, ...unnamed } = url;
const [read, sync] = EXAMPLE_POLICY.statements as [object, object];
/** The statement of the first caller by ARN in the place of its name. */
const byArn = { ...read, caller: { iam: url.principal } };
const elsewhere = "arn:aws:secretsmanager:us-east-1:123456789012:secret:box/reports-AbCdEf";
const stranger = { principal: "arn:aws:iam::999999999999:role/reports", url: true } as const;
const policy = (...statements: object[]) => ({ version: 1, statements });

describe("deploy.json fails the synth with a sentence that names the member and the remedy:", () => {
  const cases: readonly [string, Partial<DeployConfig> | object, object | undefined, RegExp][] = [
    [
      "no secret",
      { apps: [{ name: "reports" }, archive] },
      undefined,
      /\/apps\/0.*either secret.*or createSecret/,
    ],
    [
      "a secret's name",
      { apps: [{ name: "reports", secret: "box/reports" }, archive] },
      undefined,
      /\/apps\/0\/secret.*name.*describe-secret/,
    ],
    [
      "an ARN cut short",
      { apps: [{ name: "reports", secret: elsewhere.slice(0, -7) }, archive] },
      undefined,
      /\/apps\/0\/secret.*complete ARN.*describe-secret/,
    ],
    [
      "two apps of one name",
      { apps: [reports, { ...archive, name: "reports" }] },
      undefined,
      /apps\[1\]\.name: two apps are called "reports"; give each/,
    ],
    [
      "a secret of another region",
      { apps: [{ ...reports, secret: elsewhere }, archive] },
      undefined,
      /apps\[0\]\.secret: .*us-east-1.*eu-central-1.*replicate/,
    ],
    ["a region that is none", { region: "Frankfurt" }, undefined, /\/region.*eu-central-1/],
    [
      "a caller of another account",
      { callers: [stranger, alias] },
      undefined,
      /grantInvokeUrl: .*999999999999.*123456789012.*crossAccount: true/,
    ],
    [
      "a session as caller",
      { callers: [{ ...url, principal: "arn:aws:sts::123456789012:assumed-role/reports/x" }] },
      undefined,
      /\/callers\/0\/principal.*session.*role/,
    ],
    [
      "a caller without a way",
      { callers: [{ principal: url.principal }, alias] },
      undefined,
      /\/callers\/0.*url, alias or both/,
    ],
    [
      "a name for a caller that has no URL",
      { callers: [url, { ...alias, name: "nightly" }] },
      undefined,
      /\/callers\/1\/name: This member needs the member url beside it/,
    ],
    [
      "two names of one caller",
      { callers: [{ ...url, name: "a" }, { ...url, name: "b" }, alias] },
      undefined,
      /grantInvokeUrl: the caller has the name "a" already/,
    ],
    [
      "a statement that names a caller whom nobody is granted",
      {},
      policy({ ...read, caller: { name: "reprots" } }, sync),
      /statement reports-read-finance names the caller "reprots", and no principal is granted this name; grant it/,
    ],
    [
      "an alias twice",
      { callers: [url, alias, { ...alias, principal: url.principal }] },
      undefined,
      /grantInvoke "nightly-sync": .*another caller's; give each/,
    ],
    [
      "an alias that no statement mentions",
      { callers: [url, alias, { ...alias, alias: "unheard" }] },
      undefined,
      /No statement of the policy names the alias "unheard"; add one/,
    ],
    [
      "a statement whose alias nobody may invoke",
      { callers: [url] },
      undefined,
      /statement nightly-sync names an alias that nobody may invoke; grant it/,
    ],
    [
      "a caller that no statement mentions",
      { callers: [url, alias, { ...unnamed, principal: `${url.principal}-2` }] },
      undefined,
      /names the caller .*reports-2; add one/,
    ],
    [
      "a statement whose caller may not call",
      { callers: [alias] },
      policy(byArn, sync),
      /statement reports-read-finance names a caller that may not call the Function URL; grant it/,
    ],
    [
      "a statement about an unknown app",
      {},
      policy(read, { ...sync, app: "payroll" }),
      /statement nightly-sync names an app that is not configured; add it to apps/,
    ],
    [
      "a reserved concurrency that is none",
      { reservedConcurrency: "none" },
      undefined,
      /\/reservedConcurrency: .*whole number from 0.*unreserved.*Write it like 50 or "unreserved"/,
    ],
    ["a misspelt member", { polcy: "x" }, undefined, /\/polcy.*Did you mean policy/],
    [
      "a policy that is not there",
      { policy: "missing.json" },
      undefined,
      /policy: .*missing\.json cannot be read/,
    ],
  ];

  test.each(cases)("%s", (_, change, document, sentence) => {
    expect(() => deploy(change, document)).toThrow(sentence);
  });

  test("a policy whose role has a path and a star, which would mean every role of the account", () => {
    const readers = { ...read, caller: { iam: "arn:aws:iam::123456789012:role/readers/*" } };
    expect(() => deploy({}, policy(readers, sync))).toThrow(
      /\/statements\/0\/caller\/iam .*a path or a \*, not both.*leave the path out/,
    );
  });

  test("a bad policy, with pointer, line and column", () => {
    const text = '{\n  "version": 1,\n  "statements": [{ "id": "a", "caler": {} }]\n}';
    expect(() => deploy({}, text)).toThrow(
      /box-sts\.policy\.json \/statements\/0\/caler \(line 3, column \d+\): .*Did you mean caller/,
    );
  });
});

describe("what is meant is let through:", () => {
  test("a caller of another account with crossAccount", () => {
    const iam = { ...read, caller: { iam: stranger.principal } };
    const { resources } = deploy(
      { callers: [{ ...stranger, crossAccount: true }, alias] },
      policy(iam, sync),
    );
    expect(JSON.stringify(resources)).toContain(stranger.principal);
  });

  test("a role's path, which a session does not tell", () => {
    const principal = "arn:aws:iam::123456789012:role/team/reports";
    const callers = [{ principal, url: true as const }, alias];
    expect(() => deploy({ callers }, policy(byArn, sync))).not.toThrow();
  });

  test("patterns in statements", () => {
    const many = { ...sync, app: "*", caller: { alias: "nightly-*" } };
    expect(() => deploy({}, policy(read, many))).not.toThrow();
  });
});

describe("the construct refuses", () => {
  const service = () => {
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "policy.json");
    writeFileSync(path, JSON.stringify(EXAMPLE_POLICY));
    const env = { account: "123456789012", region: "eu-central-1" };
    const stack = new Stack(new App(), "Stack", { env });
    return {
      stack,
      path,
      make: () => new BoxTokenService(stack, "Box", { apps: [{ name: "a" }], policy: path }),
    };
  };

  test.each([
    ["everyone", new AnyPrincipal()],
    ["a whole account", new AccountPrincipal("123456789012")],
    ["a service", new ServicePrincipal("apigateway.amazonaws.com")],
    ["a group of roles", new ArnPrincipal("arn:aws:iam::123456789012:*")],
    ["roles by a question mark", new ArnPrincipal("arn:aws:iam::123456789012:role/a?")],
    ["a role by a policy variable", new ArnPrincipal(`arn:aws:iam::123456789012:role/${"$"}{aws:username}`)],
  ])("to let %s in", (_, principal) => {
    const { make } = service();
    const box = make();
    expect(() => box.grantInvokeUrl(principal)).toThrow(/one IAM role or user/);
    expect(() => box.grantInvoke(principal, "nightly-sync")).toThrow(/one IAM role or user/);
  });

  test.each([-1, 1.5, Number.NaN])("the reserved concurrency %d", (reservedConcurrency) => {
    const { stack, path } = service();
    const props = { apps: [{ name: "a" }], policy: path, reservedConcurrency };
    expect(() => new BoxTokenService(stack, "D", props)).toThrow(
      'reservedConcurrency: expected a whole number from 0, or "unreserved"; correct it.',
    );
  });

  test.each(["7", "a.b", "$LATEST", ""])("the alias %j", (name) => {
    const caller = new ArnPrincipal("arn:aws:iam::123456789012:role/a");
    expect(() => service().make().grantInvoke(caller, name)).toThrow(/an alias has 1 to 128/);
  });

  test("a secret imported by name, and no app at all", () => {
    const { stack, path } = service();
    const secret = Secret.fromSecretNameV2(stack, "Named", "box/reports");
    const props = (apps: object[]) => ({ apps: apps as [], policy: path });
    expect(() => new BoxTokenService(stack, "A", props([{ name: "a", secret }]))).toThrow(
      /apps\[0\]\.secret: .*fromSecretCompleteArn/,
    );
    expect(() => new BoxTokenService(stack, "B", props([]))).toThrow(/apps: there is none/);
    expect(() => new BoxTokenService(stack, "C", props([{ name: "a b" }]))).toThrow(
      /apps\[0\]\.name: expected/,
    );
  });
});
