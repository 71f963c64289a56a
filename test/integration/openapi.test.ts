import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { sendUrl } from "../support/token-client.ts";

interface ResponseObject {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: object }>>;
  readonly content: { readonly "application/json": { readonly schema: object } };
}

const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const { responses } = document.paths["/oauth2/token"].post as {
  responses: Readonly<Record<string, ResponseObject>>;
};
const ajv = new Ajv2020({ strict: false, formats: { uri: true } }).addSchema(document, "openapi");

/** The schema is compiled inside of the document, to which its `$ref`s point. */
const validatorOf = (pointer: string) => ajv.getSchema(`openapi#${pointer}`) ?? expect.fail(`no ${pointer}`);
const responseValidator = (status: number) =>
  validatorOf(`/paths/~1oauth2~1token/post/responses/${status}/content/application~1json/schema`);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const FORM = "application/x-www-form-urlencoded";

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  readonly caller?: string;
  readonly type?: string;
  readonly fault?: () => void;
}

/** One request for each status and kind of response. */
const CASES: readonly (readonly [what: string, status: number, sent: Sent])[] = [
  ["a full token", 200, {}],
  ["a downscoped token", 200, { body: "scope=item_download", caller: "one-folder" }],
  ["a JSON request", 200, { body: JSON.stringify({ min_ttl: 60 }), type: "application/json" }],
  ["an unknown parameter", 400, { body: "scopes=item_download" }],
  ["another grant type", 400, { body: "grant_type=password" }],
  ["an app that is not configured", 403, { body: "app=elsewhere" }],
  ["a caller without a statement", 403, { caller: "nothing" }],
  ["another path", 404, { path: "/token" }],
  ["another method", 405, { method: "PUT" }],
  ["a key that Box does not accept", 503, { fault: () => sandbox.box.faults.inject("key-removed") }],
  [
    "a rate limit of Box",
    503,
    { fault: () => sandbox.box.faults.inject("rate-limited", { retryAfterSeconds: 60 }) },
  ],
  ["a web page in the place of Box", 502, { fault: () => sandbox.box.faults.inject("html-body") }],
  ["a throttled function", 429, { fault: () => sandbox.faults.lambda.inject("throttled") }],
];

test("the OpenAPI document is valid", async () => {
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
});

test.each(CASES)(
  "the response to %s has status %i and the form that the document describes",
  async (_, status, sent) => {
    const { path = "/oauth2/token", method = "POST", body = "", caller = "everything", type = FORM } = sent;
    await sandbox.coldStart();
    sent.fault?.();
    const identity = sandbox.callers[caller] ?? expect.fail(`no caller ${caller}`);
    const response = await sendUrl(sandbox, identity, body, {
      method,
      path,
      headers: { "content-type": type },
    });
    sandbox.box.faults.clear();
    sandbox.secretsManager.faults.clear();
    sandbox.faults.lambda.clear();
    expect(response.status).toBe(status);
    const validate = responseValidator(status);
    expect(validate(response.body), JSON.stringify(validate.errors)).toBe(true);
    for (const [name, { required, schema }] of Object.entries(responses[status]?.headers ?? {})) {
      const value = response.headers[name.toLowerCase()];
      if (required || value !== undefined) expect(ajv.validate(schema, value), name).toBe(true);
    }
  },
);

test("every status of the document has a case here", () => {
  const covered = new Set(CASES.map(([, status]) => String(status)));
  expect(Object.keys(responses).filter((status) => !covered.has(status))).toEqual([]);
});

test.each([
  ["an empty request", {}, true],
  ["a user's token", { box_subject_type: "user", box_subject_id: "42" }, true],
  ["a user without an id", { box_subject_type: "user" }, false],
  ["an unknown parameter", { scopes: "item_download" }, false],
  ["a resource elsewhere", { resource: "https://example.com/2.0/folders/1" }, false],
])("the document judges %s as the function does", async (_, parameters, accepted) => {
  const validate = validatorOf("/components/schemas/TokenRequest");
  expect(validate(parameters)).toBe(accepted);
  const identity = sandbox.callers.everything ?? expect.fail("no caller");
  const headers = { "content-type": "application/json" };
  const response = await sendUrl(sandbox, identity, JSON.stringify(parameters), { headers });
  expect(response.status !== 400).toBe(accepted);
});
