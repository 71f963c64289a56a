import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Context } from "aws-lambda";
import type { Clock } from "../../functions/broker/ports.ts";
import { directInvokeAdapter } from "../../functions/lambda/direct-invoke.ts";
import { functionUrlAdapter } from "../../functions/lambda/function-url.ts";
import { lambdaHandler, type TokenService } from "../../functions/lambda/handler.ts";
import { systemClock, systemRandomness } from "../../functions/lambda/system.ts";
import { tokenService } from "../../functions/lambda/token-service.ts";
import type { GeneratedApp } from "../../sandbox/apps/app.ts";
import { type Identity, newIdentity } from "../../sandbox/aws/identities.ts";
import { type Box, startBox } from "../../sandbox/box/server.ts";
import { addConfiguredApp, type BoxApp, type BoxState, nextId } from "../../sandbox/box/state.ts";
import { type SecretsManager, startSecretsManager } from "../../sandbox/secrets-manager/server.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import type { ProblemResponse } from "../../schemas/protocol/problems.ts";
import type { TokenResponse } from "../../schemas/protocol/token-response.ts";
import { lambdaContext } from "./lambda.ts";
import { turn } from "./virtual-clock.ts";

const REGION = "us-east-1";
const ROLE = "arn:aws:iam::123456789012:role/caller";
const SESSION = "arn:aws:sts::123456789012:assumed-role/caller/session";
const URL_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:token-url";
const ALIAS = "arn:aws:lambda:us-east-1:123456789012:function:token-invoke:caller";

/** The response to one request, as its caller got it. */
export interface RequestResult {
  readonly requestId: string;
  readonly token?: TokenResponse;
  readonly problem?: ProblemResponse;
  /** Every byte of the response or of the thrown error. */
  readonly text: string;
}

/** An app of the test environment: its name, what Box generated for it, and Box's side of it. */
export interface TestApp extends GeneratedApp {
  readonly name: string;
  readonly secretName: string;
  readonly box: BoxApp;
  /** Ids of the users of its enterprise. */
  readonly users: readonly string[];
}

export type Access = "url" | "invoke";
type RequestParameters = Readonly<Record<string, string>>;

/**
 * One execution environment of the token functions in this process: the real wiring and real sockets to a Box and
 * a Secrets Manager of its own. Its monotonic clock can be pushed ahead, its back-off has no jitter.
 */
export interface TestEnvironment {
  readonly box: Box;
  readonly secretsManager: SecretsManager;
  readonly apps: readonly TestApp[];
  /** Every line that the functions have written. */
  readonly lines: readonly string[];
  /** Every pause that the functions requested from their clock, in milliseconds; a test may empty it. */
  readonly pauses: number[];
  /** Requests a token with so much time left. */
  requestToken(access: Access, parameters: RequestParameters, milliseconds?: number): Promise<RequestResult>;
  /** Everything that was cached is older by so much. */
  age(milliseconds: number): void;
  close(): Promise<void>;
}

/**
 * @param generated the apps by name; making their keys takes time, so environments may share them
 * @param userCount users of each app's enterprise
 */
export async function startTestEnvironment(
  generated: Readonly<Record<string, GeneratedApp>>,
  userCount = 0,
): Promise<TestEnvironment> {
  const functionRole = newIdentity("box-sts-function", { temporary: true });
  const box = await startBox({ expiresIn: 3_600 });
  const allow = { effect: "allow", action: "secretsmanager:GetSecretValue", resource: "*" } as const;
  const secretsManager = await startSecretsManager({
    region: REGION,
    identities: [functionRole],
    grants: [{ ...allow, principal: functionRole.roleArn }],
  });
  const apps = Object.entries(generated).map(([name, app]) => {
    const secretName = `box-sts/${name}`;
    secretsManager.put(secretName, JSON.stringify(app.config));
    const atBox = addConfiguredApp(box.state, app.config, app.publicKey);
    const users = addUsers(box.state, app.config.enterpriseID, userCount);
    return { name, secretName, ...app, box: atBox, users };
  });

  const lines: string[] = [];
  const { clock, age, pauses } = pushableClock();
  const folder = mkdtempSync(join(tmpdir(), "box-sts-environment-"));
  const policyPath = join(folder, "policy.json");
  writeFileSync(policyPath, JSON.stringify(policyOf(Object.keys(generated))));
  const settings = {
    apps: new Map(apps.map(({ name, secretName }) => [name, secretName])),
    ...{ callerNames: new Map(), policyPath, boxUrl: box.url, helpUrl: undefined, service: "token" },
    sharedCache: undefined,
  };
  const service = await tokenService(settings, {
    clock,
    random: { ...systemRandomness, fraction: () => 0 },
    write: async (line) => void lines.push(JSON.stringify(line)),
  });
  rmSync(folder, { recursive: true });
  const handlers = handlersOf(service);
  let requests = 0;
  let entered: Promise<void> | undefined;

  async function requestToken(
    access: Access,
    parameters: RequestParameters,
    milliseconds = 10_000,
  ): Promise<RequestResult> {
    const requestId = `request-${++requests}`;
    entered ??= enter(functionRole, secretsManager);
    await entered;
    const response = await handlers[access](parameters, contextFor(requestId, milliseconds));
    return { requestId, ...response };
  }

  return {
    ...{ box, secretsManager, apps, lines, pauses, requestToken, age },
    async close() {
      await Promise.all([box.close(), secretsManager.close()]);
    },
  };
}

