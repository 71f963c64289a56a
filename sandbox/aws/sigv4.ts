import { timingSafeEqual } from "node:crypto";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { HttpRequest } from "../http/server.ts";
import {
  type Authorization,
  canonicalRequest,
  parseAuthorization,
  sha256Hex,
  signature,
} from "./canonical-request.ts";
import type { Identity } from "./identities.ts";

/** AWS's names for what can be wrong with a signature; the message is AWS's too. */
export interface SignatureRefusal {
  readonly type:
    | "MissingAuthenticationTokenException"
    | "IncompleteSignatureException"
    | "InvalidSignatureException"
    | "UnrecognizedClientException";
  readonly message: string;
}

export interface Expected {
  readonly region: string;
  readonly service: string;
  readonly identities: readonly Identity[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How far the caller's clock may be off, in milliseconds. */
const CLOCK_WINDOW_MS = 5 * 60 * 1_000;

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const REFUSALS = {
  missing: ["MissingAuthenticationTokenException", "Missing Authentication Token"],
  incomplete: [
    "IncompleteSignatureException",
    "Authorization header is not in the form of Signature Version 4.",
  ],
  undated: [
    "IncompleteSignatureException",
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  ],
  unsignedHeader: [
    "InvalidSignatureException",
    "'Host' and every 'X-Amz-*' header must be a 'SignedHeader'.",
  ],
  region: ["InvalidSignatureException", "Credential should be scoped to a valid region."],
  service: ["InvalidSignatureException", "Credential should be scoped to correct service."],
  scopeDate: [
    "InvalidSignatureException",
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 date.",
  ],
  unknown: ["UnrecognizedClientException", "The security token included in the request is invalid."],
  mismatch: ["InvalidSignatureException", MISMATCH],
} as const satisfies Record<string, readonly [SignatureRefusal["type"], string]>;

/**
 * Verifies Signature Version 4 in the `Authorization` header for real: scope, clock, signed headers, payload
 * hash (S3 alone knows `UNSIGNED-PAYLOAD`) and HMAC. Presigned URLs are refused as unsigned.
 */
export function verifySignature(
  request: HttpRequest,
  expected: Expected,
): Result<Identity, SignatureRefusal> {
  const header = request.headers.authorization;
  if (header === undefined) return refuse("missing");
  const given = parseAuthorization(header);
  if (given === undefined) return refuse("incomplete");
  const timestamp = request.headers["x-amz-date"];
  const time = timestamp === undefined ? Number.NaN : millisOf(timestamp);
  if (timestamp === undefined || Number.isNaN(time)) return refuse("undated");
  const wrong = scopeProblem(given, timestamp, request, expected);
  if (wrong !== undefined) return refuse(wrong);
  const skew = clockProblem(timestamp, time, expected.now);
  if (skew !== undefined) return refused({ type: "InvalidSignatureException", message: skew });
  const identity = expected.identities.find(({ accessKeyId }) => accessKeyId === given.accessKeyId);
  if (identity === undefined || !tokenFits(identity, request)) return refuse("unknown");
  const payloadHash = claimedPayloadHash(request);
  const computed = signature(
    identity.secretAccessKey,
    given,
    timestamp,
    canonicalRequest(request, given.signedHeaders, payloadHash ?? ""),
  );
  return payloadHash !== undefined && equal(computed, given.signature) ? ok(identity) : refuse("mismatch");
}

function refuse(reason: keyof typeof REFUSALS): Result<never, SignatureRefusal> {
  const [type, message] = REFUSALS[reason];
  return refused({ type, message });
}

function scopeProblem(
  given: Authorization,
  timestamp: string,
  { headers }: HttpRequest,
  { region, service }: Expected,
): keyof typeof REFUSALS | undefined {
  const signed = new Set(given.signedHeaders);
  if (!signed.has("host")) return "unsignedHeader";
  if (Object.keys(headers).some((name) => name.startsWith("x-amz-") && !signed.has(name)))
    return "unsignedHeader";
  if (given.region !== region) return "region";
  if (given.service !== service) return "service";
  return timestamp.startsWith(given.date) ? undefined : "scopeDate";
}

/** In AWS's words, where the request was signed too long ago or too far ahead. */
function clockProblem(timestamp: string, time: number, now: number): string | undefined {
  const [earliest, latest] = [now - CLOCK_WINDOW_MS, now + CLOCK_WINDOW_MS];
  if (time < earliest)
    return `Signature expired: ${timestamp} is now earlier than ${timestampOf(earliest)} (${timestampOf(now)} - 5 min.)`;
  if (time > latest)
    return `Signature not yet current: ${timestamp} is still later than ${timestampOf(latest)} (${timestampOf(now)} + 5 min.)`;
  return undefined;
}

/** A temporary key comes with its own session token, and a lasting one with none: AWS knows no other pairs. */
function tokenFits({ sessionToken = "" }: Identity, { headers }: HttpRequest): boolean {
  return (headers["x-amz-security-token"] ?? "") === sessionToken;
}

/** The payload hash to sign over, or `undefined` if the body does not have the hash that was claimed. */
function claimedPayloadHash({ headers, body }: HttpRequest): string | undefined {
  const computed = sha256Hex(body);
  const claimed = headers["x-amz-content-sha256"] ?? computed;
  return claimed === computed ? claimed : undefined;
}

const timestampOf = (millis: number): string => new Date(millis).toISOString().replaceAll(/[-:]|\.\d+/g, "");

function millisOf(timestamp: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (parts === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
