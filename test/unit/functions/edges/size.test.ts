import { expect, it } from "vitest";
import { directInvokeAdapter } from "../../../../functions/lambda/direct-invoke.ts";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { lambdaHandler } from "../../../../functions/lambda/handler.ts";
import { expectLinearGrowth } from "../../../support/growth.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { areAllSampled } from "../../../support/samples.ts";
import { edgeHarness } from "./harness.ts";
import { FUNCTION_ARN, REPORTS_SESSION } from "./inputs.ts";

/** The largest payload that Lambda accepts. */
const PAYLOAD = 6_000_000;
/** All of it, or a part; scale 8 uses it. */
const LARGEST = areAllSampled ? PAYLOAD : 1_000_000;
/** As `"m123456":"",` they take the whole payload. Fewer cost less than the garbage collection that they cause. */
const MAX_PROPERTIES = PAYLOAD / 13;
/** The largest body that is read. */
const LARGEST_READ = 16_384;
type Scaled<Value> = (scale: number) => Value;

const part = (length: number, scale: number) => Math.ceil((length * scale) / 8);
const filled = (text: string, scale: number) => text.repeat(Math.ceil(part(LARGEST, scale) / text.length));
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
/** Bodies up to the largest size that is read, and up to the largest that is sent. */
const bodies = (text: string): readonly (readonly [string, Scaled<string>])[] => [
  ["that is read", (scale) => text.repeat(part(LARGEST_READ, scale) / text.length)],
  ["that is too long", (scale) => filled(text, scale)],
];

const events: readonly (readonly [string, Scaled<unknown>])[] = [
  ...["a=&", "%", "+", "scope=a+", "%25", "&"].flatMap((text) =>
    bodies(text).map(
      ([what, body]) => [`a form of ${text} ${what}`, (scale: number) => posted(body(scale), FORM)] as const,
    ),
  ),
  ...["[", '{"a":', '"', " ", "\\u0000", "1", '{"a":1,"a":1}'].flatMap((text) =>
    bodies(text).map(
      ([what, body]) =>
        [`JSON of ${text} ${what}`, (scale: number) => posted(body(scale), JSON_TYPE)] as const,
    ),
  ),
  ["a long content type", (scale) => posted("", filled("a/", scale))],
  ["a long content type of semicolons", (scale) => posted("", filled(";", scale))],
  ["a long base64 body", (scale) => posted(filled("A-_=", scale), FORM, { isBase64Encoded: true })],
  ["a long path", (scale) => posted("", FORM, { rawPath: filled("/", scale) })],
  [
    "a long session",
    (scale) =>
      posted("app=reports", FORM, {
        requestContext: {
          http: { method: "POST" },
          authorizer: { iam: { userArn: `${REPORTS_SESSION}${filled("a/", scale)}` } },
        },
      }),
  ],
];

it.each(events)("the Function URL refuses %s in linear time", async (_, event) => {
  const { service } = edgeHarness();
  const handler = lambdaHandler(functionUrlAdapter, service);
  await expectLinearGrowth(event, async (given) => {
    const { statusCode } = await handler(given, lambdaContext());
    expect([400, 403, 404]).toContain(statusCode);
  });
});

const parameters: readonly (readonly [string, Scaled<unknown>])[] = [
  ...["app", "scope", "resource", "box_subject_id", "min_ttl", "rejected_token_sha256", "grant_type"].flatMap(
    (name) =>
      ["a", "a ", "1", "/", "https://api.box.com/2.0/files/"].map(
        (text) => [`${name} of ${text}`, (scale: number) => ({ [name]: filled(text, scale) })] as const,
      ),
  ),
  [
    "as many properties as fit",
    (scale) =>
      Object.fromEntries(Array.from({ length: part(MAX_PROPERTIES, scale) }, (_, at) => [`m${at}`, ""])),
  ],
  ["a long list", (scale) => Array.from({ length: part(LARGEST / 6, scale) }, () => 0)],
];

it.each(parameters)("a direct invoke refuses %s in linear time", async (_, event) => {
  const { service } = edgeHarness();
  const context = lambdaContext({ invokedFunctionArn: `${FUNCTION_ARN}nightly` });
  const handler = lambdaHandler(directInvokeAdapter, service);
  await expectLinearGrowth(event, async (given) => {
    const name = await handler(given, context).catch((error: Error) => error.name);
    expect(name).toMatch(/^(?:invalid_request|unsupported_grant_type)$/);
  });
});
