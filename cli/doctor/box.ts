import { randomUUID } from "node:crypto";
import { noKmsSigner } from "../../functions/aws/no-kms-signer.ts";
import { boxTokenEndpoint } from "../../functions/box/client.ts";
import { type AppHealth, checkHealth, type HealthPorts } from "../../functions/broker/check-health.ts";
import type { RequestContext, Subject } from "../../functions/broker/ports.ts";
import { healthPorts } from "../../functions/lambda/health-ports.ts";
import { systemClock, systemRandomness } from "../../functions/lambda/system.ts";
import type { BoxConfig } from "../../schemas/box-config/parse.ts";
import { Failure, PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { REQUEST_SECONDS } from "../../schemas/protocol/request-time.ts";
import { adviceText, userAdvice } from "./advice.ts";
import { type CheckName, type CheckResult, type CheckRun, type Checks, passed, skipped } from "./check.ts";
import { enterpriseOf } from "./enterprise.ts";
import { networkChecks, proxyCheck } from "./network.ts";
import { resourceCheck, scopesCheck } from "./scopes.ts";

/** A config that can be used, and what of it is tried at Box. */
export interface TriedConfig {
  readonly text: string;
  readonly config: BoxConfig;
  readonly boxUrl: string;
  /** A user for whom a token is tried, besides the subject of the config. */
  readonly user: string | undefined;
  /** Which the token must be able to have; undefined: those that an app can be configured with are tried. */
  readonly scopes: readonly string[] | undefined;
  readonly resource: string | undefined;
}

const APP = "config";
const RUNTIME = {
  ...{ clock: systemClock, random: systemRandomness, write: async () => {} },
  signerOfKms: noKmsSigner,
};

const newContext = (): RequestContext => ({
  requestId: randomUUID(),
  deadline: systemClock.monotonic() + REQUEST_SECONDS * 1_000,
  trace: { steps: [] },
});

/** The checks at Box, each of which needs those before it. */
export async function* boxChecks(tried: TriedConfig, { env, begin }: CheckRun): Checks {
  const { boxUrl, config, user } = tried;
  yield proxyCheck(env);
  begin(`Connecting to ${new URL(boxUrl).host}`);
  // Without a token Box's API responds with 401, whatever the address of the caller.
  const address = new URL(`${boxUrl}/2.0/users/me`);
  const network = await networkChecks(address, { name: "Box", env, expects: ({ status }) => status === 401 });
  yield* network;
  if (network.some(({ check, status }) => check === "network" && status === "failed")) {
    yield skipped("token", "Not tried, because Box was not reached.");
    return;
  }
  begin("Requesting a token from Box");
  const { health, token } = await healthOf(tried);
  yield egressCheck(health);
  yield* healthResults(health, config);
  if (token === undefined) return;
  begin("Reading whose token it is");
  if (health.user !== undefined) yield await subjectCheck(boxUrl, token, config, health.user);
  if (user !== undefined) {
    begin(`Requesting a token for the user ${user}`);
    yield await accessCheck(tried, user);
  } else if (config.grant === "jwt" || config.grant === "client_credentials") {
    yield skipped(
      "access",
      "No user was named, so only the token of the config's own subject was tried.",
      USER_HINT,
    );
  }
  begin("Trying scopes");
  const exchange = exchangeOf(boxUrl, token);
  yield await scopesCheck(exchange, tried.scopes);
  if (tried.resource !== undefined) yield await resourceCheck(exchange, tried.resource, tried.scopes);
}

const USER_HINT = "Name one to try what the app may do for users: --subject user:ID.";

const HAS_ADVICE =
  "Where the enterprise restricts addresses, a token request is refused with box_location_blocked.";

/** Box has no API that returns the caller's address. */
function egressCheck({ failure }: AppHealth): CheckResult {
  if (failure?.code === "box_location_blocked") {
    const summary = "Box does not accept requests from the address of this network.";
    return { check: "egress", status: "failed", summary, code: failure.code, next: adviceText(failure.code) };
  }
  const next =
    "A Box admin finds it in a report: Admin Console > Reports > User Activity. Of a function in a VPC it is the Elastic IP of the NAT gateway.";
  return skipped("egress", `Box has no API that returns the caller's address. ${HAS_ADVICE}`, next);
}

/** The health function's own use case, with the file instead of the secret. */
async function healthOf({ text, boxUrl }: TriedConfig) {
  const ports = healthPorts(boxUrl, RUNTIME);
  let obtained: string | undefined;
  const recording: HealthPorts = {
    ...ports,
    readSecret: async () => ({ versionId: "file", text }),
    async grant(request, context) {
      const granted = await ports.grant(request, context);
      if (granted.ok) obtained = granted.value.token.access_token;
      return granted;
    },
    whoAmI(accessToken, context) {
      // An app with App Tokens requests none.
      obtained ??= accessToken;
      return ports.whoAmI(accessToken, context);
    },
    expectedUsers: new Map(),
  };
  const health = await checkHealth(APP, recording, newContext());
  return { health, token: health.passed.includes("token") ? obtained : undefined };
}

/** Names of the health check's steps here; `secret`, `config` and `key` are checked before. */
const STEPS: Readonly<Record<string, CheckName>> = { token: "token", client: "client", user: "subject" };

function healthResults(health: AppHealth, { grant }: BoxConfig): readonly CheckResult[] {
  const { passed: steps, failure, warnings, app_tokens = [] } = health;
  const results: CheckResult[] = [];
  if (steps.includes("token")) {
    const slots = app_tokens.map(({ slot, age_days }) =>
      age_days === undefined ? slot : `${slot} (${age_days} days old)`,
    );
    const summary =
      grant === "app_token"
        ? `Box accepts each App Token: ${slots.join(", ")}.`
        : "Box granted a token: the app is authorized and enabled, which are two switches.";
    results.push(passed("token", summary));
  }
  if (steps.includes("client")) {
    const summary =
      "Box accepts the client id and secret. Tokens are those of users who connect; none was tried.";
    results.push(passed("client", summary));
  }
  if (steps.includes("user") && health.user === undefined) {
    results.push({
      check: "subject",
      status: "warning",
      summary: warnings.at(-1) ?? "",
      code: "subject_unknown",
    });
  }
  const check = failure === undefined ? undefined : STEPS[failure.check];
  if (failure === undefined || check === undefined) return results;
  return [...results, failed(check, failure)];
}

type HealthFailure = NonNullable<AppHealth["failure"]>;

/** What is not in the table of problems is the health check's own finding. */
function failed(
  check: CheckName,
  { code, detail, page, sentence, box_request_id }: HealthFailure,
): CheckResult {
  if (isProblem(code)) return problem(check, code, detail, box_request_id);
  return { check, status: "failed", code, summary: detail, next: `${page}: ${sentence}` };
}

const isProblem = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);

