import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { samplePolicy } from "../../sandbox/sample/policy.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { everyNth } from "../support/samples.ts";
import { sendUrl } from "../support/token-client.ts";

interface ResponseObject {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: object }>>;
  /** Absent where the body is empty. */
  readonly content?: { readonly "application/json": { readonly schema: object } };
}
type Path = "/oauth2/token" | "/oauth2/revoke";

const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const responsesOf = (path: Path) =>
  document.paths[path].post.responses as Readonly<Record<string, ResponseObject>>;
const ajv = new Ajv2020({ strict: false, formats: { uri: true } }).addSchema(document, "openapi");

/** The schema is compiled inside of the document, to which its `$ref`s point. */
const validatorOf = (pointer: string) => ajv.getSchema(`openapi#${pointer}`) ?? expect.fail(`no ${pointer}`);
const responseValidator = (path: Path, status: number) =>
  validatorOf(
    `/paths/${path.replaceAll("/", "~1")}/post/responses/${status}/content/application~1json/schema`,
  );

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true });
  const { callers, sample } = sandbox;
  const policy = samplePolicy(Object.values(callers), sample.reports.id);
  const statements = policy.statements.map((one) =>
    one.id.startsWith("everything") ? { ...one, revoke: true } : one,
  );
  await sandbox.deployPolicy({ ...policy, statements });
});
afterAll(() => sandbox.close());

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

