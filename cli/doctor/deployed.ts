import type { BoxAuthOptions } from "../../client/index.ts";
import { parseOptions } from "../../client/options.ts";
import { invocationOf, qualifierOf } from "../../client/target.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { INVALID_REQUEST, invoke } from "../connections/invoke.ts";
import { type Refusal, refusalOf, refusalText, withRegion, writtenRegion } from "../refusal.ts";
import type { Terminal } from "../terminal.ts";
import { awsCredentials } from "../token/aws-credentials.ts";
import { tokenOfDeployment } from "../token/tokens.ts";
import { type CheckName, type CheckRun, type Checks, passed, skipped } from "./check.ts";
import { healthResults } from "./health-report.ts";
import { networkChecks } from "./network.ts";

/** The checks of a request to a deployment, in the order in which a request passes them. */
const STAGES = [
  "credentials",
  "network",
  "clock",
  "permission",
  "function",
  "policy",
  "secret",
  "token",
] as const;
type Stage = (typeof STAGES)[number];

/** Which stage a code belongs to; a code that is not here is Box's. */
const STAGE_OF: ReadonlyMap<string, Stage> = new Map(
  Object.entries<Stage>({
    no_credentials: "credentials",
    credentials_refused: "credentials",
    credentials_expired: "credentials",
    unreachable: "network",
    timed_out: "network",
    clock_wrong: "clock",
    wrong_region: "permission",
    not_permitted: "permission",
    function_not_found: "permission",
    function_throttled: "function",
    function_failed: "function",
    not_a_token_function: "function",
    unknown_app: "function",
    audit_unavailable: "function",
    deadline_exceeded: "function",
    internal_error: "function",
    policy_unavailable: "policy",
    unauthorized_client: "policy",
    invalid_request: "policy",
    subject_not_supported: "policy",
    app_has_no_enterprise: "policy",
    secret_not_found: "secret",
    secret_forbidden: "secret",
    secret_key_forbidden: "secret",
    secret_invalid: "secret",
    secret_unavailable: "secret",
    signing_key_refused: "secret",
    signing_key_unavailable: "secret",
  }),
);

/** What an operator can do besides what the message says. */
const NEXT: Partial<Record<Stage, string>> = {
  credentials: "See which identity this shell has: aws sts get-caller-identity.",
  permission:
    "Compare aws sts get-caller-identity with the callers of the deployment, and the region with its outputs. For the function InvokeFunction give --alias with the name of your alias; without --alias the function is taken for the health function.",
  policy:
    "box-sts policy explain POLICY --caller CALLER --app NAME says which statement came nearest, and what it lacks. CALLER is alias:NAME for an alias, and the ARN of the role or user for the Function URL.",
  secret:
    "box-sts doctor --function NAME, with the output HealthFunction for NAME, reports what is wrong with the app's secret.",
  token:
    "box-sts doctor --function NAME, with the output HealthFunction for NAME, checks every app and reports what to do at Box.",
};

/** What a stage that was passed proves. */
const PROOF: Readonly<Record<Stage, string>> = {
  credentials: "AWS accepts the credentials of this shell.",
  network: "The host responds.",
  clock: "AWS accepts the time of the signature.",
  permission: "IAM lets this identity call the function.",
  function: "The function ran and responded.",
  policy: "The policy allows the request.",
  secret: "The function reported no problem with the app's secret.",
  token: "The function returned a token.",
};

/** Where the requests go; the error is a sentence about the options. */
export type Deployment =
  | {
      readonly kind: "token";
      readonly options: BoxAuthOptions;
      readonly url: URL;
      readonly regionName: string;
    }
  | {
      readonly kind: "health";
      readonly name: string;
      readonly app: string | undefined;
      readonly url: URL;
      readonly regionName: string;
    };

/** The deployed function that the options name: with an alias a token function, without one the health function. */
export function deploymentOf(options: BoxAuthOptions, env: NodeJS.ProcessEnv): Result<Deployment, string> {
  const { functionName, alias, region, app } = options;
  if (functionName !== undefined && alias === undefined && qualifierOf(functionName) === undefined) {
    const target = invocationOf(functionName, region, env);
    if (!target.ok) return refused(withRegion(target.error, writtenRegion(region, env)));
    const { url, region: regionName } = target.value;
    return ok({ kind: "health", name: functionName, app, url, regionName });
  }
  try {
    const { target } = parseOptions(
      { ...options, credentials: async () => ({ accessKeyId: "", secretAccessKey: "" }) },
      env,
    );
    const { url } = target.token.request({});
    return ok({ kind: "token", options, url, regionName: target.region });
  } catch (error) {
    return refused(refusalOf(error, writtenRegion(region, env)).message);
  }
}