function addUsers(state: BoxState, enterpriseId: string, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    const id = nextId(state.users, "3");
    const user = { id, name: id, login: `${id}@example.com`, enterpriseId, kind: "app-user" } as const;
    state.users.set(id, user);
    return id;
  });
}

function contextFor(awsRequestId: string, milliseconds: number): Context {
  const end = systemClock.monotonic() + milliseconds;
  const getRemainingTimeInMillis = () => end - systemClock.monotonic();
  return lambdaContext({ awsRequestId, getRemainingTimeInMillis });
}

type Outcome = Pick<RequestResult, "token" | "problem" | "text">;

function handlersOf(service: TokenService) {
  const url = lambdaHandler(functionUrlAdapter, service);
  const invoke = lambdaHandler(directInvokeAdapter, service);
  return {
    async url(parameters: RequestParameters, context: Context): Promise<Outcome> {
      const response = await url(urlEvent(parameters), { ...context, invokedFunctionArn: URL_FUNCTION });
      const body = JSON.parse(response.body ?? "");
      const text = JSON.stringify(response);
      return response.statusCode === 200 ? { token: body, text } : { problem: body, text };
    },
    async invoke(parameters: RequestParameters, context: Context): Promise<Outcome> {
      try {
        const token = await invoke(parameters, { ...context, invokedFunctionArn: ALIAS });
        if (!("access_token" in token)) throw new Error("A token request was taken for a revocation.");
        return { token, text: JSON.stringify(token) };
      } catch (thrown) {
        const problem = JSON.parse((thrown as Error).message) as ProblemResponse;
        return { problem, text: inspect(thrown, { showHidden: true }) };
      }
    },
  };
}

function urlEvent(parameters: RequestParameters): object {
  return {
    rawPath: "/oauth2/token",
    rawQueryString: "",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    requestContext: { http: { method: "POST" }, authorizer: { iam: { userArn: SESSION } } },
    body: Buffer.from(new URLSearchParams(parameters).toString()).toString("base64"),
    isBase64Encoded: true,
  };
}

function pushableClock(): { clock: Clock; pauses: number[]; age(milliseconds: number): void } {
  let ahead = 0;
  const pauses: number[] = [];
  const clock: Clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + ahead,
    setTimer(milliseconds, callback) {
      pauses.push(milliseconds);
      return systemClock.setTimer(milliseconds, callback);
    },
  };
  return {
    ...{ clock, pauses },
    age(milliseconds) {
      ahead += milliseconds;
    },
  };
}

/** Allows everything to the one caller, through either access. */
function policyOf(apps: readonly string[]): Policy {
  const rights = { subjects: ["enterprise", "user:*"], unrestricted: true } as const;
  const statements = apps.flatMap((app) => [
    { id: `${app}-url`, caller: { iam: ROLE }, app, ...rights },
    { id: `${app}-alias`, caller: { alias: "caller" }, app, ...rights },
  ]);
  return { version: 1, statements };
}

let turnstile: Promise<unknown> = Promise.resolve();

/**
 * A client of the AWS SDK reads endpoint and credentials from the process's environment with its first call, so
 * environments start one by one: the next one starts when that call has arrived.
 */
function enter(
  { accessKeyId, secretAccessKey, sessionToken = "" }: Identity,
  { url, requests }: SecretsManager,
): Promise<void> {
  const entering = turnstile.then(() => {
    Object.assign(process.env, {
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    });
  });
  turnstile = entering.then(async () => {
    while (requests.count() === 0) await turn();
  });
  return entering;
}
