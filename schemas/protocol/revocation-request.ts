import { didYouMean } from "../json/nearest.ts";
import { ok, type Result, refused } from "../result.ts";
import type { RequestRefusal } from "./token-request.ts";

/** A caller's parsed request to end a token (RFC 7009 §2.1). */
export interface RevocationRequest {
  readonly token: string;
}

/** More than any token of Box has; the body's limit is larger. */
const MAX_TOKEN_LENGTH = 8_192;

const PARAMETERS = ["token", "token_type_hint"] as const;

/** The form of each parameter's text, and its description. */
export const REVOCATION_REQUEST_FORMS = {
  token: [
    new RegExp(`^[\\x21-\\x7e]{1,${MAX_TOKEN_LENGTH}}$`),
    `an access token: 1 to ${MAX_TOKEN_LENGTH} characters without spaces`,
  ],
  // RFC 7009 §2.1: a hint; the service finds every token without it.
  token_type_hint: [/^[\x21-\x7e]{1,128}$/, '"access_token"'],
} as const satisfies Record<(typeof PARAMETERS)[number], readonly [RegExp, string]>;

/** Whether the parameters of a direct invoke are those of a revocation: no token request has a `token`. */
export function isRevocation(sent: object): boolean {
  return Object.hasOwn(sent, "token");
}

/** Parses the parameters of a revocation request. Unknown parameters are refused; `undefined` counts as not sent. */
export function parseRevocationRequest(sent: object): Result<RevocationRequest, RequestRefusal> {
  let token: string | undefined;
  for (const [name, value] of Object.entries(sent)) {
    if (name !== "token" && name !== "token_type_hint") {
      const meant = didYouMean(name, PARAMETERS);
      return invalid(`There is no such parameter. Allowed are ${PARAMETERS.join(", ")}.${meant}`);
    }
    if (value === undefined) continue;
    const [form, allowed] = REVOCATION_REQUEST_FORMS[name];
    if (typeof value !== "string" || !form.test(value)) return invalid(`${name} must be ${allowed}.`);
    if (name === "token") token = value;
  }
  if (token === undefined) return invalid("token is required: the access token to end.");
  return ok({ token });
}

function invalid(description: string): Result<never, RequestRefusal> {
  return refused({ code: "invalid_request", description });
}
