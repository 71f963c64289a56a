import type { ProblemCode } from "../../schemas/protocol/problems.ts";
import type { Subject } from "../broker/ports.ts";

export type BoxCall = "grant" | "exchange" | "code" | "refresh" | "revoke";

interface BoxErrorRow {
  /** Box's `error`, or the `code` of an error in the form of Box's API, where it decides. */
  readonly error?: string;
  /** Part of Box's `error_description`, in lower case and without quotation marks. */
  readonly says?: string;
  /** The call it is about, where the same words mean different things. */
  readonly on?: BoxCall;
  readonly code: ProblemCode;
}

/**
 * What Box's refusals mean, first match first. Box has a handful of `error` values for dozens of causes, so most
 * rows go by the description, whose punctuation differs between Box's documentation and its servers.
 */
const ROWS: readonly BoxErrorRow[] = [
  { error: "terms_of_service_required", code: "box_terms_not_accepted" },
  { error: "access_from_location_blocked", code: "box_location_blocked" },
  { error: "forbidden_by_policy", code: "box_policy_forbids" },
  { error: "password_reset_required", code: "box_password_reset_required" },
  { error: "access_denied_insufficient_permissions", on: "exchange", code: "box_permission_denied" },
  { error: "invalid_resource", code: "box_resource_refused" },
  { error: "invalid_scope", code: "box_scope_refused" },
  { error: "insufficient_scope", on: "exchange", code: "box_scope_refused" },
  { error: "insufficient_scope", code: "box_app_not_authorized" },
  { error: "rate_limit_exceeded", code: "box_rate_limited" },
  { error: "temporarily_unavailable", code: "box_unavailable" },
  // Our forms always have a grant_type: it was lost on the way to Box, or another host of Box responded.
  { says: "invalid grant_type parameter or parameter missing", code: "box_url_wrong" },
  { says: "not authorized by the enterprise admin", code: "box_app_not_authorized" },
  { says: "cannot obtain user token based on the enterprise", code: "box_user_tokens_not_enabled" },
  { says: "cannot obtain token based on the enterprise", code: "box_app_not_authorized" },
  { says: "box_subject_type value is unauthorized", code: "box_user_tokens_not_enabled" },
  { says: "grant type is unauthorized", code: "box_grant_not_enabled" },
  { says: "should be an integer", code: "box_assertion_refused" },
  { says: "exp claim", code: "box_clock_skewed" },
  { says: "current date/time must be", code: "box_clock_skewed" },
  { says: "jti claim", code: "box_assertion_replayed" },
  { says: "sub claim", code: "box_subject_refused" },
  { says: "iss claim", code: "box_assertion_refused" },
  { says: "aud claim", code: "box_assertion_refused" },
  { says: "algorithm not allowed", code: "box_assertion_refused" },
  { says: "signature verification error", code: "box_key_refused" },
  { says: "kid invalid", code: "box_key_refused" },
  { says: "kid empty", code: "box_key_refused" },
  { says: "openssl unable to verify", code: "box_key_refused" },
  { error: "invalid_client", code: "box_client_refused" },
  { says: "client_id is invalid", code: "box_client_refused" },
  { says: "grant credentials are invalid", code: "box_grant_refused" },
  // The subject token is dead, or not yet known to all of Box's servers.
  { says: "subject_token", on: "exchange", code: "box_token_refused" },
  { error: "invalid_token", on: "exchange", code: "box_token_refused" },
  { error: "invalid_grant", on: "exchange", code: "box_token_refused" },
  // Used before, older than 60 days, revoked, or another app's.
  { error: "invalid_grant", on: "refresh", code: "reconnect_required" },
  { says: "refresh token", on: "refresh", code: "reconnect_required" },
  { error: "invalid_grant", on: "code", code: "authorization_code_refused" },
];

/**
 * The problem that Box's refusal means.
 * @param errors the values of `error` and `code` that it has
 */
export function problemOf(call: BoxCall, errors: readonly string[], description: string): ProblemCode {
  const said = description.toLowerCase().replace(/["'`“”‘’]/g, "");
  const row = ROWS.find(
    (candidate) =>
      (candidate.error === undefined || errors.includes(candidate.error)) &&
      (candidate.says === undefined || said.includes(candidate.says)) &&
      (candidate.on === undefined || candidate.on === call),
  );
  return row?.code ?? "box_refused";
}

/** Refusals that another version of the app's secret can resolve. */
const CREDENTIAL_REFUSALS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "signing_key_refused",
  "box_key_refused",
  "box_client_refused",
  "box_grant_refused",
]);

/** Whether Box, or KMS for it, refused the app's credentials. */
export const isAboutCredentials = (code: ProblemCode): boolean => CREDENTIAL_REFUSALS.has(code);

/** Whether the refusal can mean the user just as well: Client Credentials Grant has the same words for both. */
export const canMeanUser = (code: ProblemCode, { type }: Subject): boolean =>
  code === "box_grant_refused" && type === "user";
