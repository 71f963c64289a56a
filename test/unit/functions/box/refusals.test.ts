import { describe, expect, it } from "vitest";
import type { BoxCall } from "../../../../functions/box/errors.ts";
import { readTokenResponse } from "../../../../functions/box/responses.ts";
import type { Failure, ProblemCode } from "../../../../schemas/protocol/problems.ts";

/** Every row of the catalogue of Box's responses at `POST /oauth2/token`, with the exact text from the wire. */
type Row = readonly [error: string, description: string, code: ProblemCode];

const GRANT: readonly Row[] = [
  ["invalid_client", "The client credentials are invalid", "box_client_refused"],
  ["invalid_client", "The client_id is invalid", "box_client_refused"],
  ["invalid_client", "The client credentials are not valid", "box_client_refused"],
  ["invalid_request", "Invalid grant_type parameter or parameter missing", "box_url_wrong"],
  ["invalid_request", "The grant type is unauthorized for this client_id", "box_grant_not_enabled"],
  ["unauthorized_client", "The grant type is unauthorized for this client_id", "box_grant_not_enabled"],
  ["unauthorized_client", "This app is not authorized by the enterprise admin", "box_app_not_authorized"],
  [
    "unauthorized_client",
    'The "box_subject_type" value is unauthorized for this client_id',
    "box_user_tokens_not_enabled",
  ],
  [
    "invalid_request",
    "Cannot obtain user token based on the enterprise configuration for your app",
    "box_user_tokens_not_enabled",
  ],
  [
    "invalid_grant",
    "Cannot obtain token based on the enterprise configuration for your app",
    "box_app_not_authorized",
  ],
  ["invalid_grant", "Grant credentials are invalid", "box_grant_refused"],
  ["insufficient_scope", "Insufficient permissions for the requested scope.", "box_app_not_authorized"],
  [
    "invalid_grant",
    "Current date/time MUST be before the expiration date/time listed in the 'exp' claim",
    "box_clock_skewed",
  ],
  [
    "invalid_grant",
    "Current date/time MUST be after or equal to the not-before date/time  listed in the 'nbf' or 'iat' claim",
    "box_clock_skewed",
  ],
  [
    "invalid_grant",
    "Please check the 'exp' claim. The 'exp' value exceeds the maximum value of 60 seconds beyond the issue time.",
    "box_clock_skewed",
  ],
  ["invalid_grant", "Please check the 'exp' claim. Should be an integer", "box_assertion_refused"],
  ["invalid_grant", "Please check the 'exp' claim.", "box_clock_skewed"],
  [
    "invalid_grant",
    "Please check the 'jti' claim. A unique 'jti' value is required.",
    "box_assertion_replayed",
  ],
  ["invalid_grant", "Please check the 'jti' claim.", "box_assertion_replayed"],
  ["invalid_grant", "Please check the 'sub' claim. The 'sub' specified is invalid.", "box_subject_refused"],
  ["invalid_grant", "Please check the 'sub' claim", "box_subject_refused"],
  [
    "invalid_grant",
    "Please check the 'iss' claim. The client id specified is invalid.",
    "box_assertion_refused",
  ],
  ["invalid_grant", "Please check the 'iss' claim.", "box_assertion_refused"],
  ["invalid_grant", "Please check the 'aud' claim.", "box_assertion_refused"],
  [
    "invalid_grant",
    'Signature verification error. The public key identified by "kid" must correspond to the private key used for signing.',
    "box_key_refused",
  ],
  ["invalid_grant", '"kid" invalid, unable to lookup correct key', "box_key_refused"],
  ["invalid_grant", '"kid" empty, unable to lookup correct key', "box_key_refused"],
  ["invalid_grant", "Algorithm not allowed", "box_assertion_refused"],
  [
    "invalid_grant",
    "OpenSSL unable to verify data: error:0906D06C:PEM routines:PEM_read_bio:no start line",
    "box_key_refused",
  ],
  ["invalid_grant", "Something that Box has never said before", "box_refused"],
  ["terms_of_service_required", "", "box_terms_not_accepted"],
  ["terms_of_service_required", "Please accept the terms of service", "box_terms_not_accepted"],
  ["invalid_scope", "The scope is invalid", "box_scope_refused"],
  ["temporarily_unavailable", "", "box_unavailable"],
  ["access_from_location_blocked", "Access from this location is blocked", "box_location_blocked"],
  ["forbidden_by_policy", "Forbidden by policy", "box_policy_forbids"],
  ["password_reset_required", "User needs to reset password", "box_password_reset_required"],
  // These belong to grants that the function does not use, so a refusal of our grant with one of them is unknown.
  ["invalid_grant", "Refresh token has expired", "box_refused"],
  ["invalid_grant", "Auth code doesn't exist or is invalid for the client", "box_refused"],
  ["invalid_grant", "The authorization code has expired", "box_refused"],
];

