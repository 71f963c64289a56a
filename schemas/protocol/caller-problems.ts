import { OPERATOR, type ProblemFacts } from "./problem-facts.ts";

/** The caller has to act: it sends another request, or has the policy or Box's permissions changed. */
export const CALLER_PROBLEMS = {
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
    remedy: "Send POST /oauth2/token, or POST /oauth2/revoke.",
  },
  method_not_allowed: {
    status: 405,
    error: "invalid_request",
    actor: "caller",
    retryable: false,
    title: "This path answers POST only.",
    remedy: "Send POST /oauth2/token, or POST /oauth2/revoke.",
  },
  unauthorized_client: {
    status: 403,
    error: "unauthorized_client",
    actor: "caller",
    retryable: false,
    title: "The policy does not allow this caller to have what it asks for.",
    remedy: `Ask the operator for a policy statement that covers the request. ${OPERATOR}`,
  },
  app_has_no_enterprise: {
    status: 400,
    error: "invalid_request",
    actor: "caller",
    retryable: false,
    title: "This app's config names a user, not an enterprise, so it has no enterprise token.",
    remedy: "Send box_subject_type=user and box_subject_id.",
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
} as const satisfies Readonly<Record<string, ProblemFacts & { readonly actor: "caller" }>>;
