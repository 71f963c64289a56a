/** The `error` values of RFC 6749 §5.2 that we use, and `temporarily_unavailable` of §4.1.2.1. */
type OAuthError =
  | "invalid_request"
  | "unsupported_grant_type"
  | "unauthorized_client"
  | "temporarily_unavailable";

/**
 * Who sends a failed request again before the failure reaches the program: the token function, the client, or
 * neither, so that the program decides. One of them at most: two would multiply their attempts.
 */
export type RepeatedBy = "function" | "client" | "nobody";

/** Whether the same request can succeed later without anybody changing anything. */
export type Retryability =
  | { readonly retryable: false }
  | { readonly retryable: true; readonly repeatedBy: RepeatedBy };

/**
 * Who has to act before the request can succeed: the caller changes the request (or has the policy or Box's permissions
 * changed), the operator of the service repairs it, or none of them, because it passes by itself. Metrics and alarms
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

type ProblemFacts = ProblemTexts & Retryability;

const OPERATOR = "The service's log has the details under this request_id.";

/**
 * Every way a request can fail, once. `docs/problems.md` has a heading for each; a direct invoke throws
 * them by these names, so renaming one breaks callers' `Catch` and `Retry` clauses.
 */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    error: "invalid_request",
    actor: "caller",
    retryable: false,
    title: "The request is malformed.",
    remedy: "Send what the description allows.",
  },
  unsupported_grant_type: {
    status: 400,
    error: "unsupported_grant_type",
    actor: "caller",
    retryable: false,
    title: "The grant type is not supported.",
    remedy: "Send grant_type=client_credentials, or leave grant_type out.",
  },
  unknown_path: {
    status: 404,
    error: "invalid_request",
    actor: "caller",
    retryable: false,
    title: "There is nothing at this path.",
    remedy: "Send POST /oauth2/token.",
  },
  method_not_allowed: {
    status: 405,
    error: "invalid_request",
    actor: "caller",
    retryable: false,
    title: "This path answers POST only.",
    remedy: "Send POST /oauth2/token.",
  },
  unauthorized_client: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "The policy does not allow this caller to have what it asks for.",
    remedy: `Ask the operator for a policy statement that covers the request. ${OPERATOR}`,
  },
  policy_unavailable: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The policy is missing or invalid, so every request is refused.",
    remedy: `The operator must deploy a valid policy. ${OPERATOR}`,
  },
  audit_unavailable: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "nobody",
    title: "The decision could not be written to the audit log, so no token was issued.",
    remedy: "Try again; if it persists, the operator must look at the function's log.",
  },
  deadline_exceeded: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "nobody",
    title: "The function's remaining time did not suffice.",
    remedy: "Try again; if it persists, the operator must raise the function's timeout.",
  },
  internal_error: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The token service failed unexpectedly.",
    remedy: OPERATOR,
  },
  secret_unavailable: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "function",
    title: "Secrets Manager did not answer or throttled the read.",
    remedy: "Try again after a moment.",
  },
  secret_not_found: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The app's secret does not exist or has no current value.",
    remedy: `The operator must store the app's Box config under the configured name. ${OPERATOR}`,
  },
  secret_forbidden: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The function may not read or decrypt the app's secret.",
    remedy: `The operator must grant secretsmanager:GetSecretValue and kms:Decrypt. ${OPERATOR}`,
  },
  secret_invalid: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The app's secret is not a usable Box config.",
    remedy: `The operator must store the config.json that the Box Developer Console gives. ${OPERATOR}`,
  },
  app_has_no_enterprise: {
    status: 400,
    error: "invalid_request",
    actor: "caller",
    retryable: false,
    title: "This app's config names a user, not an enterprise, so it has no enterprise token.",
    remedy: "Send box_subject_type=user and box_subject_id.",
  },
  box_unavailable: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "function",
    title: "Box did not answer.",
    remedy: "Try again after a moment; https://status.box.com tells of outages.",
  },
  box_rate_limited: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "function",
    title: "Box limits the rate of token requests.",
    remedy: "Try again after the seconds in the Retry-After header.",
  },
  box_unexpected_answer: {
    status: 502,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "function",
    title: "Box answered something that is not a token response.",
    remedy: `Try again after a moment. ${OPERATOR}`,
  },
  box_token_refused: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "function",
    title: "Box refused to narrow a full token, also a new one.",
    remedy: "Try again after the seconds in the Retry-After header.",
  },
  box_clock_skewed: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "function",
    title: "Box refused the assertion's time even after the clock was corrected.",
    remedy: "Try again after a moment; if it persists, the operator must check the function's clock.",
  },
  box_assertion_replayed: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "none",
    retryable: true,
    repeatedBy: "function",
    title: "Box took a fresh assertion for a repeated one.",
    remedy: "Try again after a moment.",
  },
  box_assertion_refused: {
    status: 502,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "Box refused the assertion's form.",
    remedy: `The operator must check clientID and appAuth.algorithm in the app's secret. ${OPERATOR}`,
  },
  box_key_refused: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "Box does not know the app's public key, or it belongs to another private key.",
    remedy:
      "The operator must compare publicKeyID with Developer Console > the app > Configuration > Add and Manage Public Keys, and store the config of a key that is listed there; what is registered there must be a public key, not a certificate.",
  },
  box_client_refused: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "Box refused the app's client ID or client secret.",
    remedy:
      "The operator must copy both from Developer Console > the app > Configuration > OAuth 2.0 Credentials into the app's secret.",
  },
  box_grant_refused: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title:
      "Box refused the client credentials grant: the ID and secret do not belong together, the app is not authorized, or the subject is not allowed.",
    remedy:
      "The operator must compare both with Developer Console > the app > Configuration > OAuth 2.0 Credentials, and have a Box admin authorize and enable the app, which are two switches: Admin Console > Integrations > Platform Apps Manager > Server Authentication Apps.",
  },
  box_grant_not_enabled: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The app's authentication method at Box differs from its config.",
    remedy:
      "The operator must look at Developer Console > the app > Configuration > Authentication Method and store the config that fits it.",
  },
  box_app_not_authorized: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The Box app is not authorized by the enterprise admin, or not enabled.",
    remedy:
      "A Box admin must authorize it (again after a change of scopes) and enable it, which are two switches: Admin Console > Integrations > Platform Apps Manager > Server Authentication Apps.",
  },
  box_location_blocked: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The Box enterprise does not accept requests from the function's network address.",
    remedy:
      "The operator must give the function a fixed address (a VPC with a NAT gateway and an Elastic IP), and a Box admin must add it to the allowed addresses.",
  },
  box_url_wrong: {
    status: 502,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "What responds at the base URL is not Box's API, or a proxy loses the body of the request.",
    remedy:
      "The operator must set BOX_API_URL to https://api.box.com (not app.box.com or www.box.com), or leave it out.",
  },
  box_subject_refused: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "Box does not know this subject, or not for this app.",
    remedy:
      "Check box_subject_type and box_subject_id. The operator must compare enterpriseID in the app's secret with the enterprise of the app: a Box sandbox has an id of its own, and an app made in a free account (enterpriseID 0) cannot have enterprise tokens.",
  },
  box_user_tokens_not_enabled: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "The Box app may not have tokens for this kind of subject.",
    remedy:
      "The operator must tick Developer Console > the app > Configuration > Advanced Features > Generate user access tokens, choose App + Enterprise Access for managed users, and have the admin re-authorize the app; a Service Account's own id is asked for as enterprise.",
  },
  box_scope_refused: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "Box did not grant the scope: the app or the token does not hold it.",
    remedy:
      "The operator must tick it under Developer Console > the app > Configuration > Application Scopes and have the admin re-authorize the app.",
  },
  box_resource_refused: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "Box does not let this subject see the resource.",
    remedy: "Invite the app's Service Account (or the user) as a collaborator of the file or folder.",
  },
  box_terms_not_accepted: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "The managed user has not accepted the enterprise's custom terms of service.",
    remedy:
      "The user must log in to Box once and accept them, or an app accepts them for the user by Box's API; Service Accounts and App Users are exempt.",
  },
  box_policy_forbids: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "A security policy of the Box enterprise (Box Shield) forbids this.",
    remedy: "A Box admin must change the policy, or exempt the app or the subject from it.",
  },
  box_password_reset_required: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "Box requires the managed user to reset the password first.",
    remedy: "The user must log in to Box and choose a new password.",
  },
  box_permission_denied: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "The subject's role in the file or folder does not permit what the scope would allow.",
    remedy:
      "Raise the role of the app's Service Account (or the user) in the collaboration of the file or folder, or request a narrower scope.",
  },
  box_refused: {
    status: 502,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "Box refused the token request for a reason we do not know.",
    remedy: OPERATOR,
  },
} as const satisfies Record<string, ProblemFacts>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a caller is told: RFC 6749 §5.2 with our `code`, `retryable` and `request_id`. */
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
  /** What Box calls the request that it refused, where it responded: Box Support asks for it. */
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
  /** Seconds after which the upstream asked to be tried again. */
  readonly retryAfter?: number;
  /** The request met a kept-alive connection that the other side had closed: another attempt need not wait. */
  readonly staleConnection?: true;
  /** Box may have refused the token that was to be exchanged, rather than what was requested of it. */
  readonly suspectsToken?: true;
  /** What Box calls the request whose response this is. */
  readonly boxRequestId?: string;
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

  constructor(code: ProblemCode, detail: string, options: FailureOptions = {}) {
    super(detail);
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.staleConnection = options.staleConnection ?? false;
    this.suspectsToken = options.suspectsToken ?? false;
    this.boxRequestId = options.boxRequestId;
  }
}
