import { inspect } from "node:util";
import { expect, test } from "vitest";
import { noKmsSigner } from "../../../functions/aws/no-kms-signer.ts";
import { boxPairs, boxTokenEndpoint, boxTokens } from "../../../functions/box/client.ts";
import { credentialReader } from "../../../functions/box/credentials.ts";
import { now } from "../../../functions/broker/clock.ts";
import { heldToken } from "../../../functions/broker/held-token.ts";
import { tokenIssuer } from "../../../functions/broker/issue-token.ts";
import { connectLink } from "../../../functions/broker/oauth/connect-link.ts";
import { connectedUsers } from "../../../functions/broker/oauth/connected-users.ts";
import { DAY_MS, storedPair } from "../../../functions/broker/oauth/connection.ts";
import { ConnectionStore } from "../../../functions/broker/oauth/connection-store.ts";
import { disconnecter } from "../../../functions/broker/oauth/disconnect.ts";
import { listConnections } from "../../../functions/broker/oauth/list.ts";
import { Refresher } from "../../../functions/broker/oauth/refresh.ts";
import { sweep } from "../../../functions/broker/oauth/sweep.ts";
import { tokenRevoker } from "../../../functions/broker/revoke-token.ts";
import { ServiceKeys } from "../../../functions/broker/shared-cache/service-keys.ts";
import { SharedTokens } from "../../../functions/broker/shared-cache/shared-tokens.ts";
import { TokenMemory } from "../../../functions/broker/token-memory.ts";
import { connectionsHandler } from "../../../functions/lambda/connections-invoke.ts";
import { directInvokeAdapter } from "../../../functions/lambda/direct-invoke.ts";
import { lambdaHandler } from "../../../functions/lambda/handler.ts";
import { pairWarnings } from "../../../functions/lambda/pair-warnings.ts";
import { systemClock as clock, systemRandomness } from "../../../functions/lambda/system.ts";
import { cachedCredentials, tokenObtainer } from "../../../functions/lambda/token-wiring.ts";
import type { Statement } from "../../../schemas/policy/parse.ts";
import { policyOf } from "../../support/fake-ports.ts";
import { lambdaContext } from "../../support/lambda.ts";
import { loopbackServer, type ReceivedRequest } from "../../support/loopback-server.ts";
import { MemoryTable } from "../../support/memory-table.ts";

/**
 * The secrets of apps with OAuth 2.0 and with App Tokens, planted in every input. Each path runs with the real adapters, and
 * the test searches every byte and object of the output. A token may be in the response that issues it, and an invitation in
 * the link that was requested.
 */
const CANARIES = {
  clientSecret: "cAnArYcLiEnTsEcReT0123456789abcd",
  firstAccess: "cAnArYfIrStAcCeSs0123456789abcde",
  firstRefresh: "cAnArYfIrStReFrEsH0123456789abcd",
  newAccess: "cAnArYnEwAcCeSs0123456789abcdefg",
  newRefresh: "cAnArYnEwReFrEsH0123456789abcdef",
  downscoped: "1!cAnArYdOwNsCoPeD0123456789abcd",
  primary: "cAnArYpRiMaRyApPtOkEn0123456789a",
  secondary: "cAnArYsEcOnDaRyApPtOkEn012345678",
  serviceSecret: "cAnArYsErViCeSeCrEt0123456789abcdefghijk",
  sent: "cAnArYsEnTbYtHeCaLlEr01234567890",
  bug: "cAnArYiNaBuG",
};

const app = { boxAppSettings: { clientID: "client-1", clientSecret: CANARIES.clientSecret } };
const CONFIGS: Readonly<Record<string, object>> = {
  crm: { ...app, oauth2: {} },
  view: {
    ...app,
    enterpriseID: "900001",
    appTokens: { primary: { token: CANARIES.primary }, secondary: { token: CANARIES.secondary } },
  },
};
const EVERYTHING: Statement = {
  ...{ id: "all", caller: { alias: "nightly" }, app: "*", subjects: ["enterprise", "user:*"] },
  ...{ unrestricted: true, revoke: true },
};
const USER = { app: "crm", box_subject_type: "user", box_subject_id: "17" };

