import { expect, test } from "vitest";
import { principalsByName } from "../../../sandbox/sample/callers.ts";
import { policySample, requestFor } from "../../../sandbox/sample/policy-sample.ts";
import { matchesCaller } from "../../../schemas/policy/caller-pattern.ts";
import type { CallerPattern, Statement, StatementRights } from "../../../schemas/policy/parse.ts";

const ACCOUNT = "arn:aws:iam::111111111111";
const statement = (
  caller: CallerPattern,
  { app = "reports", subjects = ["enterprise"] }: Partial<Pick<Statement, "app" | "subjects">> = {},
  rights: StatementRights = { unrestricted: true },
): Statement => ({ id: "one", caller, app, subjects, ...rights });
const callersOf = (...callers: readonly CallerPattern[]) =>
  policySample({ version: 1, statements: callers.map((caller) => statement(caller)) }).callers;

test.each<[string, CallerPattern]>([
  ["a role", { iam: `${ACCOUNT}:role/reports` }],
  ["a role with a path", { iam: `${ACCOUNT}:role/team/x/reports` }],
  ["a role of China", { iam: "arn:aws-cn:iam::111111111111:role/reports" }],
  ["any role of a name", { iam: `${ACCOUNT}:role/team-*` }],
  ["a user with a path", { iam: `${ACCOUNT}:user/people/ann` }],
  ["a name", { name: "nightly" }],
  ["an alias", { alias: "nightly" }],
  ["any alias of a name", { alias: "nightly-*" }],
])("a statement for %s gets a caller that it matches", (_, pattern) => {
  const [caller, ...more] = callersOf(pattern);
  expect(more).toEqual([]);
  const { alias = "", roleArn = "", name = "" } = caller ?? {};
  expect(matchesCaller(pattern, "alias" in pattern ? { alias } : { iam: roleArn, name })).toBe(true);
});

test("a role's session has the role's account and name, and a user keeps its own ARN", () => {
  const [role] = callersOf({ iam: `${ACCOUNT}:role/team/x/reports` });
  expect(role).toMatchObject({
    account: "111111111111",
    sessionArn: "arn:aws:sts::111111111111:assumed-role/reports/sandbox",
  });
  const [user] = callersOf({ iam: `${ACCOUNT}:user/people/ann` });
  expect(user).toMatchObject({ sessionArn: `${ACCOUNT}:user/people/ann`, name: "ann" });
  expect(user?.userId).toMatch(/^AIDA[A-Z2-7]{17}$/);
});

test("a role and an alias of one name are one caller, in either order", () => {
  const iam = `${ACCOUNT}:role/reports`;
  for (const patterns of [
    [{ iam }, { alias: "reports" }],
    [{ alias: "reports" }, { iam }],
  ]) {
    expect(callersOf(...patterns).map(({ roleArn, alias }) => [roleArn, alias])).toEqual([[iam, "reports"]]);
  }
});

test("a name, a role and an alias are one caller, with an invented role if no statement has one", () => {
  const iam = `${ACCOUNT}:role/team/reports`;
  expect(callersOf({ name: "reports" }, { iam }, { alias: "reports" }).map(({ roleArn }) => roleArn)).toEqual(
    [iam],
  );
  expect(callersOf({ name: "reports" }).map(({ roleArn }) => roleArn)).toEqual([
    "arn:aws:iam::123456789012:role/reports",
  ]);
});

test("each caller has its name at the Function URL, and indistinguishable roles have the name of the first", () => {
  const callers = callersOf(
    { iam: `${ACCOUNT}:role/a/reports` },
    { iam: `${ACCOUNT}:role/b/reports` },
    { iam: `${ACCOUNT}:role/reports@team` },
    { name: "nightly" },
  );
  expect(callers).toHaveLength(4);
  expect(principalsByName(callers)).toEqual({
    reports: [`${ACCOUNT}:role/a/reports`],
    nightly: ["arn:aws:iam::123456789012:role/nightly"],
  });
});

test("two principals of one name are two callers of different names", () => {
  const callers = callersOf({ iam: `${ACCOUNT}:role/a` }, { iam: "arn:aws:iam::222222222222:role/a" });
  expect(callers.map(({ account }) => account)).toEqual(["111111111111", "222222222222"]);
  expect(new Set(callers.map(({ name }) => name)).size).toBe(2);
});

test("the request for a statement names every parameter that the statement leaves open", () => {
  const rights: StatementRights = {
    scopes: ["item_download", "item_upload"],
    resources: ["https://api.box.com/2.0/folders/*"],
  };
  const given = statement({ alias: "x" }, { app: "team-*", subjects: ["user:*"] }, rights);
  expect(requestFor(given, "7", "9")).toEqual({
    app: "team-example",
    box_subject_type: "user",
    box_subject_id: "7",
    scope: "item_download item_upload",
    resource: "https://api.box.com/2.0/folders/9",
  });
});
