import { inspect } from "node:util";
import { expect, it } from "vitest";
import { noKmsSigner } from "../../../functions/aws/no-kms-signer.ts";
import { boxTokenEndpoint } from "../../../functions/box/client.ts";
import { credentialReader } from "../../../functions/box/credentials.ts";
import type { ReadSecret } from "../../../functions/broker/ports.ts";
import { directInvokeAdapter } from "../../../functions/lambda/direct-invoke.ts";
import { functionUrlAdapter } from "../../../functions/lambda/function-url.ts";
import { lambdaHandler } from "../../../functions/lambda/handler.ts";
import { systemClock, systemRandomness } from "../../../functions/lambda/system.ts";
import { cachedCredentials } from "../../../functions/lambda/token-wiring.ts";
import { boxStylePem, pkcs8Pem, rsaKeyPair } from "../../keys.ts";
import { EVERYTHING, issuerOn, policyOf, revokerOn } from "../../support/fake-ports.ts";
import { lambdaContext } from "../../support/lambda.ts";
import { loopbackServer, type ReceivedRequest } from "../../support/loopback-server.ts";

/**
 * Checklist 6: every input contains planted secrets, each path runs with the real adapters, and the test searches
 * every byte and object of the output. The only secret that the output may contain is the token, in the
 * response that issues it.
 */
const CANARIES = {
  clientSecret: "cAnArYcLiEnTsEcReT0123456789abcd",
  passphrase: "cAnArYpAsSpHrAsE0123456789abcdef",
  webhookKey: "cAnArYwEbHoOkKeY0123456789abcdef",
  token: "cAnArYtOkEn0123456789abcdefghijk",
  sent: "cAnArYsEnTbYtHeCaLlEr01234567890",
  bug: "cAnArYiNaBuG",
};

const { privateKey } = rsaKeyPair();
const pem = boxStylePem(privateKey, CANARIES.passphrase);
const CONFIG = {
  boxAppSettings: {
    clientID: "client-1",
    clientSecret: CANARIES.clientSecret,
    appAuth: { publicKeyID: "abcd1234", privateKey: pem, passphrase: CANARIES.passphrase },
  },
  webhooks: { primaryKey: CANARIES.webhookKey, secondaryKey: CANARIES.webhookKey },
  enterpriseID: "900001",
};
const keyLines = [pem, pkcs8Pem(privateKey)].flatMap((text) =>
  text.split("\n").filter((line) => line.length > 40),
);

type ScriptedResponse = (request: ReceivedRequest, form: URLSearchParams) => void;

const json = ({ response }: ReceivedRequest, status: number, body: object) =>
  response.writeHead(status, { date: new Date().toUTCString() }).end(JSON.stringify(body));
let tokens = 0;
const grants: ScriptedResponse = (request) =>
  json(request, 200, {
    access_token: `${CANARIES.token}${++tokens}`,
    expires_in: 3600,
    restricted_to: [{ scope: "item_download", object: { type: "folder", id: "1" } }],
  });
/** Makes Box quote everything that it received. */
const refusesWith =
  (error: string, status = 400): ScriptedResponse =>
  (request, form) =>
    json(request, status, { error, error_description: `Refused: ${[...form.values()].join(" ")}` });

interface Path {
  readonly secret?: string | Error;
  readonly box?: ScriptedResponse;
  readonly policy?: ReturnType<typeof policyOf> | { readonly available: false; readonly reason: string };
  readonly audit?: Error;
  readonly jti?: () => string;
  /** Milliseconds that the invocation has left; by default more than any path takes on a busy machine. */
  readonly remainingMs?: number;
}

