import { OPERATOR, type ProblemFacts } from "./problem-facts.ts";

/** The operator has to repair the policy, a secret, a role or the app at Box. */
export const OPERATOR_PROBLEMS = {
  policy_unavailable: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The policy is missing or invalid, so every request is refused.",
    remedy: `The operator must deploy a valid policy. ${OPERATOR}`,
  },
  revocation_not_configured: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The token service has no shared cache, so it cannot find the token to revoke it.",
    remedy: `The operator must switch on the shared cache. ${OPERATOR}`,
  },
  connections_not_configured: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The token service has no table, in which the connections of OAuth 2.0 users are kept.",
    remedy: `The operator must switch on the shared cache. ${OPERATOR}`,
  },
  connection_unreadable: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The user's connection is encrypted with a version of the service secret that is gone.",
    remedy: `The operator must restore that version, or have the user connect again. ${OPERATOR}`,
  },
  isolation_not_possible: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The policy isolates a token that this kind of Box app has only once.",
    remedy:
      "The operator must grant scopes in the place of unrestricted, or remove isolate from the statement: OAuth 2.0 users and App Tokens have one full token each.",
  },
  app_tokens_refused: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "Box refuses the app's App Tokens.",
    remedy:
      "The operator must generate new ones (Developer Console > the app > Configuration > Primary and Secondary Access Token) and store them in the app's secret; a Box admin must have authorized the app.",
  },
  internal_error: {
    status: 503,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "The token service failed unexpectedly.",
    remedy: OPERATOR,
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
      "The operator must check Developer Console > the app > Configuration > Authentication Method and store the config that fits it.",
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
  box_refused: {
    status: 502,
    error: "temporarily_unavailable",
    actor: "operator",
    retryable: false,
    title: "Box refused the token request for a reason we do not know.",
    remedy: OPERATOR,
  },
} as const satisfies Readonly<Record<string, ProblemFacts & { readonly actor: "operator" }>>;
