import { expect, test } from "vitest";
import { type Grant, refusal } from "../../../sandbox/aws/iam.ts";
import { newIdentity } from "../../../sandbox/aws/identities.ts";

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

test("a refusal says which side's policy denies", () => {
  const deny: Grant = { effect: "deny", principal: "*", action, resource };
  const words = (grants: readonly Grant[]) => refusal(grants, { identity: alice, action, resource });
  expect(words([deny])).toMatch(/an explicit deny in an identity-based policy$/);
  expect(words([{ ...deny, attachedTo: resource }])).toMatch(/an explicit deny in a resource-based policy$/);
  expect(words([])).toMatch(/no identity-based policy allows the lambda:InvokeFunction action$/);
});
