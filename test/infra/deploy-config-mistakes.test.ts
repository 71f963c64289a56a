import { describe, expect, test } from "vitest";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { everyNth } from "../support/samples.ts";
import { deploy, EXAMPLE_CONFIG, EXAMPLE_POLICY, VPC } from "./deployment.ts";

const [reports, archive] = EXAMPLE_CONFIG.apps as [DeployConfig["apps"][0], DeployConfig["apps"][0]];
const [url, alias] = EXAMPLE_CONFIG.callers as [DeployConfig["callers"][0], DeployConfig["callers"][0]];
const { name: _name, ...unnamed } = url;
const [read, sync] = EXAMPLE_POLICY.statements as [object, object];
/** The statement of the first caller by ARN instead of its name. */
const byArn = { ...read, caller: { iam: url.principal } };
const elsewhere = "arn:aws:secretsmanager:us-east-1:123456789012:secret:box/reports-AbCdEf";
const foreign = { principal: "arn:aws:iam::999999999999:role/reports", url: true } as const;
const policy = (...statements: object[]) => ({ version: 1, statements });

describe("deploy.json fails the synth with a sentence that names the property and the remedy:", () => {
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
      "two apps of one name and with a secret each",
      { apps: [reports, reports, archive] },
      undefined,
      /^apps\[1\]\.name: two apps are called "reports"; give each its own name\.$/,
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
      { callers: [foreign, alias] },
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
      "a caller without url and without alias",
      { callers: [{ principal: url.principal }, alias] },
      undefined,
      /\/callers\/0.*url, alias or both/,
    ],
    [
      "a name for a caller that has no URL",
      { callers: [url, { ...alias, name: "nightly" }] },
      undefined,
      /\/callers\/1\/name: This property needs the property url beside it/,
    ],
    [
      "two names of one caller",
      { callers: [{ ...url, name: "a" }, { ...url, name: "b" }, alias] },
      undefined,
      /grantInvokeUrl: the caller has the name "a" already/,
    ],
    [
      "a statement that names a caller without a grant",
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
      "a statement whose alias no caller may invoke",
      { callers: [url] },
      undefined,
      /statement nightly-sync names the alias "nightly-sync", which no caller is granted; grant it/,
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
      /statement nightly-sync names the app "[^"]+", which is not configured; add it to apps/,
    ],
    [
      "a reserved concurrency that is none",
      { reservedConcurrency: "none" },
      undefined,
      /\/reservedConcurrency: .*whole number from 0.*unreserved.*For example: 50 or "unreserved"/,
    ],
    ["too little memory", { memorySize: 64 }, undefined, /\/memorySize: .*less than 128.*megabytes/],
    ["too long a timeout", { timeout: 31 }, undefined, /\/timeout: .*more than 30.*clients wait/],
    ["a retention of no kind", { logRetention: 100 }, undefined, /\/logRetention: .*90, 120/],
    ["a tag of AWS's", { tags: { "aws:x": "y" } }, undefined, /\/tags: a key .*aws:, .*correct/],
    [
      "a tag of other characters",
      { tags: { team: "a;b" } },
      undefined,
      /\/tags: .*a value has at most 256 of/,
    ],
    ["a tag that is no text", { tags: { team: 1 } }, undefined, /\/tags\/team: .*type string.*256/],
    [
      "more subnets than zones",
      { vpc: { ...VPC, privateSubnetIds: ["subnet-0a", "subnet-0b"] } },
      undefined,
      /\/vpc: there are 2 subnets and 1 availability zones; give the zone of each subnet/,
    ],
    [
      "a zone of another region",
      { vpc: { ...VPC, availabilityZones: ["us-east-1a"] } },
      undefined,
      /\/vpc\/availabilityZones: us-east-1a is no zone of eu-central-1/,
    ],
    [
      "an ARN instead of a new secret's name",
      { apps: [{ name: "reports", createSecret: elsewhere }, archive] },
      undefined,
      /\/apps\/0\/createSecret: .*exists.*Write the ARN as secret/,
    ],
    [
      "replicas of a secret that exists",
      { apps: [{ ...reports, replicaRegions: [{ region: "us-east-1" }] }, archive] },
      undefined,
      /replicaRegions: .*needs the property createSecret/,
    ],
    ["a misspelt property", { polcy: "x" }, undefined, /\/polcy.*Did you mean policy/],
    [
      "a policy that is not there",
      { policy: "missing.json" },
      undefined,
      /policy: .*missing\.json cannot be read/,
    ],
  ];

  test.each(everyNth(cases, 2))("%s", (_, change, document, sentence) => {
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

describe("the synth accepts what is meant:", () => {
  test("a caller of another account with crossAccount", () => {
    const iam = { ...read, caller: { iam: foreign.principal } };
    const { resources } = deploy({ callers: [{ ...foreign, crossAccount: true }, alias] }, policy(iam, sync));
    expect(JSON.stringify(resources)).toContain(foreign.principal);
  });

  test("a role's path, which a session does not report", () => {
    const principal = "arn:aws:iam::123456789012:role/team/reports";
    const callers = [{ principal, url: true as const }, alias];
    expect(() => deploy({ callers }, policy(byArn, sync))).not.toThrow();
  });

  test("patterns in statements", () => {
    const many = { ...sync, app: "*", caller: { alias: "nightly-*" } };
    expect(() => deploy({}, policy(read, many))).not.toThrow();
  });
});