/** Both functions with real adapters; keeps all output, in every form that an observer can see. */
async function service(path: Path) {
  const { secret, box: respond = grants, policy, audit: auditFailure, jti, remainingMs = 60_000 } = path;
  const emitted: string[] = [];
  const keep = (value: unknown) =>
    emitted.push(String(value), JSON.stringify(value) ?? "", inspect(value, { depth: 20, showHidden: true }));
  const assertions: string[] = [];
  const server = await loopbackServer((request) => {
    const form = new URLSearchParams(request.body);
    assertions.push(form.get("assertion") ?? "");
    respond(request, form);
  });
  const write = async (line: object) => {
    keep(line);
    if (auditFailure && "kind" in line && line.kind === "audit") throw auditFailure;
  };
  const readSecret: ReadSecret = async () => {
    if (secret instanceof Error) throw secret;
    return { versionId: "v1", text: secret ?? JSON.stringify(CONFIG) };
  };
  const readCredentials = credentialReader(
    new Map([["reports", "box/reports"]]),
    readSecret,
    noKmsSigner,
    write,
  );
  const box = boxTokenEndpoint(server.url, systemClock, write);
  const ports: Parameters<typeof issuerOn>[0] = {
    apps: ["reports"],
    policy: policy ?? policyOf(EVERYTHING, { ...EVERYTHING, id: "invoke", caller: { alias: "nightly" } }),
    credentials: cachedCredentials(readCredentials, systemClock),
    box,
    clock: systemClock,
    random: { ...systemRandomness, fraction: () => 0, ...(jti && { jti }) },
    audit: { write },
  };
  const useCases = { issueToken: issuerOn(ports), revokeToken: revokerOn(ports) };
  const running = { service: "f", ...useCases, clockSkew: box.clockOffset, clock: systemClock, write };
  const context = lambdaContext({
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:token-invoke:nightly",
    getRemainingTimeInMillis: () => remainingMs,
  });
  return { emitted, keep, assertions, context, running };
}

/** Sends the same request to both functions, keeps what they return or throw, and returns the result code of each. */
async function run(path: Path, parameters: object = {}, url: object = {}) {
  const { emitted, keep, assertions, context, running } = await service(path);
  const userArn = "arn:aws:sts::123456789012:assumed-role/reports/session";
  const event = {
    rawPath: "/oauth2/token",
    headers: { "content-type": "application/json" },
    requestContext: { http: { method: "POST" }, authorizer: { iam: { userArn } } },
    body: JSON.stringify(parameters),
    ...url,
  };
  const codes: string[] = [];
  const { invokedFunctionArn } = lambdaContext();
  const response = await lambdaHandler(functionUrlAdapter, running)(event, {
    ...context,
    invokedFunctionArn,
  });
  const { code = "issued" } = JSON.parse(response.body ?? "") as { code?: string };
  if (code !== "issued") keep(response);
  codes.push(code);
  await lambdaHandler(directInvokeAdapter, running)(parameters, context).then(
    () => codes.push("issued"),
    (thrown: Error) => {
      keep(thrown);
      codes.push(thrown.name);
    },
  );
  const secrets = [
    ...Object.values(CANARIES),
    ...keyLines,
    ...assertions.filter((assertion) => assertion !== "").flatMap((assertion) => assertion.split(".")),
  ];
  const all = emitted.join("\n");
  const leaked = secrets.filter((one) => all.includes(one) || all.includes(encodeURIComponent(one)));
  return { codes, leaked, emitted: all };
}

const settings = CONFIG.boxAppSettings;
const withAuth = (changes: object) =>
  JSON.stringify({
    ...CONFIG,
    boxAppSettings: { ...settings, appAuth: { ...settings.appAuth, ...changes } },
  });
const scoped = { scope: "item_download" };
const onExchange =
  (refusal: ScriptedResponse): ScriptedResponse =>
  (request, form) =>
    (form.has("subject_token") ? refusal : grants)(request, form);
const whole = JSON.stringify(CONFIG);

