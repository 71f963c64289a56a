import { randomUUID } from "node:crypto";
import { isObject } from "../../schemas/json/is-object.ts";
import { type Grant, refusal } from "../aws/iam.ts";
import { ACCOUNT, type Identity } from "../aws/identities.ts";
import { verifySignature } from "../aws/sigv4.ts";
import { delayOf, type Fault, type FaultName, type Faults, faultsOf } from "../faults/faults.ts";
import { type RequestLog, requestLog } from "../http/request-log.ts";
import { type HttpRequest, type HttpResponse, listen } from "../http/server.ts";
import { withPresentItem } from "./conditional-writes.ts";
import { crc32 } from "./crc32.ts";
import { type Json, type RunOperation, startEngine } from "./engine.ts";
import { DynamoDbError } from "./errors.ts";
import { operationNamed } from "./operations.ts";
import { createTokenTable, itemsOf } from "./token-table.ts";

type DynamoDbFault = FaultName<"dynamodb">;

export interface DynamoDbOptions {
  readonly port?: number | undefined;
  readonly region: string;
  readonly identities: readonly Identity[];
  readonly grants: readonly Grant[];
  /** Name of the table that exists from the start. */
  readonly tableName: string;
  readonly faults?: Faults<DynamoDbFault>;
}

export interface DynamoDb {
  readonly url: string;
  readonly tableName: string;
  readonly faults: Faults<DynamoDbFault>;
  /** Calls by operation: `dynamodb.get`, `dynamodb.put` and `dynamodb.scan`, as the functions' log names them; others by AWS's name. */
  readonly requests: RequestLog;
  /** How far the table's clock is ahead of the laptop's; it shows in `Date`, and signatures are checked by it. */
  readonly clock: { skewSeconds: number };
  /** Every item of the table as it is stored. */
  items(): Promise<readonly Json[]>;
  close(): Promise<void>;
}

/** A DynamoDB that speaks AWS JSON 1.0 to the real SDKs and checks signature and permission, with one table. */
export async function startDynamoDb(options: DynamoDbOptions): Promise<DynamoDb> {
  const { tableName, faults = faultsOf("dynamodb") } = options;
  const run = withPresentItem(startEngine());
  await createTokenTable(run, tableName);
  const requests = requestLog();
  const clock = { skewSeconds: 0 };
  const now = () => Date.now() + clock.skewSeconds * 1_000;
  const listener = await listen(async (request) => {
    const action = actionOf(request);
    const operation = operationNamed(action);
    const finish = requests.arrived(operation);
    const applied = faults.apply(operation);
    const response = await respond({ ...options, now }, run, request, action, applied);
    finish(
      response.status,
      applied.map(({ name }) => name),
    );
    return { ...response, headers: { ...response.headers, Date: new Date(now()).toUTCString() } };
  }, options);
  return {
    url: listener.url,
    tableName,
    faults,
    requests,
    clock,
    items: () => itemsOf(run, tableName),
    close: listener.close,
  };
}

/** The options with the table's clock, in milliseconds since 1970. */
interface Serving extends DynamoDbOptions {
  readonly now: () => number;
}

async function respond(
  options: Serving,
  run: RunOperation,
  request: HttpRequest,
  action: string,
  applied: readonly Fault<DynamoDbFault>[],
): Promise<HttpResponse> {
  const fault = (name: DynamoDbFault) => applied.find((candidate) => candidate.name === name);
  await delayOf(fault("slow"));
  if (fault("reset")) return { status: 0, cut: "before" };
  try {
    if (fault("throttled")) throw new DynamoDbError("ThrottlingException");
    if (fault("unavailable")) throw new DynamoDbError("ServiceUnavailableException");
    const grants = fault("access-denied") ? [] : options.grants;
    const input = authorize(options, request, action, {
      grants,
      isKeyDenied: fault("key-denied") !== undefined,
    });
    const { status, body } = await run(action, input);
    return fault("lost-response") ? { status: 0, cut: "before" } : json(status, body);
  } catch (error) {
    if (!(error instanceof DynamoDbError)) throw error;
    return json(error.status, error.body);
  }
}

/** @returns the request with the table by its name. @throws DynamoDbError if the caller may not send it */
function authorize(
  { region, identities, now }: Serving,
  request: HttpRequest,
  action: string,
  { grants, isKeyDenied }: { readonly grants: readonly Grant[]; readonly isKeyDenied: boolean },
): Json {
  const verified = verifySignature(request, { region, service: "dynamodb", identities, now: now() });
  if (!verified.ok) throw new DynamoDbError(verified.error.type, verified.error.message);
  const input = parse(request.body);
  const { TableName } = input;
  const prefix = `arn:aws:dynamodb:${region}:${ACCOUNT}:table/`;
  const named = typeof TableName === "string" ? TableName : "*";
  const resource = named.startsWith("arn:") ? named : `${prefix}${named}`;
  const attempt = { identity: verified.value, action: `dynamodb:${action}`, resource };
  const denied = refusal(grants, { ...attempt, leadingKeys: leadingKeysOf(input) });
  if (denied !== undefined) throw new DynamoDbError("AccessDeniedException", denied);
  if (isKeyDenied) throw new DynamoDbError("AccessDeniedException", keyRefusal(region, verified.value));
  return typeof TableName === "string" ? { ...input, TableName: resource.slice(prefix.length) } : input;
}

/** Without a grant for it: what IAM says of a KMS key that the caller may not use. */
const keyRefusal = (region: string, identity: Identity): string | undefined =>
  refusal([], {
    identity,
    action: "kms:Decrypt",
    resource: `arn:aws:kms:${region}:${ACCOUNT}:key/${KEY_ID}`,
  });

/** Of the key that encrypts the table. */
const KEY_ID = "7f8a2c1e-5b3d-4e6f-9a0b-1c2d3e4f5a6b";

function parse(body: Buffer): Json {
  try {
    const given: unknown = JSON.parse(body.toString());
    if (isObject(given)) return given;
  } catch {
    // Handled like any other body that is not an object.
  }
  throw new DynamoDbError("SerializationException");
}

function actionOf({ headers }: HttpRequest): string {
  return /^DynamoDB_20120810\.([A-Za-z]+)$/.exec(headers["x-amz-target"] ?? "")?.[1] ?? "unknown";
}

function json(status: number, value: Json): HttpResponse {
  const body = JSON.stringify(value);
  const headers = {
    "Content-Type": "application/x-amz-json-1.0",
    "x-amzn-RequestId": randomUUID(),
    "x-amz-crc32": String(crc32(body)),
  };
  return { status, headers, body };
}

/** Of a request about one item. */
function leadingKeysOf({ Key, Item }: Json): readonly string[] {
  const { pk } = (Key ?? Item ?? {}) as { readonly pk?: { readonly S?: unknown } };
  return typeof pk?.S === "string" ? [pk.S] : [];
}