const EXCHANGE: readonly Row[] = [
  ["invalid_resource", "The target resource is invalid.", "box_resource_refused"],
  ["insufficient_scope", "Insufficient permissions for the requested scope.", "box_scope_refused"],
  ["invalid_scope", "The scope is invalid", "box_scope_refused"],
  ["invalid_token", "The supplied token is invalid", "box_token_refused"],
  ["invalid_grant", "Invalid refresh token", "box_token_refused"],
  ["invalid_grant", "Refresh token has expired", "box_token_refused"],
  ["invalid_request", "Invalid grant_type parameter or parameter missing", "box_url_wrong"],
  ["access_from_location_blocked", "Access from this location is blocked", "box_location_blocked"],
  ["forbidden_by_policy", "Forbidden by policy", "box_policy_forbids"],
  [
    "access_denied_insufficient_permissions",
    "Access denied - insufficient permission",
    "box_permission_denied",
  ],
  ["invalid_request", "The subject_token provided is invalid", "box_token_refused"],
  ["unauthorized_client", "The grant type is unauthorized for this client_id", "box_grant_not_enabled"],
  ["terms_of_service_required", "", "box_terms_not_accepted"],
];

const HEADERS = {
  date: "Mon, 01 Jun 2026 12:00:00 GMT",
  "content-type": "application/json",
  "cache-control": "no-store",
};

function failureOf(call: BoxCall, status: number, body: string, headers: object = {}): Failure {
  try {
    readTokenResponse(call, { status, headers: { ...HEADERS, ...headers }, body });
  } catch (failure) {
    return failure as Failure;
  }
  return expect.fail("the response was taken for a token");
}

/** As PHP encodes it: slashes escaped, and a help_url. */
const phpJson = (error: string, error_description: string) =>
  JSON.stringify({ error, error_description, help_url: "http://developers.box.com/docs/#errors" }).replaceAll(
    "/",
    "\\/",
  );

describe.each([
  ["a grant", "grant", GRANT],
  ["an exchange", "exchange", EXCHANGE],
] as const)("Box refuses %s with", (_what, call, rows) => {
  it.each(rows)("%s: %s → %s", (error, description, code) => {
    expect(failureOf(call, 400, JSON.stringify({ error, error_description: description })).code).toBe(code);
    expect(failureOf(call, 400, phpJson(error, description)).code).toBe(code);
    expect(failureOf(call, 403, JSON.stringify({ error, error_description: description })).code).toBe(code);
  });

  it.each(rows)("%s: %s, in the punctuation of Box's documentation", (error, description, code) => {
    const documented = description.replaceAll(`"`, "`").replaceAll("'", "’").replace(/\.$/, "");
    expect(failureOf(call, 400, JSON.stringify({ error, error_description: documented })).code).toBe(code);
  });
});

