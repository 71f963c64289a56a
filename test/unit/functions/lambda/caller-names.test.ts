import { describe, expect, it } from "vitest";
import { parseCallerNames, withCallerNames } from "../../../../functions/lambda/caller-names.ts";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { readSettings } from "../../../../functions/lambda/settings.ts";
import { SettingsError } from "../../../../functions/lambda/settings-error.ts";
import { lambdaContext } from "../../../support/lambda.ts";

const ACCOUNT = "arn:aws:iam::123456789012";
const names = (value: unknown) => parseCallerNames(JSON.stringify(value));

describe("BOX_STS_CALLERS", () => {
  it("maps each principal to its name, a role without its path, which sessions do not report", () => {
    const given = {
      reports: [`${ACCOUNT}:role/team/x/reports-role`, `${ACCOUNT}:user/people/ann`],
      nightly: ["arn:aws-cn:iam::999999999999:role/nightly"],
    };
    expect([...names(given)]).toEqual([
      [`${ACCOUNT}:role/reports-role`, "reports"],
      [`${ACCOUNT}:user/people/ann`, "reports"],
      ["arn:aws-cn:iam::999999999999:role/nightly", "nightly"],
    ]);
  });

  it("accepts names that are built-in properties of JavaScript objects", () => {
    const json = `{"__proto__":["${ACCOUNT}:role/a"],"constructor":["${ACCOUNT}:role/b"]}`;
    expect([...parseCallerNames(json).values()]).toEqual(["__proto__", "constructor"]);
  });

  it("is optional, and gives no caller a name if it is absent", () => {
    const settings = readSettings(
      { BOX_STS_CALLER: "function-url", BOX_STS_APPS: `{"a":"b"}` },
      "function-url",
    );
    expect(settings.callerNames).toEqual(new Map());
  });

  it.each([
    ["no JSON", "reports"],
    ["a name twice", `{"a":["${ACCOUNT}:role/a"],"a":["${ACCOUNT}:role/b"]}`],
    ["an array", "[]"],
    ["a name with a star", `{"a*":["${ACCOUNT}:role/a"]}`],
    ["a name of digits alone", `{"12":["${ACCOUNT}:role/a"]}`],
    ["an ARN that is not in an array", `{"a":"${ACCOUNT}:role/a"}`],
    ["a role by a star", `{"a":["${ACCOUNT}:role/a*"]}`],
    ["a whole account", `{"a":["${ACCOUNT}:root"]}`],
    ["a session", `{"a":["arn:aws:sts::123456789012:assumed-role/a/s"]}`],
    ["a number", `{"a":[1]}`],
  ])("stops the start of the function with an error that names it, for %s", (_case, BOX_STS_CALLERS) => {
    const environment = { BOX_STS_CALLER: "function-url", BOX_STS_APPS: `{"a":"b"}`, BOX_STS_CALLERS };
    const start = () => readSettings(environment, "function-url");
    expect(start).toThrow(SettingsError);
    expect(start).toThrow(/^BOX_STS_CALLERS .*must be a JSON object of caller's name → array of ARNs/);
  });

  it.each([
    ["a role with two names", { a: [`${ACCOUNT}:role/r`], b: [`${ACCOUNT}:role/r`] }],
    ["a role twice", { a: [`${ACCOUNT}:role/r`, `${ACCOUNT}:role/r`] }],
    ["roles that differ in their path only", { a: [`${ACCOUNT}:role/x/r`], b: [`${ACCOUNT}:role/y/r`] }],
  ])("refuses %s", (_case, value) => {
    expect(() => names(value)).toThrow(
      /^BOX_STS_CALLERS has a role or user twice.*give each principal one name/,
    );
  });
});

describe("the event adapter with caller names", () => {
  const edge = withCallerNames(
    functionUrlAdapter,
    names({ reports: [`${ACCOUNT}:role/team/Tokens-Reports1A2B`] }),
  );
  const callerOf = (userArn: string | undefined) =>
    edge.parse({ requestContext: { authorizer: { iam: { userArn } } } }, lambdaContext()).caller;

  it("names the role behind a session", () => {
    expect(callerOf("arn:aws:sts::123456789012:assumed-role/Tokens-Reports1A2B/reports")).toEqual({
      iam: `${ACCOUNT}:role/Tokens-Reports1A2B`,
      name: "reports",
    });
  });

  it.each([
    ["of another role, whose session is called like the name", "123456789012:assumed-role/other/reports"],
    ["of a role of that name in another account", "999999999999:assumed-role/Tokens-Reports1A2B/s"],
  ])("gives no name to a session %s", (_case, session) => {
    expect(callerOf(`arn:aws:sts::${session}`)).not.toHaveProperty("name");
  });

  it("leaves an unidentified caller unidentified", () => {
    expect(callerOf(undefined)).toEqual({ unidentified: "the event has no IAM identity" });
  });

  it("responds as the wrapped adapter does", () => {
    expect(edge.respond).toBe(functionUrlAdapter.respond);
  });
});