interface Sent {
  /** Where it is sent, if that is not the path of the document. */
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | (() => Promise<string>);
  readonly caller?: string;
  readonly type?: string;
  readonly fault?: () => void;
  /** The problem's code, where several have the status. */
  readonly code?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A request that revokes a token that the caller `everything` was given. */
async function newToken(): Promise<string> {
  const { body } = await sendUrl(sandbox, callerNamed("everything"), "");
  return `token=${body.access_token}`;
}

/** One request for each status and kind of response. */
const CASES: readonly (readonly [path: Path, what: string, status: number, sent: Sent])[] = [
  ["/oauth2/token", "a full token", 200, {}],
  ["/oauth2/token", "a downscoped token", 200, { body: "scope=item_download", caller: "one-folder" }],
  ["/oauth2/token", "a JSON request", 200, { body: JSON.stringify({ min_ttl: 60 }), type: JSON_TYPE }],
  ["/oauth2/token", "an unknown parameter", 400, { body: "scopes=item_download" }],
  ["/oauth2/token", "another grant type", 400, { body: "grant_type=password" }],
  ["/oauth2/token", "an app that is not configured", 403, { body: "app=elsewhere" }],
  ["/oauth2/token", "a caller without a statement", 403, { caller: "nothing" }],
  ["/oauth2/token", "another path", 404, { path: "/token" }],
  ["/oauth2/token", "another method", 405, { method: "PUT" }],
  [
    "/oauth2/token",
    "a key that Box does not accept",
    503,
    {
      code: "box_key_refused",
      fault: () => sandbox.box.faults.inject("key-removed"),
      body: "box_subject_type=user&box_subject_id=1",
    },
  ],
  [
    "/oauth2/token",
    "a rate limit of Box",
    503,
    {
      code: "box_rate_limited",
      fault: () => sandbox.box.faults.inject("rate-limited", { retryAfterSeconds: 60 }),
      body: "box_subject_type=user&box_subject_id=2",
    },
  ],
  [
    "/oauth2/token",
    "a web page instead of Box",
    502,
    {
      code: "box_unexpected_answer",
      fault: () => sandbox.box.faults.inject("html-body"),
      body: "box_subject_type=user&box_subject_id=3",
    },
  ],
  ["/oauth2/token", "a throttled function", 429, { fault: () => sandbox.faults.lambda.inject("throttled") }],
  ["/oauth2/revoke", "a token that it issued", 200, { body: newToken }],
  ["/oauth2/revoke", "an unknown token", 200, { body: "token=never-issued&token_type_hint=access_token" }],
  ["/oauth2/revoke", "a JSON request", 200, { body: '{"token":"never-issued"}', type: JSON_TYPE }],
  ["/oauth2/revoke", "no token", 400, {}],
  ["/oauth2/revoke", "an unknown parameter", 400, { body: "token=x&client_id=y" }],
  ["/oauth2/revoke", "a token that the caller may not end", 403, { body: newToken, caller: "one-folder" }],
  ["/oauth2/revoke", "another method", 405, { method: "DELETE" }],
  [
    "/oauth2/revoke",
    "a deployment without a table",
    503,
    { env: { BOX_STS_TABLE: "" }, body: "token=never-issued", code: "revocation_not_configured" },
  ],
  [
    "/oauth2/revoke",
    "an outage of Box",
    503,
    {
      body: newToken,
      code: "box_unavailable",
      fault: () => sandbox.box.faults.inject("server-error", { status: 503, on: "revoke" }),
    },
  ],
  [
    "/oauth2/revoke",
    "a web page instead of Box",
    502,
    {
      body: newToken,
      code: "box_unexpected_answer",
      fault: () => sandbox.box.faults.inject("html-body", { status: 404, on: "revoke" }),
    },
  ],
  [
    "/oauth2/revoke",
    "a throttled function",
    429,
    { fault: () => sandbox.faults.lambda.inject("throttled"), body: "token=never-issued" },
  ],
];

const callerNamed = (name: string) => sandbox.callers[name] ?? expect.fail(`no caller ${name}`);

test("the OpenAPI document is valid", async () => {
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
});

test.each(everyNth(CASES, 3))(
  "the response of %s to %s has status %i and the form that the document describes",
  async (path, _, status, sent) => {
    const { method = "POST", body = "", caller = "everything", type = FORM } = sent;
    if (sent.env !== undefined) await sandbox.coldStart(sent.env);
    const text = typeof body === "string" ? body : await body();
    sent.fault?.();
    const headers = { "content-type": type };
    const to = { method, path: sent.path ?? path, headers };
    const response = await sendUrl(sandbox, callerNamed(caller), text, to);
    if (sent.fault !== undefined || sent.env !== undefined) {
      sandbox.box.faults.clear();
      sandbox.faults.lambda.clear();
      await sandbox.coldStart({ BOX_STS_TABLE: sandbox.sharedCache?.dynamoDb.tableName ?? "" });
    }
    expect(response.status, response.text).toBe(status);
    if (sent.code !== undefined) expect(response.body.code).toBe(sent.code);
    const described = responsesOf(path)[status];
    if (described?.content === undefined) expect(response.text).toBe("");
    else {
      const validate = responseValidator(path, status);
      expect(validate(response.body), JSON.stringify(validate.errors)).toBe(true);
    }
    for (const [name, { required, schema }] of Object.entries(described?.headers ?? {})) {
      const value = response.headers[name.toLowerCase()];
      if (required || value !== undefined) expect(ajv.validate(schema, value), name).toBe(true);
    }
  },
);

test.each(["/oauth2/token", "/oauth2/revoke"] as const)("every status of %s has a case here", (path) => {
  const covered = new Set(CASES.filter(([of]) => of === path).map(([, , status]) => String(status)));
  expect(Object.keys(responsesOf(path)).filter((status) => !covered.has(status))).toEqual([]);
});

const REQUESTS: readonly (readonly [
  Path,
  schema: string,
  what: string,
  parameters: object,
  accepted: boolean,
])[] = [
  ["/oauth2/token", "TokenRequest", "an empty request", {}, true],
  [
    "/oauth2/token",
    "TokenRequest",
    "a user's token",
    { box_subject_type: "user", box_subject_id: "42" },
    true,
  ],
  ["/oauth2/token", "TokenRequest", "a user without an id", { box_subject_type: "user" }, false],
  ["/oauth2/token", "TokenRequest", "an unknown parameter", { scopes: "item_download" }, false],
  [
    "/oauth2/token",
    "TokenRequest",
    "a resource elsewhere",
    { resource: "https://example.com/2.0/folders/1" },
    false,
  ],
  ["/oauth2/revoke", "RevocationRequest", "a token", { token: "never-issued" }, true],
  [
    "/oauth2/revoke",
    "RevocationRequest",
    "a token with a hint",
    { token: "x", token_type_hint: "refresh_token" },
    true,
  ],
  ["/oauth2/revoke", "RevocationRequest", "no token", {}, false],
  ["/oauth2/revoke", "RevocationRequest", "an empty token", { token: "" }, false],
  ["/oauth2/revoke", "RevocationRequest", "a token with a space", { token: "a b" }, false],
  ["/oauth2/revoke", "RevocationRequest", "the longest token", { token: "x".repeat(8_192) }, true],
  ["/oauth2/revoke", "RevocationRequest", "a longer token", { token: "x".repeat(8_193) }, false],
  ["/oauth2/revoke", "RevocationRequest", "a token that is a number", { token: 7 }, false],
  ["/oauth2/revoke", "RevocationRequest", "an unknown parameter", { token: "x", client_id: "y" }, false],
];

test.each(REQUESTS)(
  "the document judges the request to %s, a %s with %s, as the function does",
  async (...row) => {
    const [path, schema, , parameters, accepted] = row;
    expect(validatorOf(`/components/schemas/${schema}`)(parameters)).toBe(accepted);
    const headers = { "content-type": JSON_TYPE };
    const body = JSON.stringify(parameters);
    const response = await sendUrl(sandbox, callerNamed("everything"), body, { path, headers });
    expect(response.status !== 400).toBe(accepted);
  },
);