const PATHS: readonly (readonly [what: string, code: string, path: Path, parameters?: object])[] = [
  ["a full token is issued", "issued", {}],
  ["a downscoped token is issued", "issued", {}, scoped],
  ["a rejected token is replaced", "issued", {}, { rejected_token_sha256: "0".repeat(64) }],
  ["the policy denies", "unauthorized_client", { policy: policyOf() }],
  ["the policy is broken", "policy_unavailable", { policy: { available: false, reason: "x" } }],
  ["the enterprise is another", "unauthorized_client", {}, { box_subject_id: "1" }],
  ["the audit log is away", "audit_unavailable", { audit: new Error(CANARIES.bug) }],
  ["Box quotes the form in a refusal", "box_refused", { box: refusesWith("invalid_grant") }],
  [
    "Box quotes the form as an error",
    "box_refused",
    {
      box: (request, form) =>
        json(request, 400, { error: [...form.values()].join(), code: [...form.values()].join() }),
    },
  ],
  ["Box refuses the client", "box_client_refused", { box: refusesWith("invalid_client") }],
  [
    "Box refuses the exchange and quotes the token",
    "box_token_refused",
    { box: onExchange(refusesWith("invalid_token")) },
    scoped,
  ],
  [
    "Box responds with 500 with the form in HTML",
    "box_unavailable",
    { box: ({ response }, form) => response.writeHead(500).end(`<h1>${form}</h1>`) },
  ],
  [
    "Box responds with 200 with a token and no expires_in",
    "box_unexpected_answer",
    { box: (request) => json(request, 200, { access_token: CANARIES.token }) },
  ],
  [
    "Box responds with 200 with truncated JSON",
    "box_unexpected_answer",
    { box: ({ response }) => response.end(`{"access_token":"${CANARIES.token}","expi`) },
  ],
  ["Box cuts the connection", "box_unavailable", { box: ({ socket }) => socket.resetAndDestroy() }],
  ["Box stays silent", "deadline_exceeded", { box: () => {}, remainingMs: 700 }],
  [
    "signing breaks",
    "internal_error",
    {
      jti: () => {
        throw new Error(CANARIES.bug);
      },
    },
  ],
  [
    "reading the secret breaks",
    "internal_error",
    { secret: new Error(`${CANARIES.bug}\n    at ${CANARIES.bug}`) },
  ],
  ["the secret breaks off", "secret_invalid", { secret: whole.slice(0, -20) }],
  [
    "the secret is no JSON in the middle of a value",
    "secret_invalid",
    { secret: whole.replace(`"${CANARIES.clientSecret}"`, CANARIES.clientSecret) },
  ],
  ["the secret is a value alone", "secret_invalid", { secret: JSON.stringify(CANARIES.clientSecret) }],
  [
    "the secret's values are in the wrong places",
    "secret_invalid",
    { secret: JSON.stringify({ ...CONFIG, enterpriseID: CANARIES.passphrase }) },
  ],
  ["the passphrase is wrong", "secret_invalid", { secret: withAuth({ passphrase: CANARIES.webhookKey }) }],
  ["the key is damaged", "secret_invalid", { secret: withAuth({ privateKey: pem.slice(0, 900) }) }],
  ["the key is repaired", "issued", { secret: withAuth({ privateKey: pem.replaceAll("\n", "\\n") }) }],
  ["the caller sends a secret as a parameter", "invalid_request", {}, { client_secret: CANARIES.sent }],
  ["the caller sends a token as a number", "invalid_request", {}, { min_ttl: CANARIES.sent }],
  [
    "the caller sends the token instead of its hash",
    "invalid_request",
    {},
    { rejected_token_sha256: CANARIES.sent },
  ],
  ["the caller sends a token as a parameter's name", "invalid_request", {}, { [CANARIES.sent]: "" }],
];

it.each(PATHS.map(([what, code, path, parameters = {}]) => ({ what, code, path, parameters })))(
  "nothing leaks if $what",
  async ({ code, path, parameters }) => {
    const { codes, leaked, emitted } = await run(path, parameters);
    expect(codes).toEqual([code, code]);
    expect(leaked).toEqual([]);
    // The output is not empty: both functions wrote their audit line and their metrics.
    expect(emitted.match(/"kind":"audit"/g)?.length).toBeGreaterThanOrEqual(2);
    expect(emitted.match(/"kind":"request"/g)?.length).toBeGreaterThanOrEqual(2);
  },
);

it.each([
  ["in the query string", { rawQueryString: `access_token=${CANARIES.sent}` }],
  ["in the path", { rawPath: `/oauth2/token/${CANARIES.sent}` }],
  ["as the method", { requestContext: { http: { method: CANARIES.sent } } }],
  ["in a header", { headers: { authorization: `Bearer ${CANARIES.sent}`, "content-type": CANARIES.sent } }],
  ["in a body that is no JSON", { body: `{"scope":${CANARIES.sent}` }],
])("no value that a caller sends %s leaks", async (_case, url) => {
  const { codes, leaked } = await run({}, {}, url);
  expect(["invalid_request", "unknown_path", "method_not_allowed"]).toContain(codes[0]);
  expect(leaked).toEqual([]);
});

it("the search finds a planted canary", async () => {
  const { leaked } = await run({ policy: { available: false, reason: `because ${CANARIES.bug}` } });
  expect(leaked).toEqual([CANARIES.bug]);
});
