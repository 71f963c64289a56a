import { describe, expect, test } from "vitest";
import { authorizeRevocation } from "../../../../../functions/broker/authorize-revocation.ts";
import type { KnownToken } from "../../../../../functions/broker/shared-cache/issued-token.ts";
import type { Caller } from "../../../../../schemas/policy/caller.ts";
import type { ScopedStatement, Statement } from "../../../../../schemas/policy/parse.ts";
import type { Scope } from "../../../../../schemas/protocol/scopes.ts";

const REPORTS: Caller = { alias: "reports" };
const FOLDER = "https://api.box.com/2.0/folders/1";
const OTHER_FOLDER = "https://api.box.com/2.0/folders/2";

const UNRESTRICTED: Statement = {
  id: "everything",
  caller: { alias: "reports" },
  app: "reports",
  subjects: ["enterprise", "user:*"],
  unrestricted: true,
};
const SCOPED: ScopedStatement = {
  id: "scoped",
  caller: { alias: "reports" },
  app: "reports",
  subjects: ["enterprise"],
  scopes: ["item_download", "item_upload"],
};

const FULL: KnownToken = {
  app: "reports",
  subject: { type: "enterprise", id: "900001" },
};
const restrictedTo = (scopes: readonly Scope[], resource?: string): KnownToken => ({
  ...FULL,
  restriction: { scopes, ...(resource !== undefined && { resource }) },
});

function grantOf(token: KnownToken, ...statements: readonly Statement[]) {
  return authorizeRevocation({ version: 1, statements }, REPORTS, "alias:reports", token);
}

describe("a shared token", () => {
  test("may be evicted by a caller with a statement that covers it, which the grant names", () => {
    expect(grantOf(FULL, UNRESTRICTED)).toEqual({ statement: "everything", endsAtBox: false });
  });

  test("may be ended at Box by a caller with a statement that says revoke, wherever that is in the policy", () => {
    const revoking = { ...UNRESTRICTED, id: "revoking", revoke: true } as const;
    const grant = { statement: "revoking", endsAtBox: true };
    expect(grantOf(FULL, UNRESTRICTED, revoking)).toEqual(grant);
    expect(grantOf(FULL, revoking, UNRESTRICTED)).toEqual(grant);
  });

  test("may not be ended at Box because of a statement that says revoke and does not cover it", () => {
    const elsewhere = { ...UNRESTRICTED, id: "revoking", app: "other", revoke: true } as const;
    expect(grantOf(FULL, elsewhere, UNRESTRICTED)).toEqual({ statement: "everything", endsAtBox: false });
    expect(grantOf(FULL, elsewhere)).toBeUndefined();
  });

  test("is left alone under a policy without statements", () => {
    expect(grantOf(FULL)).toBeUndefined();
  });

  test("is left alone where only another caller's statement covers it", () => {
    expect(grantOf(FULL, { ...UNRESTRICTED, caller: { alias: "another" }, revoke: true })).toBeUndefined();
  });
});

describe("a token that is isolated for one caller", () => {
  const own: KnownToken = { ...FULL, isolatedFor: "alias:reports" };
  const others: KnownToken = { ...FULL, isolatedFor: "alias:another" };

  test("may be ended at Box by that caller, without a statement that says revoke", () => {
    expect(grantOf(own, UNRESTRICTED)).toEqual({ statement: "everything", endsAtBox: true });
  });

  test("may be ended at Box by that caller after the policy has lost the statement that allowed it", () => {
    expect(grantOf(own)).toEqual({ statement: undefined, endsAtBox: true });
  });

  test("may be ended by another caller only if its statement says revoke", () => {
    expect(grantOf(others, UNRESTRICTED)).toBeUndefined();
    expect(grantOf(others, { ...UNRESTRICTED, revoke: true })).toEqual({
      statement: "everything",
      endsAtBox: true,
    });
  });
});

describe("a statement covers a token", () => {
  const isCovered = (token: KnownToken, statement: Statement) => grantOf(token, statement) !== undefined;

  test.each([
    ["the same app", "reports", true],
    ["apps by a pattern that fits", "rep*", true],
    ["another app", "payroll", false],
    ["apps by a pattern that does not fit", "pay*", false],
  ])("whose app is in it: %s", (_, app, expected) => {
    expect(isCovered(FULL, { ...UNRESTRICTED, app })).toBe(expected);
  });

  const USER: KnownToken = { ...FULL, subject: { type: "user", id: "17" } };
  test.each([
    ["the enterprise's, by a statement for the enterprise", FULL, ["enterprise"], true],
    ["the enterprise's, by a statement for users", FULL, ["user:*"], false],
    ["the enterprise's, by a statement for a user with the enterprise's id", FULL, ["user:900001"], false],
    ["a user's, by a statement for that user", USER, ["user:17"], true],
    ["a user's, by a statement for every user", USER, ["user:*"], true],
    ["a user's, by the second subject of a statement", USER, ["enterprise", "user:17"], true],
    ["a user's, by a statement for another user", USER, ["user:171"], false],
    ["a user's, by a statement for the enterprise", USER, ["enterprise"], false],
    ["a user's, by a statement without subjects", USER, [], false],
  ])("whose subject is in it: %s", (_, token, subjects, expected) => {
    expect(isCovered(token, { ...UNRESTRICTED, subjects })).toBe(expected);
  });

  test("which is full, only if the statement is unrestricted", () => {
    expect(isCovered(FULL, UNRESTRICTED)).toBe(true);
    expect(isCovered(FULL, SCOPED)).toBe(false);
  });

  test("which is restricted, whatever its scopes and resource, if the statement is unrestricted", () => {
    expect(isCovered(restrictedTo(["item_download"], FOLDER), UNRESTRICTED)).toBe(true);
    expect(isCovered(restrictedTo(["root_readwrite"]), UNRESTRICTED)).toBe(true);
  });

  test.each([
    ["the one", ["item_download"], true],
    ["both", ["item_upload", "item_download"], true],
    ["one of two", ["item_download", "item_preview"], false],
    ["none of two", ["item_preview", "root_readonly"], false],
  ] as const)("if the statement has %s of its scopes", (_, scopes, expected) => {
    expect(isCovered(restrictedTo(scopes), SCOPED)).toBe(expected);
  });

  test.each([
    ["the statement names none", undefined, FOLDER, true],
    ["the token has none and the statement names none", undefined, undefined, true],
    ["the statement names it", [FOLDER], FOLDER, true],
    ["the statement names it among others", [OTHER_FOLDER, FOLDER], FOLDER, true],
    ["the statement names it by a pattern", ["https://api.box.com/2.0/folders/*"], FOLDER, true],
    ["the statement names another one", [OTHER_FOLDER], FOLDER, false],
    ["the token has none and the statement names one", [FOLDER], undefined, false],
    ["the statement's list is empty", [], FOLDER, false],
  ])("by its resource: %s", (_, resources, resource, expected) => {
    const statement = { ...SCOPED, ...(resources !== undefined && { resources }) };
    expect(isCovered(restrictedTo(["item_download"], resource), statement)).toBe(expected);
  });
});
