import { expect, test } from "vitest";
import { type Grant, refusal, stored } from "../../../sandbox/aws/iam.ts";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { newCaller } from "../../../sandbox/sample/callers.ts";
import { deployedGrants } from "../../../sandbox/sample/grants.ts";

const [alice, bob] = [newIdentity("alice"), newIdentity("bob")];
const action = "lambda:InvokeFunction";
const resource = "arn:aws:lambda:us-east-1:123456789012:function:f";
const allow: Grant = { effect: "allow", principal: alice.roleArn, action, resource };
const may = (grants: readonly Grant[], more: object = {}) =>
  refusal(grants, { identity: alice, action, resource, ...more }) === undefined;

test("nothing is allowed without a statement", () => {
  expect(may([])).toBe(false);
});

test("a statement allows its principal, action and resource, exactly", () => {
  expect(may([allow])).toBe(true);
  expect(may([allow], { identity: bob })).toBe(false);
  expect(may([allow], { action: "lambda:InvokeFunctionUrl" })).toBe(false);
  for (const other of [`${resource}:alias`, `${resource}2`, resource.slice(0, -1)]) {
    expect(may([allow], { resource: other })).toBe(false);
  }
});

test("a star at the end covers what follows", () => {
  expect(may([{ ...allow, action: "lambda:*" }], { action: "lambda:GetFunction" })).toBe(true);
  expect(may([{ ...allow, resource: `${resource}:*` }], { resource: `${resource}:alias` })).toBe(true);
  expect(may([{ ...allow, resource: `${resource}:*` }])).toBe(false);
});

test("a question mark covers one character, and a dot or a bracket only itself", () => {
  const secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret";
  const reading = (pattern: string, value: string) =>
    may([{ ...allow, resource: `${secret}:${pattern}` }], { resource: `${secret}:${value}` });
  expect(reading("a-??????", "a-AbCdEf")).toBe(true);
  expect(reading("a-??????", "a-AbCdE")).toBe(false);
  expect(reading("a-??????", "a-b-AbCdEf")).toBe(false);
  expect(reading("a.b-*", "a.b-AbCdEf")).toBe(true);
  expect(reading("a.b-*", "axb-AbCdEf")).toBe(false);
});

test("a grant for stages of a secret needs a request that names one of them", () => {
  const staged: Grant = { ...allow, versionStages: ["AWSCURRENT", "AWSPREVIOUS"] };
  expect(may([staged], { versionStage: "AWSPREVIOUS" })).toBe(true);
  expect(may([staged], { versionStage: "AWSPENDING" })).toBe(false);
  expect(may([staged])).toBe(false);
  expect(may([allow], { versionStage: "AWSPENDING" })).toBe(true);
});

test("a grant for calls via the Function URL allows no direct call", () => {
  const viaUrl: Grant = { ...allow, viaFunctionUrl: true };
  expect(may([viaUrl])).toBe(false);
  expect(may([viaUrl], { viaFunctionUrl: true })).toBe(true);
});

test("a deny of direct calls wins over every allow and leaves the Function URL open", () => {
  const deny: Grant = { effect: "deny", principal: "*", action, resource, viaFunctionUrl: false };
  expect(may([allow, deny])).toBe(false);
  expect(may([deny, { ...allow, action: "lambda:*", resource: "*" }])).toBe(false);
  expect(may([allow, deny], { viaFunctionUrl: true })).toBe(true);
});

test("a resource policy applies to the resource that it is attached to, whatever its statements name", () => {
  const grants: readonly Grant[] = [
    { ...allow, resource: "*" },
    { effect: "deny", principal: "*", action, resource: `${resource}*`, attachedTo: resource },
  ];
  expect(may(grants)).toBe(false);
  for (const qualifier of ["$LATEST", "1", "alias"]) {
    expect(may(grants, { resource: `${resource}:${qualifier}` })).toBe(true);
  }
});

test("a deny that leaves out one role holds for every other, by the role's ARN with its path", () => {
  const team = newIdentity("alice", { path: "team/" });
  const grants: readonly Grant[] = [
    { ...allow, principal: team.roleArn },
    { ...allow, principal: alice.roleArn },
    { effect: "deny", principal: "*", action, resource, attachedTo: resource, unlessPrincipal: team.roleArn },
  ];
  expect(team.sessionArn).toBe(alice.sessionArn);
  expect(may(grants, { identity: team })).toBe(true);
  expect(may(grants)).toBe(false);
});

