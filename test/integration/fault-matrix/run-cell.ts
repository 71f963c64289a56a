import { createHash } from "node:crypto";
import type { GeneratedApp } from "../../../sandbox/apps/app.ts";
import type { Fault } from "../../../sandbox/faults/faults.ts";
import type { RequestResult, TestEnvironment } from "../../support/test-environment.ts";
import { turn } from "../../support/virtual-clock.ts";
import { type Cell, CROWDS, STEPS } from "./cells.ts";

type RequestParameters = Readonly<Record<string, string>>;

/** What became of one cell. */
export interface Observed {
  /** Responses to each distinct request, the main one first. */
  readonly results: readonly (readonly RequestResult[])[];
  /** Requests that each upstream operation got. */
  readonly grants: number;
  readonly exchanges: number;
  readonly reads: number;
  readonly hits: number;
  /** The main request once more, when the fault is over. */
  readonly afterwards: RequestResult;
  /** Milliseconds that each request had. */
  readonly timeLeft: number;
  /** Milliseconds of the longest pause that a request caused. */
  readonly longestPause: number;
}

/** More than a request needs where the machine is busy with something else. */
const LONG = 25_000;
/** All of it passes where an upstream stays silent; the step that it affects is reached before. */
const SHORT = 2_500;
/** More than the lives of a token and of a secret. */
const AN_HOUR_AND_MORE = 3_700_000;
/** The function does not replace a token younger than this, whichever caller reports it. */
const MIN_MINT_INTERVAL_MS = 10_000;
const REFUSAL_MEMORY_MS = 30_000;
const OTHER_SCOPES = ["item_upload", "item_preview", "base_explorer"];

/** Brings the environment into the cell's state and injects the fault for its requests; then sends one without it. */
export async function runCell(
  cell: Cell,
  environment: TestEnvironment,
  rotated: GeneratedApp,
): Promise<Observed> {
  const { place, fault: name, step, crowd } = cell;
  const request = await prepare(cell, environment, rotated);
  environment.box.requests.clear();
  environment.secretsManager.requests.clear();
  environment.pauses.length = 0;

  const faults = place === "box" ? environment.box.faults : environment.secretsManager.faults;
  const gate = Promise.withResolvers<void>();
  if (step === "the grant after one that failed") {
    environment.box.faults.inject("server-error", { on: "token/jwt-bearer", times: 1 });
  }
  const fault = (faults.inject as (name: string, settings: object) => Fault)(name, {
    ...STEPS[step].settings,
    ...(cell.once && { times: 1 }),
    ...(name === "slow" && { until: gate.promise }),
  });
  const timeLeft = name === "slow" && !cell.once && !outlastsSlowness(cell) ? SHORT : LONG;

  const [equal, others] = CROWDS[crowd];
  const access = crowd === "one request" ? "invoke" : "url";
  const requests = [request, ...othersOf(request, cell, environment).slice(0, others)];
  const requested = requests.map((parameters, index) =>
    Promise.all(
      Array.from({ length: index === 0 ? equal : 1 }, () =>
        environment.requestToken(access, parameters, timeLeft),
      ),
    ),
  );
  const pending = Promise.all(requested);
  if (name === "slow" && cell.once) await releaseOnceInjected(fault, gate.resolve, pending);
  const results = await pending;
  gate.resolve();
  const { grants, exchanges, reads } = countsOf(environment);
  const longestPause = Math.max(0, ...environment.pauses);
  fault.remove();
  environment.box.faults.clear();
  environment.age(REFUSAL_MEMORY_MS);
  const afterwards = await environment.requestToken(access, request);
  return { results, grants, exchanges, reads, hits: fault.hits, afterwards, timeLeft, longestPause };
}

/** A refresh that hangs costs two seconds; then the secret that is held serves on. */
function outlastsSlowness({ step, state }: Cell): boolean {
  return step === "the reading of the secret" && state === "a warm one whose token and secret are too old";
}

