import { expect, test } from "vitest";
import { refusalOf } from "../../../cli/refusal.ts";
import {
  CLIENT_PROBLEMS,
  type ClientProblemCode,
  clientError,
  functionError,
} from "../../../client/errors.ts";
import { PROBLEMS, type ProblemCode } from "../../../schemas/protocol/problems.ts";
import { boxSts } from "../../support/terminal.ts";

/** Only a program that calls the client has these. */
const OF_PROGRAMS = /`|docs\/client\.md|Pass |box_subject_|\bmin_ttl\b|the client uses/;
/** Those of box-sts/client which no command can cause. */
const NEVER: ReadonlySet<string> = new Set([
  "scope_too_wide",
  "shared_link_unsupported",
  "invalid_skill_event",
  "skill_token_expired",
  "skill_token_unsupported",
]);

test.each((Object.keys(CLIENT_PROBLEMS) as ClientProblemCode[]).filter((code) => !NEVER.has(code)))(
  "the command line names no option of the client where a request ends with %s",
  (code) => {
    const { message } = refusalOf(clientError(code));
    expect(message).not.toMatch(OF_PROGRAMS);
  },
);

test.each(Object.keys(PROBLEMS) as ProblemCode[])(
  "the command line names no parameter of the HTTP API where the function refuses with %s",
  (code) => {
    expect(refusalOf(functionError(code, false, undefined, {})).message).not.toMatch(/box_subject_/);
  },
);

test("the command line gives the form of --subject where the function requires a user", () => {
  const text = (code: ProblemCode) => refusalOf(functionError(code, false, undefined, {})).message;
  expect(text("app_has_no_enterprise")).toMatch(/ Give --subject user:ID\.$/);
  expect(text("subject_not_supported")).toMatch(
    / For an OAuth 2\.0 app give --subject user:ID of a connected user; for an app with App Tokens give --subject enterprise\.$/,
  );
});

test("the command line names the variable of another endpoint, and what to do about it there", async () => {
  const env = { AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_LAMBDA: "https://proxy.example/" };
  for (const args of [
    ["token", "--function", "token-invoke", "--alias", "reports"],
    ["connections", "list", "--function", "connections"],
  ]) {
    const { status, stderr } = await boxSts(args, env);
    expect(status).toBe(2);
    expect(stderr).toContain(
      "AWS_ENDPOINT_URL_LAMBDA names the host proxy.example, which is not Lambda's API: a signed request may only go to AWS or to loopback. Unset the variable.",
    );
    expect(stderr).not.toContain("allowAnyEndpoint");
  }
});

test("box-sts token names an option whose value has another form, as it is written", async () => {
  const args = ["token", "--function", "token-invoke", "--alias", "reports", "--scope", "a  b"];
  const { status, stderr } = await boxSts(args, { AWS_REGION: "us-east-1" });
  expect(status).toBe(2);
  expect(stderr).toContain("--scope must be Box scopes separated by single spaces.");
});
