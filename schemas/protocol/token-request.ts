import { didYouMean } from "../json/nearest.ts";
import { ok, type Result, refused } from "../result.ts";

/** A caller's parsed request; a property that is absent was not sent. */
export interface TokenRequest {
  readonly app?: string;
  readonly subject: RequestedSubject;
  /** Sorted and without duplicates; never empty. */
  readonly scopes?: readonly string[];
  readonly resource?: string;
  /** Seconds of life the token must still have. */
  readonly minTtl: number;
  /** Lower-case hex SHA-256 of a token of ours that Box refused. */
  readonly rejectedTokenSha256?: string;
}

/** An enterprise's id is absent where the caller means the app's own. */
export type RequestedSubject =
  | { readonly type: "enterprise"; readonly id?: string }
  | { readonly type: "user"; readonly id: string };

/** Why a request cannot be parsed: a row of the problem table and a sentence that states what is allowed. */
export interface RequestRefusal {
  readonly code: "invalid_request" | "unsupported_grant_type" | "unknown_path" | "method_not_allowed";
  readonly description: string;
}

/** Life that a token must still have where the request has no `min_ttl`. */
export const DEFAULT_MIN_TTL_SECONDS = 300;
/** Half of the hour that Box gives a token: more would leave the cache nothing to return. */
export const MAX_MIN_TTL_SECONDS = 1800;
/** Characters; all scopes that Box documents have fewer together. */
export const MAX_SCOPE_LENGTH = 2048;

/** The parameters of a token request, in any of its three forms: a form, a JSON document or an Invoke event. */
const PARAMETERS = [
  "app",
  "grant_type",
  "box_subject_type",
  "box_subject_id",
  "scope",
  "resource",
  "min_ttl",
  "rejected_token_sha256",
] as const;
type Parameter = (typeof PARAMETERS)[number];

/** The name of a configured Box app: 1 to 64 letters, digits, dots, hyphens and underscores. */
export const APP_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The form of each parameter's text, and its description. */
export const TOKEN_REQUEST_FORMS = {
  app: [APP_NAME, "the name of a configured app: 1 to 64 letters, digits, dots, hyphens and underscores"],
  grant_type: [/^[\x21-\x7e]{1,128}$/, '"client_credentials"'],
  box_subject_type: [/^(?:enterprise|user)$/, '"enterprise" or "user"'],
  box_subject_id: [/^[0-9]{1,20}$/, "a Box enterprise or user id: a string of 1 to 20 digits"],
  scope: [
    /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
    "Box scopes separated by single spaces",
  ],
  resource: [
    /^https:\/\/api\.box\.com\/2\.0\/(?:files|folders)\/[0-9]{1,20}$/,
    "one Box file or folder: https://api.box.com/2.0/files/ID or https://api.box.com/2.0/folders/ID",
  ],
  min_ttl: [/^[0-9]{1,4}$/, `a whole number of seconds from 0 to ${MAX_MIN_TTL_SECONDS}`],
  rejected_token_sha256: [/^[0-9A-Fa-f]{64}$/, "the SHA-256 of the refused token: 64 hexadecimal digits"],
} as const satisfies Record<Parameter, readonly [RegExp, string]>;

/**
 * Parses the parameters of a token request (docs/http-api.md). Unknown parameters are refused, and so are empty
 * texts: neither a misspelt nor an empty `scope` must widen a token. `undefined` counts as not sent; it is what the
 * reader of a form makes of a parameter without a value (RFC 6749 §3.2).
 */
export function parseTokenRequest(sent: object): Result<TokenRequest, RequestRefusal> {
  const parameters: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of Object.entries(sent)) {
    if (!isParameter(name))
      return invalid(
        `There is no such parameter. Allowed are ${PARAMETERS.join(", ")}.${didYouMean(name, PARAMETERS)}`,
      );
    if (value === undefined) continue;
    const text = name === "min_ttl" && typeof value === "number" ? String(value) : value;
    const [form, allowed] = TOKEN_REQUEST_FORMS[name];
    if (typeof text !== "string" || !form.test(text)) return invalid(`${name} must be ${allowed}.`);
    parameters[name] = text;
  }
  return assemble(parameters);
}

function assemble(parameters: Partial<Record<Parameter, string>>): Result<TokenRequest, RequestRefusal> {
  const { app, scope, resource } = parameters;
  if ((parameters.grant_type ?? "client_credentials") !== "client_credentials") {
    return refused({
      code: "unsupported_grant_type",
      description: "grant_type must be client_credentials, or be left out.",
    });
  }
  const subject = requestedSubject(parameters);
  if (subject === undefined) {
    return invalid("box_subject_id is required with box_subject_type=user: the id of the Box user.");
  }
  if (scope !== undefined && scope.length > MAX_SCOPE_LENGTH) {
    return invalid(`scope must be at most ${MAX_SCOPE_LENGTH} characters long.`);
  }
  const minTtl = Number(parameters.min_ttl ?? DEFAULT_MIN_TTL_SECONDS);
  if (minTtl > MAX_MIN_TTL_SECONDS) return invalid(`min_ttl must be ${TOKEN_REQUEST_FORMS.min_ttl[1]}.`);
  const rejected = parameters.rejected_token_sha256?.toLowerCase();
  return ok({
    ...(app !== undefined && { app }),
    subject,
    ...(scope !== undefined && { scopes: [...new Set(scope.split(" "))].sort() }),
    ...(resource !== undefined && { resource }),
    minTtl,
    ...(rejected !== undefined && { rejectedTokenSha256: rejected }),
  });
}

function requestedSubject(parameters: Partial<Record<Parameter, string>>): RequestedSubject | undefined {
  const { box_subject_type: type, box_subject_id: id } = parameters;
  if (type === "user") return id === undefined ? undefined : { type, id };
  return id === undefined ? { type: "enterprise" } : { type: "enterprise", id };
}

function isParameter(name: string): name is Parameter {
  return (PARAMETERS as readonly string[]).includes(name);
}

function invalid(description: string): Result<never, RequestRefusal> {
  return refused({ code: "invalid_request", description });
}
