import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { APP_NAME } from "../../schemas/protocol/token-request.ts";
import {
  type RefusalReason,
  WEBHOOK_PROBLEMS,
  type WebhookProblemCode,
} from "../../schemas/protocol/webhook-problems.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { DeliveryOutcome, IncomingDelivery } from "../broker/deliver-webhook.ts";
import type { SignedBody } from "../broker/webhooks/signature.ts";

/** The parts of a Function URL's event (payload format 2.0) that we read, none of which is taken on trust. */
interface UrlEvent {
  readonly rawPath?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
  readonly requestContext?: { readonly http?: { readonly method?: unknown } };
}

/** Twice what a target takes, so that a signed event which is too large is reported as one. */
const MAX_BODY_BYTES = 2 * 1_048_576;

/** 32 bytes in base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;
/** RFC 3339 §5.6. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** A UUID today. */
const DELIVERY_ID = /^[A-Za-z0-9-]{1,64}$/;

/** `POST /APP`, with the form of a delivery. Reads no more of the request than it has to refuse it. */
export function parseDelivery(event: unknown): Result<IncomingDelivery, RefusalReason> {
  const { rawPath, headers, body, isBase64Encoded, requestContext } = (event ?? {}) as UrlEvent;
  if (requestContext?.http?.method !== "POST") return refused("method");
  const app = typeof rawPath === "string" && rawPath.startsWith("/") ? rawPath.slice(1) : "";
  if (!APP_NAME.test(app)) return refused("path");
  if (typeof body !== "string" || body === "") return refused("body_missing");
  const isBase64 = isBase64Encoded === true;
  if (sizeOf(body, isBase64) > MAX_BODY_BYTES) return refused("body_too_large");
  const signature = parseHeaders(headerReader(headers));
  if (!signature.ok) return signature;
  const { sentAt, deliveryId, ...signatures } = signature.value;
  const bytes = Buffer.from(body, isBase64 ? "base64" : "utf8");
  return ok({ app, sentAt, deliveryId, signed: { body: bytes, ...signatures } });
}

type ReadHeader = (name: string) => string | undefined;
type SignatureHeaders = Pick<IncomingDelivery, "sentAt" | "deliveryId"> & Omit<SignedBody, "body">;

function parseHeaders(header: ReadHeader): Result<SignatureHeaders, RefusalReason> {
  if (header("box-signature-version") !== "1") return refused("version");
  if (header("box-signature-algorithm") !== "HmacSHA256") return refused("algorithm");
  const timestamp = header("box-delivery-timestamp") ?? "";
  const sentAt = TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(sentAt)) return refused("timestamp");
  const primary = signatureIn(header("box-signature-primary"));
  const secondary = signatureIn(header("box-signature-secondary"));
  if (primary === undefined && secondary === undefined) return refused("signature_missing");
  const deliveryId = header("box-delivery-id") ?? "";
  return ok({
    ...{ sentAt, timestamp, deliveryId: DELIVERY_ID.test(deliveryId) ? deliveryId : undefined },
    ...(primary !== undefined && { primary }),
    ...(secondary !== undefined && { secondary }),
  });
}

/** Bytes of the body, computed without decoding it. */
const sizeOf = (body: string, isBase64: boolean): number =>
  isBase64 ? Math.floor((body.length * 3) / 4) : Buffer.byteLength(body);

/** Names are matched in any case, as HTTP has it; Lambda writes them in lower case. */
function headerReader(headers: unknown): ReadHeader {
  const values = new Map<string, unknown>();
  if (typeof headers === "object" && headers !== null) {
    for (const [name, value] of Object.entries(headers)) values.set(name.toLowerCase(), value);
  }
  return (name) => {
    const value = values.get(name);
    return typeof value === "string" ? value : undefined;
  };
}

function signatureIn(header: string | undefined): Buffer | undefined {
  return header !== undefined && SIGNATURE.test(header) ? Buffer.from(header, "base64") : undefined;
}

/** Box reads the status alone: it sends a delivery again unless that is 2xx. The body is for a person with curl. */
export function webhookResponse(
  outcome: DeliveryOutcome,
  requestId: string,
): APIGatewayProxyStructuredResultV2 {
  if (outcome.kind === "refused") return problem("delivery_refused");
  const { code } = outcome;
  return code === undefined
    ? { statusCode: 204, headers: HEADERS }
    : problem(code, { request_id: requestId });
}

const HEADERS = { "cache-control": "no-store" };

function problem(code: WebhookProblemCode, more: object = {}): APIGatewayProxyStructuredResultV2 {
  const { status, title, remedy, retryable } = WEBHOOK_PROBLEMS[code];
  return {
    statusCode: status,
    headers: { ...HEADERS, "content-type": "application/json" },
    body: JSON.stringify({ code, description: `${title} ${remedy}`, retryable, ...more }),
  };
}