type ScriptedResponse = (request: ReceivedRequest, form: URLSearchParams) => void;

const json = ({ response }: ReceivedRequest, status: number, body: object) =>
  response.writeHead(status, { date: new Date().toUTCString() }).end(JSON.stringify(body));

/** Box as it should be: refreshes, exchanges and revokes. */
const grants: ScriptedResponse = (request, form) => {
  if (request.path === "/oauth2/revoke") return json(request, 200, {});
  const isExchange = form.has("subject_token");
  return json(request, 200, {
    access_token: isExchange ? CANARIES.downscoped : CANARIES.newAccess,
    expires_in: 3600,
    restricted_to: isExchange ? [{ scope: "item_download", object: { type: "folder", id: "1" } }] : [],
    ...(!isExchange && { refresh_token: CANARIES.newRefresh }),
  });
};
/** Makes Box quote everything that it received. */
const refusesWith =
  (error: string, status = 400): ScriptedResponse =>
  (request, form) =>
    json(request, status, { error, error_description: `Refused: ${[...form.values()].join(" ")}` });
/** Box's API refuses the token too, and quotes it. */
const refusesToken: ScriptedResponse = (request, form) => {
  if (!request.path?.startsWith("/2.0/")) return refusesWith("invalid_token", 401)(request, form);
  json(request, 401, { code: "unauthorized", message: `Refused: ${request.headers.authorization}` });
};
const truncated: ScriptedResponse = ({ response }) =>
  response.end(`{"access_token":"${CANARIES.newAccess}","refresh_token":"${CANARIES.newRefresh}","exp`);
const inHtml: ScriptedResponse = ({ response }, form) => response.writeHead(500).end(`<h1>${form}</h1>`);

/** The token function and the connections function, with a user who connected so many days ago. */
async function service(respond: ScriptedResponse, days: number) {
  const server = await loopbackServer((request) => respond(request, new URLSearchParams(request.body)));
  const lines: object[] = [];
  const write = async (line: object) => void lines.push(line);
  const readCredentials = credentialReader(
    new Map(Object.keys(CONFIGS).map((name) => [name, name])),
    async (name) => ({ versionId: "v1", text: JSON.stringify(CONFIGS[name]) }),
    noKmsSigner,
    write,
  );
  const credentials = cachedCredentials(readCredentials, clock);
  const table = new MemoryTable(() => clock.wall());
  const keys = new ServiceKeys(async () => ({ versionId: "s1", text: CANARIES.serviceSecret }), clock);
  const random = { ...systemRandomness, fraction: () => 0 };
  const box = boxTokenEndpoint(server.url, clock, write);
  const { revoke } = boxTokens(box, { clock, random });
  const store = new ConnectionStore({ table, keys, clock, random });
  const scan = table.scan.bind(table);
  const common = { store, scan, table, keys, credentials, clock, random };
  const refreshing = {
    ...common,
    refresh: boxPairs(box, clock).refresh,
    revoke,
    ...pairWarnings(write),
  };
  const shared = new SharedTokens(common);
  const memory = new TokenMemory();
  const connected = connectedUsers(refreshing);
  const obtainToken = tokenObtainer({ box, credentials, clock, random, store: memory, shared, connected });
  const broker = {
    apps: Object.keys(CONFIGS),
    policy: policyOf(EVERYTHING),
    credentials,
    clock,
    audit: { write },
  };
  const token = lambdaHandler(directInvokeAdapter, {
    ...{ service: "f", clockSkew: box.clockOffset, clock, write },
    issueToken: tokenIssuer({ ...broker, obtainToken }),
    revokeToken: tokenRevoker({ ...broker, shared, memory, revokeAtBox: revoke }),
  });
  const refresher = new Refresher(refreshing);
  const connections = connectionsHandler({
    ...{ service: "f", apps: broker.apps, clock, write },
    sweep: (context) => sweep({ ...common, refresher }, context),
    list: (request, context) => listConnections(common, request, context),
    link: (request, context) => connectLink(common, "https://connect.example.com", request, context),
    disconnect: disconnecter({ ...common, revokeAtBox: revoke, audit: { write } }),
  });
  const context = { requestId: "r", deadline: clock.monotonic() + 60_000, trace: { steps: [] } };
  const first = { access_token: CANARIES.firstAccess, expires_in: 3600, restricted_to: [] };
  const pair = { access: heldToken(first, now(clock)), refreshToken: CANARIES.firstRefresh };
  const stored = storedPair(pair, { clock, table });
  const connection = {
    ...{ app: "crm", clientID: "client-1", userId: "17", login: "ann@example.com", connectedAt: 0 },
    pair: { ...stored, born: stored.born - days * DAY_MS },
  };
  await store.connect(connection, context);
  return { lines, table, token, connections };
}

