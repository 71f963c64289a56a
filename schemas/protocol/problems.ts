import { CALLER_PROBLEMS } from "./caller-problems.ts";
import { OPERATOR_PROBLEMS } from "./operator-problems.ts";
import { PASSING_PROBLEMS } from "./passing-problems.ts";
import type { OAuthError } from "./problem-facts.ts";

/**
 * Every way a request can fail, once. `docs/problems.md` has a heading for each; a direct invoke throws
 * them by these names, so renaming one breaks callers' `Catch` and `Retry` clauses.
 */
export const PROBLEMS = { ...CALLER_PROBLEMS, ...OPERATOR_PROBLEMS, ...PASSING_PROBLEMS } as const;

/** The `code` of a refusal; docs/problems.md has a heading for each. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The response to a refused caller: RFC 6749 §5.2 with our `code`, `retryable` and `request_id`. */
export interface ProblemResponse {
  readonly error: OAuthError;
  readonly error_description: string;
  /** A page about `code` that a person can open; absent where the operator has named none. */
  readonly error_uri?: string;
  readonly code: ProblemCode;
  readonly retryable: boolean;
  readonly request_id: string;
  /** Seconds after which trying again makes sense, where an upstream named them; `Retry-After` over HTTP. */
  readonly retry_after?: number;
  /** What Box calls the request that it refused, where it responded: Box Support requests it. */
  readonly box_request_id?: string;
}

/**
 * The refusal for `code`.
 * @param description replaces the table's title and remedy; must not quote anything secret.
 * @param helpUrl where `docs/problems.md` is published, without a fragment: each code is a heading there. `error_uri` is
 *   optional in RFC 6749 §5.2, and this project has no address of its own that it could promise.
 */
export function problemResponse(
  code: ProblemCode,
  requestId: string,
  description?: string,
  helpUrl?: string,
): ProblemResponse {
  const { error, retryable, title, remedy } = PROBLEMS[code];
  return {
    error,
    error_description: description ?? `${title} ${remedy}`,
    ...(helpUrl !== undefined && { error_uri: `${helpUrl}#${code}` }),
    code,
    retryable,
    request_id: requestId,
  };
}

/** What else is known of a failure. */
interface FailureOptions {
  /** Seconds after which the upstream requested a retry. */
  readonly retryAfter?: number;
  /** The request used a kept-alive connection that the other side had closed: another attempt need not wait. */
  readonly staleConnection?: true;
  /** Box may have refused the token that was to be exchanged, rather than what was requested of it. */
  readonly suspectsToken?: true;
  /** What Box calls the request whose response this is. */
  readonly boxRequestId?: string;
  /** It is the refusal of an earlier request, which is not repeated yet. */
  readonly isRemembered?: true;
}

/**
 * A failure of the world (Box, Secrets Manager, the log, the clock), thrown. `detail` is for the log alone; the
 * caller sees the code's row of the table. It has no `cause`: an SDK's error may hold the response it could not read.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: ProblemCode;
  readonly retryAfter: number | undefined;
  readonly staleConnection: boolean;
  readonly suspectsToken: boolean;
  readonly boxRequestId: string | undefined;
  readonly isRemembered: boolean;

  constructor(code: ProblemCode, detail: string, options: FailureOptions = {}) {
    super(detail);
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.staleConnection = options.staleConnection ?? false;
    this.suspectsToken = options.suspectsToken ?? false;
    this.boxRequestId = options.boxRequestId;
    this.isRemembered = options.isRemembered ?? false;
  }
}
