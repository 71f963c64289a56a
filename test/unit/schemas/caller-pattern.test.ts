import { describe, expect, it } from "vitest";
import type { Caller } from "../../../schemas/policy/caller.ts";
import { matchesCaller } from "../../../schemas/policy/caller-pattern.ts";

const ACCOUNT = "arn:aws:iam::123456789012";
const matches = (iam: string, caller: string) => matchesCaller({ iam }, { iam: caller });

describe("a pattern for a role", () => {
  it.each([
    ["the name alone", `${ACCOUNT}:role/reports`, `${ACCOUNT}:role/reports`],
    ["a path that the session does not report", `${ACCOUNT}:role/team/x/reports`, `${ACCOUNT}:role/reports`],
    [
      "a caller that is named with its path at synth",
      `${ACCOUNT}:role/reports`,
      `${ACCOUNT}:role/team/reports`,
    ],
    ["two paths, because names are unique", `${ACCOUNT}:role/a/reports`, `${ACCOUNT}:role/b/reports`],
    ["a star in the name", `${ACCOUNT}:role/app-*`, `${ACCOUNT}:role/app-7`],
    [
      "a star, and a caller that is named with its path",
      `${ACCOUNT}:role/app-*`,
      `${ACCOUNT}:role/team/app-7`,
    ],
  ])("matches with %s", (_case, pattern, caller) => {
    expect(matches(pattern, caller)).toBe(true);
  });

  it.each([
    ["another name", `${ACCOUNT}:role/reports`, `${ACCOUNT}:role/report`],
    ["a user of that name", `${ACCOUNT}:role/ann`, `${ACCOUNT}:user/ann`],
    ["its path taken for a name", `${ACCOUNT}:role/team/reports`, `${ACCOUNT}:role/team`],
    ["another account", `${ACCOUNT}:role/team/reports`, "arn:aws:iam::999999999999:role/reports"],
    // The schema refuses these patterns; if it accepted one, that pattern must match no caller.
    ["a path before a star", `${ACCOUNT}:role/team/*`, `${ACCOUNT}:role/reports`],
    [
      "a path before a star, and a caller with that path",
      `${ACCOUNT}:role/team/*`,
      `${ACCOUNT}:role/team/reports`,
    ],
    ["a star in the path", `${ACCOUNT}:role/*/reports`, `${ACCOUNT}:role/reports`],
  ])("does not match with %s", (_case, pattern, caller) => {
    expect(matches(pattern, caller)).toBe(false);
  });
});

describe("a pattern for a user", () => {
  it.each([
    ["the whole ARN", `${ACCOUNT}:user/team/ann`, `${ACCOUNT}:user/team/ann`],
    ["a star behind the user's path", `${ACCOUNT}:user/team/*`, `${ACCOUNT}:user/team/ann`],
    ["a path that reads like a role", `${ACCOUNT}:user/x:role/ann`, `${ACCOUNT}:user/x:role/ann`],
  ])("matches with %s", (_case, pattern, caller) => {
    expect(matches(pattern, caller)).toBe(true);
  });

  it.each([
    ["a path that the pattern does not have", `${ACCOUNT}:user/ann`, `${ACCOUNT}:user/team/ann`],
    ["a path that the user does not have", `${ACCOUNT}:user/team/ann`, `${ACCOUNT}:user/ann`],
    ["another path", `${ACCOUNT}:user/readers/*`, `${ACCOUNT}:user/contractors/mallory`],
    ["a star that would have to cross a slash", `${ACCOUNT}:user/*`, `${ACCOUNT}:user/team/ann`],
    ["a path that reads like a role", `${ACCOUNT}:user/x:role/ann`, `${ACCOUNT}:user/x:role/b/ann`],
  ])("does not match with %s", (_case, pattern, caller) => {
    expect(matches(pattern, caller)).toBe(false);
  });
});

describe("a pattern for an alias", () => {
  it("matches the alias, and its star matches any name of that form", () => {
    expect(matchesCaller({ alias: "nightly" }, { alias: "nightly" })).toBe(true);
    expect(matchesCaller({ alias: "nightly-*" }, { alias: "nightly-sync" })).toBe(true);
    expect(matchesCaller({ alias: "nightly" }, { alias: "weekly" })).toBe(false);
  });
});

describe("a name", () => {
  const [iam, name] = [`${ACCOUNT}:role/Tokens-Reports1A2B3C-XYZ`, "reports"];

  it.each<[string, Caller]>([
    ["a role or user that the deployment maps to it", { iam, name }],
    ["the alias of that name", { alias: "reports" }],
  ])("matches %s", (_case, caller) => {
    expect(matchesCaller({ name }, caller)).toBe(true);
  });

  it.each<[string, Caller]>([
    ["a role that is mapped to another name", { iam, name: "payroll" }],
    ["a role without a name, even one called so", { iam: `${ACCOUNT}:role/reports` }],
    ["another alias", { alias: "reports-2" }],
    ["a caller that nothing identifies", { unidentified: "reports" }],
  ])("does not match %s", (_case, caller) => {
    expect(matchesCaller({ name }, caller)).toBe(false);
  });

  it("is compared exactly: a star in it matches no other name", () => {
    expect(matchesCaller({ name: "*" }, { iam, name })).toBe(false);
  });

  it("does not prevent a match by the role's ARN", () => {
    expect(matchesCaller({ iam }, { iam, name })).toBe(true);
  });
});

it("a pattern never matches a caller of another kind, with any pattern", () => {
  const callers: readonly Caller[] = [
    { iam: `${ACCOUNT}:role/a` },
    { alias: `${ACCOUNT}:role/a` },
    { unidentified: `${ACCOUNT}:role/a` },
  ];
  const matching = (pattern: Parameters<typeof matchesCaller>[0]) =>
    callers.filter((caller) => matchesCaller(pattern, caller));
  expect(matching({ iam: `${ACCOUNT}:role/a` })).toEqual(callers.slice(0, 1));
  expect(matching({ alias: `${ACCOUNT}:role/a` })).toEqual(callers.slice(1, 2));
});
