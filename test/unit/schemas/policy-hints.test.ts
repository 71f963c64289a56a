import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../../schemas/policy/parse.ts";
import { type ReadIssue, readable } from "./readable.ts";

const account = "arn:aws:iam::123456789012";

/** The only issue of a policy with one statement that is valid except for this change. */
function issueOf(change: object): ReadIssue | undefined {
  const right = {
    ...{ id: "reports", app: "reports", subjects: ["enterprise"], scopes: ["item_download"] },
    caller: { iam: `${account}:role/reports` },
  };
  const parsed = parsePolicy(JSON.stringify({ version: 1, statements: [{ ...right, ...change }] }));
  const issues = parsed.ok ? [] : parsed.error.map(readable);
  expect(issues).toHaveLength(1);
  return issues[0];
}

describe("parsePolicy explains", () => {
  it.each([
    "role/readers/*",
    "role/aws-reserved/sso.amazonaws.com/eu-west-1/*",
    "role/*/reports",
    "role/a/b-*",
  ])("the path and the star of %s by the parts that a session does not report", (name) => {
    const issue = issueOf({ caller: { iam: `${account}:${name}` } });
    expect(issue?.message).toMatch(/has a path or a \*, not both, because a session does not report/);
    expect(issue?.fix).toBe("Name each role with its path, or leave the path out of the pattern.");
  });

  it.each<[string, object, RegExp, RegExp]>([
    [
      "an assumed-role ARN",
      { caller: { iam: "arn:aws-us-gov:sts::123456789012:assumed-role/reports/s/x" } },
      /^This is the ARN of an assumed-role session/,
      /^Write arn:aws:iam::ACCOUNT:role\/ROLE .* without the session name\.$/,
    ],
    [
      "an account",
      { caller: { iam: "123456789012" } },
      /^A whole account/,
      /^Write arn:aws:iam::ACCOUNT:role/,
    ],
    ["an account's root", { caller: { iam: `${account}:root` } }, /^A whole account/, /^Write arn:/],
    ["an account's ARN", { caller: { iam: account } }, /^A whole account/, /^Write arn:/],
    [
      "a function's ARN",
      { caller: { iam: "arn:aws-cn:lambda:cn-north-1:123456789012:function:reports" } },
      /^This is the ARN of a function/,
      /execution role\.$/,
    ],
    [
      "an ARN as name",
      { caller: { name: `${account}:role/reports` } },
      /^This is an ARN/,
      /^Write the ARN as iam/,
    ],
    [
      "a star in a name",
      { caller: { name: "reports-*" } },
      /^A caller's name is compared exactly/,
      /^Write a statement/,
    ],
    ["a version", { caller: { alias: "12" } }, /^A version is no caller/, /^Make an alias/],
    ["$LATEST", { caller: { alias: "$LATEST" } }, /^A version is no caller/, /^Make an alias/],
    ["a bare user id", { subjects: ["12345"] }, /^A subject is a kind and an id/, /^Write user: before/],
    ["a bare star", { subjects: ["*"] }, /^A subject is a kind and an id/, /^Write user: before/],
    [
      "an enterprise id",
      { subjects: ["enterprise:42"] },
      /^The enterprise is the app's own/,
      /^Write "enterprise"\.$/,
    ],
    [
      "the address of a web page",
      { resources: ["https://acme.app.box.com/folder/987"] },
      /^This is the address of a web page/,
      /^Write https:\/\/api\.box\.com\/2\.0\/files/,
    ],
    [
      "an address of Box's own site",
      { resources: ["https://box.com/file/1"] },
      /^This is the address/,
      /^Write/,
    ],
  ])("%s by its meaning and its correct form", (_name, change, message, fix) => {
    const issue = issueOf(change);
    expect(issue?.message).toMatch(message);
    expect(issue?.fix).toMatch(fix);
  });

  it.each<[string, object]>([
    [
      "an assumed-role ARN without a session",
      { caller: { iam: "arn:aws:sts::123456789012:assumed-role/reports" } },
    ],
    [
      "an assumed-role ARN in other words",
      { caller: { iam: "x arn:aws:sts::123456789012:assumed-role/reports/s" } },
    ],
    ["an account of 13 digits", { caller: { iam: "1234567890123" } }],
    ["a role's ARN with words before it", { caller: { iam: `x ${account}:role/*/a` } }],
    ["an alias with a dot", { caller: { alias: "1.2" } }],
    ["a subject with letters", { subjects: ["a12"] }],
    ["a subject that ends in a letter", { subjects: ["12a"] }],
    ["a page of another host", { resources: ["https://box.com.evil.example/folder/1"] }],
    ["a page without a folder's id", { resources: ["https://app.box.com/folder/all"] }],
  ])("%s only by the meaning of its property", (_name, change) => {
    const issue = issueOf(change);
    expect(issue?.message).toMatch(/; expected: /);
    expect(issue?.fix).toMatch(/^For example: /);
  });
});
