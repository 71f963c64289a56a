import type { Fault, FaultName } from "../faults/faults.ts";
import type { HttpResponse } from "../http/server.ts";
import { type ApiErrorCode, apiError } from "./api/errors.ts";
import { BoxRefusal } from "./errors.ts";
import type { BoxApp } from "./state.ts";

export type BoxFault = FaultName<"box">;

/** The effect of the faults that apply to one request. */
export interface Conditions {
  /** Delays the request before it takes effect. */
  readonly slow: Fault<BoxFault> | undefined;
  /** Delays the response, after the request has taken effect. */
  readonly slowAfter: Fault<BoxFault> | undefined;
  /** The response that is sent without processing the request. */
  readonly instead: HttpResponse | undefined;
  /** How far Box's clock is ahead for this request. */
  readonly skewSeconds: number;
  /** How old a token must be before it is exchanged, in seconds. */
  readonly lagSeconds: number;
  view(app: BoxApp): BoxApp;
  /** Damages the response. */
  damage(response: HttpResponse): HttpResponse;
}

/** A fault that is a refusal, whatever was requested: in the form of Box's API, or of OAuth. */
interface Refusal {
  readonly fault: BoxFault;
  /** The operations that it concerns; default: every one. */
  readonly of?: readonly string[];
  readonly refusal: ApiErrorCode | BoxRefusal;
}

const GRANTS = ["token/jwt-bearer", "token/client_credentials"];
const EXCHANGE = ["token/token-exchange"];

const REFUSALS: readonly Refusal[] = [
  { fault: "location-blocked", refusal: "access_from_location_blocked" },
  { fault: "forbidden-by-policy", refusal: "forbidden_by_policy" },
  { fault: "unknown-403", refusal: "forbidden_by_something_new" },
  { fault: "password-reset", refusal: "password_reset_required" },
  { fault: "permission-denied", of: EXCHANGE, refusal: "access_denied_insufficient_permissions" },
  { fault: "token-refused", of: EXCHANGE, refusal: new BoxRefusal("subjectTokenRefused") },
  {
    fault: "lost-body",
    of: [...GRANTS, ...EXCHANGE, "token/authorization_code", "token/refresh_token"],
    refusal: new BoxRefusal("grantTypeMissing"),
  },
  { fault: "terms-not-accepted", of: GRANTS, refusal: new BoxRefusal("termsNotAccepted") },
  {
    fault: "code-expired",
    of: ["token/authorization_code"],
    refusal: new BoxRefusal("authorizationCodeExpired"),
  },
  {
    fault: "refresh-token-expired",
    of: ["token/refresh_token"],
    refusal: new BoxRefusal("refreshTokenExpired"),
  },
  { fault: "refresh-token-revoked", of: ["token/refresh_token"], refusal: new BoxRefusal("refreshToken") },
];

/** @param operation what was requested, from the general to the special: `token/jwt-bearer` */
export function conditions(applied: readonly Fault<BoxFault>[], operation: string): Conditions {
  const fault = (name: BoxFault) => applied.find((candidate) => candidate.name === name);
  return {
    slow: fault("slow"),
    slowAfter: fault("slow-after"),
    instead: faultResponse(fault) ?? refusalOf(fault, operation),
    lagSeconds: fault("exchange-lag")?.lagSeconds ?? (fault("exchange-lag") ? 60 : 0),
    skewSeconds: fault("skewed-clock")?.skewSeconds ?? (fault("skewed-clock") ? 3_600 : 0),
    view: (app) => ({
      ...app,
      authorized: app.authorized && fault("unauthorized-app") === undefined,
      enabled: app.enabled && fault("disabled-app") === undefined,
      publicKeys: fault("key-removed") ? new Map() : app.publicKeys,
    }),
    damage(response) {
      if (fault("lost-response")) return { ...response, cut: "before" };
      const failed = fault("server-error-after");
      if (failed) return apiError("unavailable", {}, {}, failed.status ?? 503);
      if (fault("reset-after")) return { ...response, cut: "mid-body" };
      if (fault("truncated-json") === undefined) return response;
      const body = String(response.body ?? "");
      return { ...response, body: body.slice(0, Math.ceil(body.length / 2)) };
    },
  };
}

function refusalOf(
  fault: (name: BoxFault) => Fault<BoxFault> | undefined,
  operation: string,
): HttpResponse | undefined {
  const row = REFUSALS.find(
    ({ fault: name, of = [operation] }) => fault(name) !== undefined && of.includes(operation),
  );
  if (row === undefined) return undefined;
  return typeof row.refusal === "string" ? apiError(row.refusal) : row.refusal.toResponse();
}

function faultResponse(fault: (name: BoxFault) => Fault<BoxFault> | undefined): HttpResponse | undefined {
  if (fault("reset")) return { status: 0, cut: "before" };
  const limited = fault("rate-limited");
  if (limited) {
    const seconds = limited.retryAfterSeconds;
    return apiError("rate_limit_exceeded", seconds === undefined ? {} : { "Retry-After": String(seconds) });
  }
  const failed = fault("server-error");
  if (failed) return apiError("unavailable", {}, {}, failed.status ?? 503);
  const page = fault("html-body");
  if (page === undefined) return undefined;
  const body = "<!DOCTYPE html><html><head><title>Box</title></head><body>We'll be right back.</body></html>";
  return { status: page.status ?? 200, headers: { "Content-Type": "text/html" }, body };
}