describe("Box responds with", () => {
  const limited = `{"type":"error","status":429,"code":"rate_limit_exceeded","message":"Request rate limit exceeded","request_id":"abc"}`;

  it.each<[string, BoxCall, number, string, ProblemCode]>([
    ["429 with its JSON", "grant", 429, limited, "box_rate_limited"],
    ["429 without a body", "grant", 429, "", "box_rate_limited"],
    ["429 to an exchange", "exchange", 429, limited, "box_rate_limited"],
    ["rate_limit_exceeded under another status", "grant", 400, limited, "box_rate_limited"],
    ["500 in HTML", "grant", 500, "<html><h1>Internal Server Error</h1></html>", "box_unavailable"],
    ["502 in HTML", "grant", 502, "<html>Bad Gateway</html>", "box_unavailable"],
    ["503 with an OAuth error", "grant", 503, `{"error":"invalid_grant"}`, "box_unavailable"],
    ["504 without a body", "exchange", 504, "", "box_unavailable"],
    ["408", "grant", 408, "", "box_unavailable"],
    ["401 with an empty body to an exchange", "exchange", 401, "", "box_scope_refused"],
    ["401 with an empty body to a grant", "grant", 401, "", "box_unexpected_answer"],
    ["302 without a body", "grant", 302, "", "box_unexpected_answer"],
    ["302 in HTML", "grant", 302, "<html>Moved</html>", "box_unexpected_answer"],
    ["400 in HTML", "grant", 400, "<html>Bad Request</html>", "box_unexpected_answer"],
    ["400 with truncated JSON", "grant", 400, `{"error":"invalid_gr`, "box_unexpected_answer"],
    ["400 with a JSON array", "grant", 400, `["invalid_grant"]`, "box_unexpected_answer"],
    ["400 with JSON without an error", "grant", 400, "{}", "box_refused"],
    ["400 with properties of other types", "grant", 400, `{"error":7,"error_description":[]}`, "box_refused"],
    ["403 of its API", "exchange", 403, `{"code":"insufficient_scope","message":"x"}`, "box_scope_refused"],
    ["403 of its API to a grant", "grant", 403, `{"code":"never_seen","message":"x"}`, "box_refused"],
    ["403 without a body", "grant", 403, "", "box_refused"],
    ["403 in HTML", "exchange", 403, "<html>Forbidden</html>", "box_refused"],
    [
      "403 with error and code",
      "grant",
      403,
      `{"error":"x","code":"forbidden_by_policy"}`,
      "box_policy_forbids",
    ],
    ["204", "grant", 204, "", "box_unexpected_answer"],
    ["201 with a token", "grant", 201, `{"access_token":"t","expires_in":3600}`, "box_unexpected_answer"],
  ])("%s", (_case, call, status, body, code) => {
    expect(failureOf(call, status, body).code).toBe(code);
  });

  it.each([
    ["nothing", ""],
    ["truncated JSON", `{"access_token":"DkXZmsjUKizvL2z0WiaLvMBeQ756XCGGf","expires_in":36`],
    ["null", "null"],
    ["an array", "[]"],
    ["no token", `{"expires_in":3600}`],
    ["an empty token", `{"access_token":"","expires_in":3600}`],
    ["a token that is not a string", `{"access_token":7,"expires_in":3600}`],
    ["a token with a line break", `{"access_token":"a\\r\\nb","expires_in":3600}`],
    ["a token of 5,000 characters", `{"access_token":"${"a".repeat(5_000)}","expires_in":3600}`],
    ["no expires_in", `{"access_token":"t"}`],
    ["expires_in as a string", `{"access_token":"t","expires_in":"3600"}`],
    ["expires_in of 0", `{"access_token":"t","expires_in":0}`],
    ["a negative expires_in", `{"access_token":"t","expires_in":-1}`],
    ["an infinite expires_in", `{"access_token":"t","expires_in":1e999}`],
    ["an error", `{"error":"invalid_grant","error_description":"x"}`],
  ])("200 with %s: not a token", (_case, body) => {
    expect(failureOf("grant", 200, body).code).toBe("box_unexpected_answer");
  });
});