async function subjectCheck(
  boxUrl: string,
  token: string,
  { enterpriseID }: BoxConfig,
  { id, login, name }: NonNullable<AppHealth["user"]>,
): Promise<CheckResult> {
  const facts = { id, login };
  const summary = `The token is that of ${name}, ${login} (${id})`;
  const enterprise = await enterpriseOf(boxUrl, token);
  if (enterprise === undefined)
    return passed("subject", `${summary}. Box did not report its enterprise.`, facts);
  const known = { ...facts, enterpriseID: enterprise.id, enterpriseName: enterprise.name };
  const where = `${summary}, of the enterprise ${enterprise.id} (${enterprise.name}).`;
  if (enterpriseID !== undefined && enterpriseID !== enterprise.id) {
    const next =
      "A Box sandbox has an enterprise id of its own: use the config of the environment that you mean.";
    const text = `${where} The config names ${enterpriseID}.`;
    return {
      check: "subject",
      status: "failed",
      summary: text,
      code: "other_enterprise",
      next,
      facts: known,
    };
  }
  return {
    ...passed("subject", where, known),
    next: "Compare it with the environment that you mean: a Box sandbox has an enterprise id of its own.",
  };
}

/** Whether the app reaches a user, by a token for that user. */
async function accessCheck({ config, boxUrl }: TriedConfig, id: string): Promise<CheckResult> {
  const { open, grant } = healthPorts(boxUrl, RUNTIME);
  const credentials = open(APP, { versionId: "file", stage: "AWSCURRENT" }, config);
  if (credentials.grant === "app_token" || credentials.grant === "oauth2") {
    return skipped("access", "An app of this kind gets no tokens for users by their id.");
  }
  const subject: Subject = { type: "user", id };
  try {
    const granted = await grant({ credentials, subject }, newContext());
    if (!granted.ok) throw granted.error.failure;
    return passed("access", `Box granted a token for the user ${id}: the app's access reaches this user.`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, boxRequestId } = error;
    return { ...problem("access", code, message, boxRequestId), next: userAdvice(code, id) };
  }
}

/** A problem of the table, with Box's own words. */
function problem(check: CheckName, code: ProblemCode, detail: string, boxRequestId?: string): CheckResult {
  const origin = boxRequestId === undefined ? "" : ` Box calls the request ${boxRequestId}.`;
  return {
    ...{ check, status: "failed", code },
    summary: `${PROBLEMS[code].title} (${detail})${origin}`,
    next: adviceText(code),
    ...(boxRequestId !== undefined && { facts: { boxRequestId } }),
  };
}

/** One exchange, without a retry: the checks have a fixed number of requests. */
function exchangeOf(boxUrl: string, token: string) {
  const endpoint = boxTokenEndpoint(boxUrl, systemClock, RUNTIME.write);
  return async (scopes: readonly string[], resource?: string): Promise<void> => {
    await endpoint.exchange(token, { scopes, ...(resource !== undefined && { resource }) }, newContext());
  };
}
