import { Failure, PROBLEMS, type ProblemResponse, problemResponse } from "../../schemas/protocol/problems.ts";
import type { RequestRefusal, TokenRequest } from "../../schemas/protocol/token-request.ts";
import type { TokenResponse } from "../../schemas/protocol/token-response.ts";
import type { Result } from "../../schemas/result.ts";
import type { AuditRecord } from "./audit-record.ts";
import type { Grant } from "./authorize.ts";
import { bugLocation } from "./bug-location.ts";
import type { Refusal } from "./decide.ts";
import type { HeldToken } from "./held-token.ts";
import { scopeDescription } from "./likely-names.ts";
import type { AuditLog, Clock } from "./ports.ts";

/** The result of one token request. */
export type Outcome = Issued | Refused;

export interface Issued {
  readonly issued: true;
  readonly response: TokenResponse;
}

export interface Refused {
  readonly issued: false;
  /** True where the caller has to act (by the table of problems), false where the operator has, or no one. */
  readonly denied: boolean;
  readonly problem: ProblemResponse;
}

/** What every refusal of one request is made with. */
export interface RefusedRequest {
  readonly audit: AuditRecord;
  /** Absent where no token was requested. */
  readonly requested?: Result<TokenRequest, RequestRefusal>;
  readonly requestId: string;
  readonly helpUrl: string | undefined;
}

/** @param secondsLeft of the token's life, at the time of the response */
export function tokenResponse(
  { token }: HeldToken,
  { restriction }: Grant,
  secondsLeft: number,
): TokenResponse {
  const { access_token, restricted_to, issued_token_type } = token;
  const full = { access_token, token_type: "bearer", expires_in: secondsLeft } as const;
  if (restriction === undefined) return full;
  const scope = restriction.scopes.join(" ");
  return { ...full, scope, restricted_to, ...(issued_token_type !== undefined && { issued_token_type }) };
}

/**
 * The outcome of a use case, which has its audit line before a caller learns of it: no token is issued whose line could
 * not be written. Never rejects.
 */
export async function audited<Success>(
  { audit: log, clock }: { readonly audit: AuditLog; readonly clock: Clock },
  work: Promise<Result<Success, Refusal>>,
  request: RefusedRequest,
): Promise<Success | Refused> {
  const outcome = await work
    .then((result) => (result.ok ? result.value : denied(result.error, request)))
    .catch((thrown: unknown) => failed(thrown, request))
    // Whatever went wrong in reporting a failure, the request has its audit line.
    .catch((bug: unknown) => failed(unexpected(bug), request));
  const { audit, requestId, helpUrl } = request;
  try {
    await log.write(audit.event(clock.wall()));
    return outcome;
  } catch {
    const problem = problemResponse("audit_unavailable", requestId, undefined, helpUrl);
    return { issued: false, denied: false, problem };
  }
}

/** The outcome of a request that is refused as it stands. */
function denied(refusal: Refusal, { audit, requested, requestId, helpUrl }: RefusedRequest): Refused {
  const { code, reason } = refusal;
  audit.ended("denied", code, reason);
  const description = refusal.description ?? scopeDescription(code, requested);
  return { issued: false, denied: true, problem: problemResponse(code, requestId, description, helpUrl) };
}

/** The outcome of a request in which Box, AWS or our own code failed. */
function failed(thrown: unknown, { audit, requested, requestId, helpUrl }: RefusedRequest): Refused {
  const isKnown = thrown instanceof Failure && Object.hasOwn(PROBLEMS, thrown.code);
  const { code, message, retryAfter, boxRequestId } = isKnown ? thrown : unexpected(thrown);
  const { actor, retryable } = PROBLEMS[code];
  const isDenied = actor === "caller";
  audit.ended(isDenied ? "denied" : "failed", code, message, boxRequestId);
  const problem = {
    ...problemResponse(code, requestId, scopeDescription(code, requested), helpUrl),
    // Box can name a time with a refusal that time does not change.
    ...(retryable && retryAfter !== undefined && { retry_after: retryAfter }),
    ...(boxRequestId !== undefined && { box_request_id: boxRequestId }),
  };
  return { issued: false, denied: isDenied, problem };
}

/** A bug, by its location. */
export function unexpected(thrown: unknown): Failure {
  return new Failure("internal_error", bugLocation(thrown));
}
