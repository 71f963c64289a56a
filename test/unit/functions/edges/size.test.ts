import { expect, it } from "vitest";
import { directInvokeEdge } from "../../../../functions/adapters/direct-invoke.ts";
import { functionUrlEdge } from "../../../../functions/adapters/function-url.ts";
import { lambdaHandler } from "../../../../functions/adapters/lambda.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { edgeDesk } from "./desk.ts";
import { FUNCTION_ARN, REPORTS_SESSION } from "./inputs.ts";

/** The largest payload that Lambda takes. */
const LARGEST = 6_000_000;
/** What is linear takes a tenth of it; what is quadratic, hours. */
const LIMIT_MS = 2_000;

const filled = (text: string) => text.repeat(Math.ceil(LARGEST / text.length));
const posted = (body: string, type: string, more: object = {}) => ({
  rawPath: "/oauth2/token",
  headers: { "content-type": type },
  requestContext: {
    http: { method: "POST" },
    authorizer: { iam: { userArn: `${REPORTS_SESSION}session` } },
  },
  body,
  ...more,
});
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
/** A body of the largest size that is read, and the largest that is not. */
const bodies = (text: string) => [text.repeat(16_384 / text.length), filled(text)];

const events: readonly (readonly [string, unknown])[] = [
  ...["a=&", "%", "+", "scope=a+", "%25", "&"].flatMap((part) =>
    bodies(part).map((body) => [`a form of ${body.length} bytes of ${part}`, posted(body, FORM)] as const),
  ),
  ...["[", '{"a":', '"', " ", "\\u0000", "1", '{"a":1,"a":1}'].flatMap((part) =>
    bodies(part).map((body) => [`JSON of ${body.length} bytes of ${part}`, posted(body, JSON_TYPE)] as const),
  ),
  ["a long content type", posted("", filled("a/"))],
  ["a long content type of semicolons", posted("", filled(";"))],
  ["a long base64 body", posted(filled("A-_="), FORM, { isBase64Encoded: true })],
  ["a long path", posted("", FORM, { rawPath: filled("/") })],
  [
    "a long session",
    posted("app=reports", FORM, {
      requestContext: {
        http: { method: "POST" },
        authorizer: { iam: { userArn: `${REPORTS_SESSION}${filled("a/")}` } },
      },
    }),
  ],
];

it.each(events)("the Function URL answers %s in linear time", async (_, event) => {
  const { service } = edgeDesk();
  const started = performance.now();
  const { statusCode } = await lambdaHandler(functionUrlEdge, service)(event, lambdaContext());
  expect(performance.now() - started).toBeLessThan(LIMIT_MS);
  expect([400, 403, 404]).toContain(statusCode);
});

const members: readonly (readonly [string, unknown])[] = [
  ...["app", "scope", "resource", "box_subject_id", "min_ttl", "rejected_token_sha256", "grant_type"].flatMap(
    (name) =>
      ["a", "a ", "1", "/", "https://api.box.com/2.0/files/"].map(
        (part) => [`${name} of ${part}`, { [name]: filled(part) }] as const,
      ),
  ),
  ["a million members", Object.fromEntries(Array.from({ length: 1_000_000 }, (_, at) => [`m${at}`, ""]))],
  ["a long list", Array.from({ length: 1_000_000 }, () => 0)],
];

it.each(members)("a direct invoke answers %s in linear time", async (_, event) => {
  const { service } = edgeDesk();
  const context = lambdaContext({ invokedFunctionArn: `${FUNCTION_ARN}nightly` });
  const started = performance.now();
  const name = await lambdaHandler(directInvokeEdge, service)(event, context).catch(
    (error: Error) => error.name,
  );
  expect(performance.now() - started).toBeLessThan(LIMIT_MS);
  expect(name).toMatch(/^(?:invalid_request|unsupported_grant_type)$/);
});