type Running = Awaited<ReturnType<typeof service>>;

const lambda = lambdaContext({
  invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:token-invoke:nightly",
  getRemainingTimeInMillis: () => 40_000,
});

/** Runs a request and returns its result, or what it threw. */
const outcomeOf = (request: Promise<unknown>): Promise<unknown> => request.catch((thrown: unknown) => thrown);
const codeOf = (outcome: unknown) =>
  outcome instanceof Error ? outcome.name : ((outcome as { code?: string }).code ?? "done");

function leaksIn(outputs: readonly unknown[]): readonly string[] {
  const text = outputs
    .flatMap((one) => [String(one), JSON.stringify(one) ?? "", inspect(one, { depth: 20, showHidden: true })])
    .join("\n");
  return Object.values(CANARIES).filter(
    (one) => text.includes(one) || text.includes(encodeURIComponent(one)),
  );
}

interface Path {
  readonly box?: ScriptedResponse;
  readonly days?: number;
  readonly prepare?: (running: Running) => void;
}

type Use = (running: Running) => Promise<unknown>;
const requests =
  (parameters: object): Use =>
  ({ token }) =>
    token(parameters, lambda);
const does =
  (event: object): Use =>
  ({ connections }) =>
    connections(event, lambda);
/** Of an outcome that is a token response, everything but the token. */
const withoutToken = (outcome: unknown) =>
  outcome instanceof Error ? outcome : { ...(outcome as object), access_token: undefined, url: undefined };

const scoped = { scope: "item_download" };
const onExchange =
  (refusal: ScriptedResponse): ScriptedResponse =>
  (request, form) =>
    (form.has("subject_token") ? refusal : grants)(request, form);
const failsAtTable = ({ table }: Running) => {
  table.replace = async () => {
    throw new Error(`${CANARIES.bug} ${CANARIES.newRefresh}\n    at ${CANARIES.bug}`);
  };
};

const DISCONNECT = does({ action: "disconnect", app: "crm", userId: "17" });
const SWEEP = does({ action: "sweep" });