/** What this shell's identity sees of a deployment. */
export async function* deployedChecks(
  deployment: Deployment,
  terminal: Terminal,
  { env, begin }: CheckRun,
): Checks {
  begin("Reading AWS credentials");
  try {
    await awsCredentials(env)();
  } catch (error) {
    yield failure("credentials", refusalOf(error));
    yield* unknown("credentials");
    return;
  }
  begin(`Connecting to ${deployment.url.host}`);
  const { url, regionName: region } = deployment;
  const reached = await networkChecks(url, { name: "AWS", env, region, expects: () => true });
  yield* reached;
  if (reached.some(({ check, status }) => check === "network" && status === "failed")) {
    yield* unknown("network");
    return;
  }
  const done = reached.map(({ check }) => check);
  if (deployment.kind === "health") yield* healthChecks(deployment, terminal, done, begin);
  else yield* tokenChecks(deployment.options, env, done, begin);
}

async function* tokenChecks(
  options: BoxAuthOptions,
  env: NodeJS.ProcessEnv,
  done: readonly CheckName[],
  begin: CheckRun["begin"],
): Checks {
  begin("Requesting a token from the function");
  const result = await tokenOfDeployment(options, env);
  if (!result.ok) {
    yield* stages(result.error, done);
    return;
  }
  const { expires_in, restricted_to } = result.value;
  yield* STAGES.filter((stage) => stage !== "token" && !done.includes(stage)).map((stage) =>
    passed(stage, PROOF[stage]),
  );
  const scopes = [
    ...new Set((restricted_to ?? []).flatMap((row) => (isObject(row) ? [String(row.scope)] : []))),
  ];
  const what = scopes.length === 0 ? "the app's full token" : `a token with ${scopes.join(", ")}`;
  yield passed("token", `The function returned ${what}, for ${expires_in} s. It is not printed.`, {
    expiresIn: expires_in,
    scopes,
  });
}

async function* healthChecks(
  { name, app, url, regionName }: Extract<Deployment, { kind: "health" }>,
  terminal: Terminal,
  done: readonly CheckName[],
  begin: CheckRun["begin"],
): Checks {
  begin("Waiting for the health function, which checks every app");
  const report = await invoke(
    { name, url, region: regionName },
    { ...(app !== undefined && { app }) },
    // Its form is checked by what reads it.
    (response) => response,
    // The doctor shows what it waits for itself.
    { ...terminal, isErrTty: false },
  );
  // The connections function ran, and does not know the event.
  if (!report.ok && report.error.code !== INVALID_REQUEST) {
    const { error } = report;
    yield* stages(error.code === UNKNOWN_APP ? { ...error, code: "unknown_app" } : error, done);
    return;
  }
  yield* (["credentials", "permission"] as const).map((stage) => passed(stage, PROOF[stage]));
  yield* healthResults(report.ok ? report.value : {});
}

/** A refusal: the stages before it were passed, and those after it were not reached. */
function* stages(refusal: Refusal, done: readonly CheckName[]) {
  const stage = STAGE_OF.get(refusal.code) ?? (isOfFunction(refusal.code) ? "token" : "function");
  for (const before of STAGES.slice(0, STAGES.indexOf(stage))) {
    if (!done.includes(before)) yield passed(before, PROOF[before]);
  }
  yield failure(stage, refusal);
  yield* unknown(stage, done);
}

/** The name of the error that the health function throws. */
const UNKNOWN_APP = "UnknownApp";

/** Codes of the table of problems are in lower case; what a function throws by itself is the name of an error. */
const isOfFunction = (code: string): boolean => /^[a-z_]+$/.test(code);

const failure = (check: Stage, refusal: Refusal) => ({
  ...{ check, status: "failed" as const, code: refusal.code, summary: refusalText(refusal) },
  ...(NEXT[check] !== undefined && { next: NEXT[check] }),
});

function* unknown(after: Stage, done: readonly CheckName[] = []) {
  for (const stage of STAGES.slice(STAGES.indexOf(after) + 1)) {
    if (stage !== "clock" && !done.includes(stage))
      yield skipped(stage, `Not known, because the check ${after} failed.`);
  }
}
