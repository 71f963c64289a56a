import { isObject } from "../../schemas/json/is-object.ts";
import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { BoxToken, BoxTokenPair } from "../../schemas/protocol/token-response.ts";
import { printable, printableCode } from "../log/printable.ts";
import { type BoxCall, problemOf } from "./errors.ts";
import type { HttpResponse } from "./http-client.ts";
import { boxRequestIdOf } from "./request-id.ts";
import { retryAfterOf } from "./retry-after.ts";

const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/** Statuses that decide by themselves, whatever the body contains. */
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  408: "box_unavailable",
  429: "box_rate_limited",
};

/**
 * The response half of Box's token endpoint.
 * @returns the token of a 200
 * @throws {Failure} the problem that any other response means
 */
export function readTokenResponse(call: BoxCall, response: HttpResponse): BoxToken {
  const origin = boxRequestIdOf(response);
  return { ...tokenOf(successOf(call, response), origin), ...origin };
}

/**
 * The response to an authorization code or a refresh token, which is used up: the refresh token that Box returns for it is
 * not lost because of what is wrong with the access token beside it.
 * @returns both tokens of a 200; with `expires_in` 0 where the access token cannot be used
 * @throws {Failure} the problem that any other response means
 */
export function readPairResponse(call: "code" | "refresh", response: HttpResponse): BoxTokenPair {
  const body = successOf(call, response);
  const origin = boxRequestIdOf(response);
  const refreshToken = refreshTokenOf(body, origin);
  try {
    return { access: { ...tokenOf(body, origin), ...origin }, refreshToken };
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return { access: { access_token: "", expires_in: 0, restricted_to: [], ...origin }, refreshToken };
  }
}

type Body = Readonly<Record<string, unknown>> | undefined;

/** @returns the body of a 200; undefined where it is no JSON object */
function successOf(call: BoxCall, response: HttpResponse): Body {
  if (response.status === 200) return parseObject(response.body);
  throw failureOf(call, response);
}

/** The problem that a response means. */
function failureOf(call: BoxCall, response: HttpResponse): Failure {
  const { status } = response;
  const body = parseObject(response.body);
  const options = { ...boxRequestIdOf(response), ...retryAfterOf(response) };
  // OAuth's `error` on the token endpoint, `code` where another part of Box has refused the request.
  const errors = [text(body?.error), text(body?.code)].filter((error) => error !== "");
  const description = text(body?.error_description) || text(body?.message);
  const said = [...[...new Set(errors)].map(printableCode), printable(description)].filter(
    (words) => words !== "",
  );
  const start = `Box responded with ${status}${call === "revoke" ? " to a revocation" : ""}`;
  const detail = [start, ...said].join(" ");
  const code = codeOf(call, status, body !== undefined, errors, description);
  // Box's reference has a bare 401 for scopes beyond the token's; an API responds to an expired token in the same way.
  const isBare = status === 401 && said.length === 0;
  const suspectsToken = call === "exchange" && (isBare || code === "box_token_refused");
  return new Failure(code, detail, { ...options, ...(suspectsToken && { suspectsToken }) });
}

/**
 * The response half of Box's revocation endpoint, whose 200 has no body. A token that Box does not know any more has
 * ended, too.
 * @throws {Failure} where the token may still be valid
 */
export function readRevocationResponse(response: HttpResponse): void {
  const { status } = response;
  const body = parseObject(response.body);
  const error = text(body?.error);
  // Another body is the page of a proxy that has not handed on the request.
  const isBoxes = response.body.trim() === "" || (body !== undefined && error === "");
  if (status === 200 && isBoxes) return;
  if (status === 400 && error === "invalid_token") return;
  throw failureOf("revoke", response);
}

function codeOf(
  call: BoxCall,
  status: number,
  isJson: boolean,
  errors: readonly string[],
  description: string,
): ProblemCode {
  if (status >= 500) return "box_unavailable";
  const byStatus = BY_STATUS[status];
  if (byStatus !== undefined) return byStatus;
  if (errors.length > 0 || description !== "") return problemOf(call, errors, description);
  // A decision of Box or of a proxy, never an outage.
  if (status === 403) return "box_refused";
  // Without Box's JSON a grant's 401 may be a proxy's: it proves nothing about the credentials.
  if (status === 401) return call === "exchange" ? "box_scope_refused" : "box_unexpected_answer";
  return isJson && status >= 400 ? "box_refused" : "box_unexpected_answer";
}

type Origin = ReturnType<typeof boxRequestIdOf>;

function refreshTokenOf(body: Body, origin: Origin): string {
  const token = body?.refresh_token;
  if (typeof token === "string" && TOKEN.test(token)) return token;
  throw new Failure("box_unexpected_answer", "Box responded with 200 without a refresh_token", origin);
}

function tokenOf(body: Body, origin: Origin): BoxToken {
  const { access_token, expires_in, restricted_to, scope, issued_token_type, token_type } = body ?? {};
  if (typeof access_token !== "string" || !TOKEN.test(access_token)) {
    throw new Failure("box_unexpected_answer", "Box responded with 200 without an access_token", origin);
  }
  if (typeof expires_in !== "number" || !Number.isFinite(expires_in) || expires_in <= 0) {
    throw new Failure("box_unexpected_answer", "Box responded with 200 without a usable expires_in", origin);
  }
  // RFC 6749 §7.1: a token of an unknown type is not used; the response to the caller names it a bearer token.
  if (token_type !== undefined && text(token_type).toLowerCase() !== "bearer") {
    throw new Failure("box_unexpected_answer", "Box responded with 200 and an unknown token_type", origin);
  }
  return {
    access_token,
    expires_in,
    restricted_to: rowsOf(restricted_to),
    ...(typeof scope === "string" && { scope }),
    ...(typeof issued_token_type === "string" && { issued_token_type }),
  };
}

/** Box also writes the list as JSON in a text, as for Skills. What is no list is one row, which fits no restriction. */
function rowsOf(restrictedTo: unknown): readonly unknown[] {
  if (restrictedTo === undefined || restrictedTo === null) return [];
  if (typeof restrictedTo !== "string") return [restrictedTo].flat();
  try {
    return [JSON.parse(restrictedTo)].flat();
  } catch {
    return [restrictedTo];
  }
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    // A byte order mark, as proxies add one.
    const value: unknown = JSON.parse(body.replace(/^\uFEFF/, ""));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