const PATHS: readonly (readonly [what: string, code: string, use: Use, path?: Path])[] = [
  ["a user's token is served", "done", requests(USER)],
  ["a user's token is refreshed", "done", requests(USER), { days: 1 }],
  ["a user's token is downscoped", "done", requests({ ...USER, ...scoped }), { days: 1 }],
  [
    "Box refuses the refresh token and quotes it",
    "reconnect_required",
    requests(USER),
    { days: 1, box: refusesWith("invalid_grant") },
  ],
  [
    "Box refuses the client and quotes it",
    "box_client_refused",
    requests(USER),
    { days: 1, box: refusesWith("invalid_client") },
  ],
  [
    "Box refuses a refresh by the form as the error",
    "box_refused",
    requests(USER),
    { days: 1, box: refusesWith(CANARIES.newRefresh) },
  ],
  [
    "the response to a refresh is truncated",
    "box_unexpected_answer",
    requests(USER),
    { days: 1, box: truncated },
  ],
  [
    "a refresh meets an error page with the form",
    "box_unavailable",
    requests(USER),
    { days: 1, box: inHtml },
  ],
  [
    "Box refuses to exchange a user's token and quotes it",
    "box_scope_refused",
    requests({ ...USER, ...scoped }),
    { days: 1, box: onExchange(refusesWith("invalid_scope")) },
  ],
  ["the table breaks during a refresh", "internal_error", requests(USER), { days: 1, prepare: failsAtTable }],
  ["an App Token is served", "done", requests({ app: "view" })],
  ["an App Token is downscoped", "done", requests({ app: "view", ...scoped })],
  [
    "Box refuses each App Token and quotes it",
    "app_tokens_refused",
    requests({ app: "view", ...scoped }),
    { box: refusesToken },
  ],
  ["an App Token is revoked", "unsupported_token_type", requests({ token: CANARIES.primary })],
  ["a refresh token is revoked", "done", requests({ token: CANARIES.firstRefresh })],
  [
    "a caller sends a secret instead of a user",
    "invalid_request",
    requests({ ...USER, box_subject_id: CANARIES.sent }),
  ],
  ["a sweep refreshes", "done", SWEEP, { days: 41 }],
  [
    "Box refuses a sweep's refresh and quotes it",
    "done",
    SWEEP,
    { days: 41, box: refusesWith("invalid_grant") },
  ],
  ["the table breaks during a sweep", "done", SWEEP, { days: 41, prepare: failsAtTable }],
  ["connections are listed", "done", does({ action: "list" })],
  ["an operator requests a connect link", "done", does({ action: "link", app: "crm", userId: "17" })],
  ["a user is disconnected", "done", DISCONNECT],
  [
    "Box refuses a disconnection and quotes it",
    "box_client_refused",
    DISCONNECT,
    { box: refusesWith("invalid_client") },
  ],
  ["Box responds to a disconnection with the form in a page", "box_unavailable", DISCONNECT, { box: inHtml }],
  ["an operator sends a secret as the app", "InvalidRequest", does({ action: "link", app: CANARIES.sent })],
  [
    "an operator sends a secret as the user",
    "InvalidRequest",
    does({ action: "disconnect", app: "crm", userId: CANARIES.sent }),
  ],
  [
    "an operator sends a secret as the next page",
    "InvalidRequest",
    does({ action: "list", next: CANARIES.sent }),
  ],
  [
    "an operator sends a secret as a property",
    "InvalidRequest",
    does({ action: "list", [CANARIES.sent]: 1 }),
  ],
];

const cases = PATHS.map(([what, code, use, path = {}]) => ({ what, code, use, path }));

test.each(cases)(
  "nothing leaks if $what",
  async ({ code, use, path: { box = grants, days = 0, prepare } }) => {
    const running = await service(box, days);
    prepare?.(running);
    const outcome = await outcomeOf(use(running));
    expect(codeOf(outcome)).toBe(code);
    expect(leaksIn([withoutToken(outcome), ...running.lines])).toEqual([]);
    const invitation = new URL((outcome as { url?: string }).url ?? "https://none").searchParams.get(
      "invitation",
    );
    if (invitation !== null) expect(JSON.stringify(running.lines)).not.toContain(invitation.slice(0, 40));
    // The output is not empty, but for a request that is refused before anything is done.
    if (code !== "InvalidRequest") expect(running.lines.length).toBeGreaterThan(0);
  },
);

test("the table's items have no token and no secret in the clear", async () => {
  const running = await service(grants, 1);
  await running.token(USER, lambda);
  await running.token({ ...USER, ...scoped }, lambda);
  expect(running.table.items.size).toBeGreaterThan(3);
  expect(leaksIn([...running.table.items])).toEqual([]);
});

test("the search finds a planted canary", () => {
  expect(leaksIn([{ reason: `because ${CANARIES.newRefresh}` }])).toEqual([CANARIES.newRefresh]);
});
