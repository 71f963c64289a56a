import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { auditLines, invoke, linesOfKind, requestToken, sendUrl } from "../support/token-client.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const everything = () => sandbox.callers.everything!;
const JSON_TYPE = { "content-type": "application/json" };

describe("a malformed request gets 400, RFC 6749's error and what is allowed", () => {
  test.each([
    ["malformed JSON", '{"app":', JSON_TYPE, /JSON object/],
    ["a JSON array", "[]", JSON_TYPE, /one JSON object/],
    ["a duplicate JSON property", '{"app":"sandbox","app":"other"}', JSON_TYPE, /once/],
    ["a nested JSON value", '{"scope":{"a":["b"]}}', JSON_TYPE, /JSON object|scope/],
    [
      "a number as an id",
      '{"box_subject_type":"user","box_subject_id":12345}',
      JSON_TYPE,
      /string of 1 to 20 digits/,
    ],
    ["a duplicate parameter", "app=sandbox&app=sandbox", {}, /once/],
    ["an unknown parameter", "scopes=item_download", {}, /Allowed are app, grant_type/],
    [
      "another content type",
      "<app/>",
      { "content-type": "text/xml" },
      /application\/x-www-form-urlencoded or/,
    ],
    ["no content type", "app=sandbox", { "content-type": "" }, /application\/x-www-form-urlencoded or/],
    ["an oversized body", `app=${"a".repeat(20_000)}`, {}, /at most 16384 bytes/],
    ["a min_ttl that is too long", "min_ttl=1801", {}, /0 to 1800/],
    ["a min_ttl that is no number", "min_ttl=soon", {}, /0 to 1800/],
    ["a fractional min_ttl", '{"min_ttl":1.5}', JSON_TYPE, /whole number/],
    ["an id that is no number", "box_subject_type=user&box_subject_id=mona", {}, /digits/],
    ["a user without an id", "box_subject_type=user", {}, /box_subject_id is required/],
    ["another subject type", "box_subject_type=group", {}, /"enterprise" or "user"/],
    [
      "a resource elsewhere",
      "scope=item_download&resource=https://169.254.169.254/2.0/files/1",
      {},
      /api\.box\.com/,
    ],
    ["a resource of another kind", "scope=a&resource=https://api.box.com/2.0/users/1", {}, /file or folder/],
    ["a hash that is none", "rejected_token_sha256=abc", {}, /64 hexadecimal digits/],
    ["a scope with control characters", "scope=item%0adownload", {}, /Box scopes/],
  ])("%s", async (_, body, headers, says) => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const response = await sendUrl(sandbox, everything(), body, { headers: { ...form, ...headers } });
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({
      error: "invalid_request",
      code: "invalid_request",
      retryable: false,
    });
    expect(response.body.error_description).toMatch(says);
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(response.body.request_id).toBe(auditLines(sandbox).at(-1)?.request_id);
  });

  test("another grant type", async () => {
    const { status, body } = await requestToken(sandbox, everything(), { grant_type: "password" });
    expect([status, body.error]).toEqual([400, "unsupported_grant_type"]);
  });

  test("parameters in the URL", async () => {
    const { status, body } = await sendUrl(sandbox, everything(), "", { path: "/oauth2/token?app=sandbox" });
    expect([status, body.error]).toEqual([400, "invalid_request"]);
    expect(body.error_description).toMatch(/body/);
  });

  test("another method and another path", async () => {
    const get = await sendUrl(sandbox, everything(), "", { method: "GET", headers: {} });
    expect([get.status, get.body.code, get.headers.allow]).toEqual([405, "method_not_allowed", "POST"]);
    const elsewhere = await sendUrl(sandbox, everything(), "", { path: "/oauth2/authorize" });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([404, "unknown_path"]);
  });

  test.each([[null], [[]], ["text"], [7], [{ resource: 7 }], [{ unknown: "x" }]])(
    "a direct invoke with the event %j",
    async (event) => {
      expect(await invoke(sandbox, everything(), event)).toMatchObject({
        errorType: "invalid_request",
        problem: { error: "invalid_request" },
      });
    },
  );
});

describe("a policy that cannot be used refuses every request", () => {
  test.each([
    ["is not JSON", "{"],
    ["has an unknown property", { version: 1, statements: [], extra: true }],
    ["is of another version", { version: 2, statements: [] }],
  ])("because it %s; the log has the place", async (_, policy) => {
    await sandbox.deployPolicy(policy);
    const { status, body } = await requestToken(sandbox, everything());
    expect([status, body.code, body.retryable]).toEqual([503, "policy_unavailable", false]);
    expect(linesOfKind(sandbox, "log").at(-1)?.reason).toMatch(/line \d+, column \d+/);
  });

  test("because it is missing", async () => {
    await sandbox.coldStart({ BOX_STS_POLICY: "/nowhere/policy.json" });
    const { status, body } = await requestToken(sandbox, everything());
    expect([status, body.code]).toEqual([503, "policy_unavailable"]);
  });
});

test("a malformed variable ends the start with a sentence that names it", async () => {
  await sandbox.coldStart({ BOX_STS_APPS: "reports=some/secret" });
  const response = await sandbox.functions.tokenUrl.invoke({});
  expect(JSON.stringify(response)).toContain("BOX_STS_APPS is not JSON with each app once");
  expect(JSON.stringify(response)).not.toContain("some/secret");
});
