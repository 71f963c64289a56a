/**
 * The `error` values of RFC 6749 §5.2 that we use, `temporarily_unavailable` of §4.1.2.1, and `unsupported_token_type` of
 * RFC 7009 §2.2.1.
 */
export type OAuthError =
  | "invalid_request"
  | "invalid_grant"
  | "unsupported_grant_type"
  | "unsupported_token_type"
  | "unauthorized_client"
  | "temporarily_unavailable";

/**
 * Who sends a failed request again before the failure reaches the program: the token function, the client, or
 * neither, so that the program decides. One of them at most: two would multiply their attempts.
 */
export type RepeatedBy = "function" | "client" | "none";

/** Whether the same request can succeed later without any change. */
export type Retryability =
  | { readonly retryable: false }
  | { readonly retryable: true; readonly repeatedBy: RepeatedBy };

/**
 * Who has to act before the request can succeed: the caller changes the request (or has the policy or Box's permissions
 * changed), the operator of the service repairs it, or none of them, because it is temporary. Metrics and alarms
 * are made of this.
 */
export type Actor = "caller" | "operator" | "none";

interface ProblemTexts {
  /** HTTP status of the refusal. */
  readonly status: 400 | 403 | 404 | 405 | 502 | 503;
  readonly error: OAuthError;
  readonly actor: Actor;
  /** What happened, in the caller's words; safe for anyone to read. */
  readonly title: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/** One row of the table of problems. */
export type ProblemFacts = ProblemTexts & Retryability;

/** Ends the remedy of a problem that only the log explains. */
export const OPERATOR = "The service's log has the details under this request_id.";
