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