describe("Retry-After", () => {
  const retryAfter = (headers: object, status = 429) => failureOf("grant", status, "", headers).retryAfter;

  it("is reported in seconds, for 429 and for 503", () => {
    expect(retryAfter({ "retry-after": "7" })).toBe(7);
    expect(retryAfter({ "retry-after": "0" })).toBe(0);
    expect(retryAfter({ "retry-after": "120" }, 503)).toBe(120);
  });

  it("may be a date, which counts from the response's own Date, not from our clock", () => {
    expect(retryAfter({ "retry-after": "Mon, 01 Jun 2026 12:00:30 GMT" })).toBe(30);
    expect(retryAfter({ "retry-after": "Mon, 01 Jun 2026 11:00:00 GMT" })).toBe(0);
    expect(retryAfter({ "retry-after": "Mon, 01 Jun 2026 12:00:30 GMT", date: undefined })).toBeUndefined();
  });

  it("is five minutes at most for the caller that gets it first too, as for those after it", () => {
    expect(retryAfter({ "retry-after": "999999" })).toBe(300);
    expect(retryAfter({ "retry-after": "1000000" })).toBe(300);
    expect(retryAfter({ "retry-after": "9".repeat(400) })).toBe(300);
    expect(retryAfter({ "retry-after": "Mon, 01 Jun 2126 12:00:30 GMT" })).toBe(300);
  });

  it.each(["soon", "", "-3", "1.5", "1e3", "0x10"])("ignores the invalid value %j", (header) => {
    expect(retryAfter({ "retry-after": header })).toBeUndefined();
  });

  it("is absent if Box does not send it", () => {
    expect(retryAfter({})).toBeUndefined();
  });
});

describe("Box's error in the log", () => {
  const detail = (error: string, error_description: string) =>
    failureOf("grant", 400, JSON.stringify({ error, error_description })).message;

  it("has the status, the error and the description", () => {
    expect(detail("invalid_grant", "Please check the 'sub' claim.")).toBe(
      "Box responded with 400 invalid_grant Please check the 'sub' claim.",
    );
  });

  it("has the code of an unknown 403", () => {
    const body = `{"type":"error","status":403,"code":"never_seen","message":"No."}`;
    expect(failureOf("grant", 403, body).message).toBe("Box responded with 403 never_seen No.");
  });

  it("has nothing long enough to be a key, a token, a secret or an assertion", () => {
    const secrets = [
      "DkXZmsjUKizvL2z0WiaLvMBeQ756XCGG",
      "eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl-_x",
      "a".repeat(24),
    ];
    for (const secret of secrets) {
      expect(detail("invalid_grant", `you sent ${secret}!`)).toBe(
        "Box responded with 400 invalid_grant you sent [...]!",
      );
      expect(detail(secret, "x")).toBe("Box responded with 400 [...] x");
    }
  });

  it("is truncated and cannot forge a line", () => {
    expect(detail("x", "many words ".repeat(100)).length).toBeLessThan(400);
    expect(detail("x\n{}", "a\r\nb\u2028c\u0000d\u001b[2J")).toBe("Box responded with 400 x?{} a??b?c?d?[2J");
  });
});

describe("the full token is suspected", () => {
  const suspects = (call: BoxCall, status: number, body: string) =>
    failureOf(call, status, body).suspectsToken;

  it.each([
    ["invalid_token", 400, `{"error":"invalid_token"}`],
    ["invalid_grant", 400, `{"error":"invalid_grant"}`],
    ["a 401 without a body", 401, ""],
  ])("after %s to an exchange", (_, status, body) => {
    expect(suspects("exchange", status, body)).toBe(true);
  });

  it.each<[string, BoxCall, number, string]>([
    ["invalid_scope to an exchange", "exchange", 400, `{"error":"invalid_scope"}`],
    ["invalid_resource to an exchange", "exchange", 400, `{"error":"invalid_resource"}`],
    ["a 401 that names the scope", "exchange", 401, `{"error":"insufficient_scope"}`],
    ["a grant's 401 without a body", "grant", 401, ""],
    ["429 to an exchange", "exchange", 429, ""],
  ])("not after %s", (_, call, status, body) => {
    expect(suspects(call, status, body)).toBe(false);
  });
});
