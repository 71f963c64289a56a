import { randomUUID } from "node:crypto";
import { type Grant, refusal } from "../aws/iam.ts";
import { ACCOUNT, type Identity } from "../aws/identities.ts";
import { verifySignature } from "../aws/sigv4.ts";
import { delayOf, type Fault, type FaultName, type Faults, faultsOf } from "../faults/faults.ts";
import { type RequestLog, requestLog } from "../http/request-log.ts";
import { type HttpRequest, type HttpResponse, listen } from "../http/server.ts";
import { SecretsError } from "./errors.ts";
import { type Input, parse } from "./input.ts";
import { OPERATIONS, operationNamed } from "./operations.ts";
import { type Secret, type SecretValue, type Store, secretStore } from "./store.ts";

type SecretsManagerFault = FaultName<"secrets-manager">;

export interface SecretsManagerOptions {
  readonly port?: number | undefined;
  readonly region: string;
  readonly identities: readonly Identity[];
  readonly grants: readonly Grant[];
}

export interface SecretsManager {
  readonly url: string;
  readonly faults: Faults<SecretsManagerFault>;
  /** Calls by operation, for example `count("GetSecretValue")`. */
  readonly requests: RequestLog;
  readonly secrets: ReadonlyMap<string, Secret>;
  /** Stores a value as an operator would: creates the secret, or makes it the new `AWSCURRENT`. */
  put(name: string, value: string | Uint8Array): void;
  close(): Promise<void>;
}

/** A Secrets Manager that speaks AWS JSON 1.1 to the real SDKs and checks signature and permission. */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<SecretsManager> {
  const store = secretStore(options.region, ACCOUNT);
  const faults = faultsOf("secrets-manager");
  const requests = requestLog();
  const listener = await listen(async (request) => {
    const operation = operationOf(request);
    const finish = requests.arrived(operation);
    const applied = faults.apply(operation);
    const response = await respond(options, store, request, operation, applied);
    const names = applied.map(({ name }) => name);
    finish(response.status, names);
    return response;
  }, options);
  return {
    url: listener.url,
    faults,
    requests,
    secrets: store.secrets,
    put(name, value) {
      const known = store.secrets.has(name);
      const given = { ...(known ? { SecretId: name } : { Name: name }), ...wireValue(value) };
      operationNamed(known ? "PutSecretValue" : "CreateSecret")?.(store, given);
    },
    close: listener.close,
  };
}

/** What encrypts or decrypts a value with the secret's KMS key. */
const USE_KEY: ReadonlySet<string> = new Set([
  "CreateSecret",
  "GetSecretValue",
  "PutSecretValue",
  "UpdateSecret",
]);

async function respond(
  options: SecretsManagerOptions,
  store: Store,
  request: HttpRequest,
  operation: string,
  applied: readonly Fault<SecretsManagerFault>[],
): Promise<HttpResponse> {
  const fault = (name: SecretsManagerFault) => applied.find((candidate) => candidate.name === name);
  await delayOf(fault("slow"));
  if (fault("away")) return { status: 0, cut: "before" };
  try {
    if (fault("throttled")) throw new SecretsError("ThrottlingException", "Rate exceeded");
    if (fault("internal-error"))
      throw new SecretsError("InternalServiceError", "An error occurred on the server side.");
    const run = operationNamed(operation);
    const identity = caller(options, request);
    if (run === undefined) throw new SecretsError("UnknownOperationException", notServed(operation));
    const given = parse(request.body.toString());
    const denied = permission(
      fault("access-denied") ? [] : options.grants,
      store,
      identity,
      operation,
      given,
    );
    if (denied !== undefined) throw new SecretsError("AccessDeniedException", denied);
    if (fault("key-denied") && USE_KEY.has(operation))
      throw new SecretsError("AccessDeniedException", "Access to KMS is not allowed");
    return json(200, run(store, given));
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error;
    return json(error.status, { __type: error.type, Message: error.message, message: error.message });
  }
}

/** AWS has no text here; its SDKs then have `UnknownError` as the message. */
const notServed = (operation: string): string =>
  `The sandbox's Secrets Manager does not serve ${operation}, only ${Object.keys(OPERATIONS).join(", ")}.`;

function caller({ region, identities }: SecretsManagerOptions, request: HttpRequest): Identity {
  const verified = verifySignature(request, {
    region,
    service: "secretsmanager",
    identities,
    now: Date.now(),
  });
  if (verified.ok) return verified.value;
  throw new SecretsError(verified.error.type, verified.error.message);
}

/** IAM sees the ARN of an existing secret and the name as given of any other. */
function permission(
  grants: readonly Grant[],
  store: Store,
  identity: Identity,
  operation: string,
  given: Input,
): string | undefined {
  const id = String(given.SecretId ?? given.Name ?? "*");
  const resource = store.lookup(id)?.arn ?? id;
  const { VersionStage } = given;
  const stage = typeof VersionStage === "string" ? { versionStage: VersionStage } : {};
  return refusal(grants, { identity, action: `secretsmanager:${operation}`, resource, ...stage });
}

function operationOf({ headers }: HttpRequest): string {
  const target = headers["x-amz-target"] ?? "";
  return target.startsWith("secretsmanager.") ? target.slice("secretsmanager.".length) : "unknown";
}

function wireValue(value: string | Uint8Array): SecretValue {
  return typeof value === "string"
    ? { SecretString: value }
    : { SecretBinary: Buffer.from(value).toString("base64") };
}

function json(status: number, body: unknown): HttpResponse {
  const headers = { "Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": randomUUID() };
  return { status, headers, body: JSON.stringify(body) };
}