test("a refusal names the side whose policy denies", () => {
  const deny: Grant = { effect: "deny", principal: "*", action, resource };
  const words = (grants: readonly Grant[]) => refusal(grants, { identity: alice, action, resource });
  expect(words([deny])).toMatch(/an explicit deny in an identity-based policy$/);
  expect(words([{ ...deny, attachedTo: resource }])).toMatch(/an explicit deny in a resource-based policy$/);
  expect(words([])).toMatch(/no identity-based policy allows the lambda:InvokeFunction action$/);
});

test("a resource policy that allows an account delegates to it: the identity's policies have to allow too", () => {
  const account = "arn:aws:iam::123456789012:root";
  const delegated: Grant = { ...allow, principal: account, attachedTo: resource };
  expect(may([delegated])).toBe(false);
  expect(may([{ ...delegated, onlyPrincipals: [alice.roleArn] }])).toBe(false);
  expect(may([delegated, allow])).toBe(true);
});

test("a resource policy that allows every principal under a condition grants by itself what the condition allows", () => {
  const only: Grant = { ...allow, principal: "*", attachedTo: resource, onlyPrincipals: [alice.roleArn] };
  expect(may([only])).toBe(true);
  expect(may([only], { identity: bob })).toBe(false);
  expect(may([only], { identity: newIdentity("alice", { path: "team/" }) })).toBe(false);
  expect(may([{ ...only, onlyAccounts: ["999999999999"] }])).toBe(false);
});

test("a role that is made again is refused where its predecessor was the principal, and allowed by its ARN in a condition", () => {
  const again = newIdentity("alice");
  const byPrincipal: Grant = { ...allow, attachedTo: resource };
  const byCondition: Grant = { ...byPrincipal, principal: "*", onlyPrincipals: [alice.roleArn] };
  const mayWith = (grant: Grant, identity: typeof alice) => may(stored([grant], [alice, bob]), { identity });
  expect([mayWith(byPrincipal, alice), mayWith(byPrincipal, again)]).toEqual([true, false]);
  expect([mayWith(byCondition, alice), mayWith(byCondition, again)]).toEqual([true, true]);
});

test("a grant for keys of a table needs a request that names keys, all of them like one of these", () => {
  const some: Grant = { ...allow, leadingKeys: ["token#*"] };
  expect(may([some], { leadingKeys: ["token#a", "token#b"] })).toBe(true);
  for (const leadingKeys of [[], ["connection#a"], ["token#a", "connection#a"]])
    expect(may([some], { leadingKeys })).toBe(false);
});

test("a principal of another account needs an allow of both sides", () => {
  const roleArn = "arn:aws:iam::999999999999:role/carol";
  const identity = { ...newIdentity("carol"), account: "999999999999", roleArn };
  const own: Grant = { ...allow, principal: roleArn };
  const ours: Grant = { ...allow, principal: "*", attachedTo: resource, onlyPrincipals: [roleArn] };
  const words = (grants: readonly Grant[]) => refusal(grants, { identity, action, resource });
  expect(words([own])).toMatch(/no resource-based policy allows the lambda:InvokeFunction action$/);
  expect(words([ours])).toMatch(/no identity-based policy allows the lambda:InvokeFunction action$/);
  expect(words([own, ours])).toBeUndefined();
  const account = "arn:aws:iam::999999999999:root";
  expect(words([own, { ...allow, principal: account, attachedTo: resource }])).toBeUndefined();
});

test("a caller of another account is allowed in both accounts, as its administrators and the service's do it", () => {
  const account = "999999999999";
  const foreign = { ...newCaller("dave"), account, roleArn: `arn:aws:iam::${account}:role/dave` };
  const lambda = "arn:aws:lambda:us-east-1:123456789012:function";
  const all = deployedGrants("us-east-1", {
    callers: [foreign],
    functionRole: newIdentity("function"),
    operator: newIdentity("operator"),
    secretNames: [],
  });
  const ours = all.filter(({ attachedTo }) => attachedTo !== undefined);
  const invoked = { identity: foreign, action, resource: `${lambda}:token-invoke:dave` };
  const called = { identity: foreign, action, resource: `${lambda}:token-url`, viaFunctionUrl: true };
  expect([refusal(all, invoked), refusal(all, called)]).toEqual([undefined, undefined]);
  for (const attempt of [invoked, called]) {
    expect(refusal(ours, attempt)).toMatch(/no identity-based policy allows/);
  }
});
