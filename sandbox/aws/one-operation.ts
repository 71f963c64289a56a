import { randomUUID } from "node:crypto";
import { isObject } from "../../schemas/json/is-object.ts";
import { delayOf, type FaultName, type Faults, faultsOf, type TEST_SERVER_FAULTS } from "../faults/faults.ts";
import { type RequestLog, requestLog } from "../http/request-log.ts";
import { type HttpRequest, type HttpResponse, listen } from "../http/server.ts";
import { type Grant, refusal } from "./iam.ts";
import type { Identity } from "./identities.ts";
import { verifySignature } from "./sigv4.ts";

type Place = keyof typeof TEST_SERVER_FAULTS;
export type Json = Readonly<Record<string, unknown>>;

/** An error in AWS's words. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

/** A service of AWS reduced to one operation. */
export interface OneOperationKind<Input> {
  readonly place: Place;
  /** As signatures name it. */
  readonly service: "sqs" | "events" | "kms";
  /** As IAM names it. */
  readonly action: string;
  /** `X-Amz-Target`. */
  readonly target: string;
  readonly contentType: string;
  /** AWS's name for a throttled request. */
  readonly throttled: string;
  /** Headers of an error, beside those that every response has. */
  errorHeaders(type: string): Readonly<Record<string, string>>;
  /** @throws ServiceError if the request is malformed */
  parse(given: Json, region: string): Input;
  /** ARN to which the action applies. */
  resourceOf(input: Input): string;
  /** Does what was requested, and returns the response. @throws ServiceError */
  run(input: Input, faults: ReadonlySet<string>): Json;
}

export interface OneOperationOptions {
  readonly port?: number | undefined;
  readonly region: string;
  readonly identities: readonly Identity[];
  readonly grants: readonly Grant[];
}

export interface OneOperation<At extends Place> {
  readonly url: string;
  readonly faults: Faults<FaultName<At>>;
  readonly requests: RequestLog;
  close(): Promise<void>;
}

/** Serves one operation to the real AWS SDKs: verifies the signature, checks the permission with IAM, applies faults. */
export async function startOneOperation<Input, At extends Place>(
  kind: OneOperationKind<Input> & { readonly place: At },
  options: OneOperationOptions,
): Promise<OneOperation<At>> {
  const faults = faultsOf(kind.place);
  const requests = requestLog();
  const [, operation = ""] = kind.target.split(".");
  const listener = await listen(async (request) => {
    const known = request.headers["x-amz-target"] === kind.target ? operation : "unknown";
    const finish = requests.arrived(known);
    const applied = faults.apply(known);
    await delayOf(applied.find(({ name }) => name === "slow"));
    const names = new Set<string>(applied.map(({ name }) => name));
    const response = respond(kind, options, request, names);
    finish(response.status, [...names]);
    return response;
  }, options);
  return { url: listener.url, faults, requests, close: listener.close };
}

function respond<Input>(
  kind: OneOperationKind<Input>,
  { region, identities, grants }: OneOperationOptions,
  request: HttpRequest,
  faults: ReadonlySet<string>,
): HttpResponse {
  const headers = { "Content-Type": kind.contentType, "x-amzn-RequestId": randomUUID() };
  if (faults.has("away")) return { status: 0, cut: "before" };
  try {
    if (faults.has("throttled")) throw new ServiceError(kind.throttled, "Rate exceeded");
    if (faults.has("internal-error")) throw new ServiceError("InternalFailure", "Internal failure", 500);
    const { service, target, action } = kind;
    if (request.headers["x-amz-target"] !== target)
      throw new ServiceError("UnknownOperationException", `The sandbox serves ${target} alone.`);
    const verified = verifySignature(request, { region, service, identities, now: Date.now() });
    if (!verified.ok) throw new ServiceError(verified.error.type, verified.error.message, 403);
    const input = kind.parse(jsonOf(request), region);
    const attempt = { identity: verified.value, action, resource: kind.resourceOf(input) };
    const denied = refusal(faults.has("access-denied") ? [] : grants, attempt);
    if (denied !== undefined) throw new ServiceError("AccessDeniedException", denied);
    const result = kind.run(input, faults);
    if (faults.has("lost-response")) return { status: 0, cut: "before" };
    return { status: 200, headers, body: JSON.stringify(result) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { type, message, status } = error;
    const body = JSON.stringify({ __type: type, message });
    return { status, headers: { ...headers, ...kind.errorHeaders(type) }, body };
  }
}

function jsonOf({ body }: HttpRequest): Json {
  try {
    const given: unknown = JSON.parse(body.toString());
    if (isObject(given)) return given;
  } catch {
    // Handled like any other body that is not an object.
  }
  throw new ServiceError("SerializationException", "The request body is not a JSON object.");
}