/** Releases the slow response when a request waits for it, or at the end if none does. */
async function releaseOnceInjected(fault: Fault, release: () => void, all: Promise<unknown>): Promise<void> {
  let over = false;
  all.finally(() => {
    over = true;
  });
  while (fault.hits === 0 && !over) await turn();
  release();
}

function countsOf({ box, secretsManager }: TestEnvironment) {
  return {
    grants: box.requests.count("token/jwt-bearer") + box.requests.count("token/client_credentials"),
    exchanges: box.requests.count("token/token-exchange"),
    reads: secretsManager.requests.count("GetSecretValue"),
  };
}

/** @returns the request that meets the state. */
async function prepare(
  { step, state }: Cell,
  environment: TestEnvironment,
  rotated: GeneratedApp,
): Promise<RequestParameters> {
  const scope: RequestParameters = STEPS[step].wants === "narrow" ? { scope: "item_download" } : {};
  if (step === "the grant of an app without a key") takeKeyAway(environment);
  const user = userParameters(environment.apps[0]?.users[0]);
  if (state === "a cold environment") return scope;
  if (state === "a warm one that needs another token") {
    await environment.requestToken("invoke", {});
    rotateIf(step, environment, rotated);
    // An exchange finds the full token in the cache; a grant needs a subject that no request has used.
    return step === "the exchange" ? scope : { ...user, ...scope };
  }
  const { token } = await environment.requestToken("invoke", scope);
  rotateIf(step, environment, rotated);
  if (state === "a warm one whose token Box has refused") {
    // A downscoped token's first successor comes from the same full token; only the second one needs a grant.
    if (step !== "the grant before an exchange") return rejecting(environment, scope, token);
    const successor = await environment.requestToken("invoke", rejecting(environment, scope, token));
    return rejecting(environment, scope, successor.token);
  }
  environment.age(AN_HOUR_AND_MORE);
  return scope;
}

/** The same request again, after Box has revoked its token. */
function rejecting(
  environment: TestEnvironment,
  request: RequestParameters,
  token: RequestResult["token"],
): RequestParameters {
  const { access_token = "" } = token ?? {};
  environment.box.tokens.revoke(access_token);
  environment.age(MIN_MINT_INTERVAL_MS);
  return { ...request, rejected_token_sha256: createHash("sha256").update(access_token).digest("hex") };
}

function rotateIf(
  step: Cell["step"],
  { apps: [app], secretsManager }: TestEnvironment,
  rotated: GeneratedApp,
): void {
  if (step !== "the reading of the secret after Box refused its key" || app === undefined) return;
  const { boxAppSettings } = app.config;
  const { appAuth } = rotated.config.boxAppSettings;
  app.box.publicKeys.clear();
  app.box.publicKeys.set(appAuth.publicKeyID, rotated.publicKey);
  const config = { ...app.config, boxAppSettings: { ...boxAppSettings, appAuth } };
  secretsManager.put(app.secretName, JSON.stringify(config));
}

/** The app becomes one with Client Credentials Grant, as the console has it. */
function takeKeyAway({ apps: [app], secretsManager }: TestEnvironment): void {
  if (app === undefined) return;
  const { clientID, clientSecret } = app.config.boxAppSettings;
  app.box.authentication = "client_credentials";
  const { enterpriseID } = app.config;
  secretsManager.put(
    app.secretName,
    JSON.stringify({ boxAppSettings: { clientID, clientSecret }, enterpriseID }),
  );
}

/** Six requests that each need a token of their own: other scopes of the same subject, and other subjects. */
function othersOf(
  { rejected_token_sha256: _, ...request }: RequestParameters,
  { step }: Cell,
  { apps: [app] }: TestEnvironment,
) {
  const otherUsers = (app?.users ?? []).slice(1).map((id) => ({ ...request, ...userParameters(id) }));
  if (STEPS[step].wants === "full") return otherUsers;
  return [...OTHER_SCOPES.map((scope) => ({ ...request, scope })), ...otherUsers];
}

function userParameters(id = ""): RequestParameters {
  return { box_subject_type: "user", box_subject_id: id };
}
