import type { HttpResponse } from "../http/server.ts";

interface WireError {
  /** Default 400. */
  readonly status?: number;
  readonly error: string;
  /** Character for character what Box sends. */
  readonly description: string;
  /** No public log shows the text: it follows the pattern of its neighbours. */
  readonly inferred?: true;
}

const USER_TOKEN = "Cannot obtain user token based on the enterprise configuration for your app";

/** The errors of Box's token and revoke endpoints. */
export const WIRE_ERRORS = {
  grantTypeMissing: {
    error: "invalid_request",
    description: "Invalid grant_type parameter or parameter missing",
  },
  assertionMissing: {
    error: "invalid_request",
    description: "Invalid assertion parameter or parameter missing",
    inferred: true,
  },
  scopeMissing: {
    error: "invalid_request",
    description: "Invalid scope parameter or parameter missing",
    inferred: true,
  },
  clientCredentials: { error: "invalid_client", description: "The client credentials are invalid" },
  clientId: { error: "invalid_client", description: "The client_id is invalid" },
  grantTypeUnauthorized: {
    error: "unauthorized_client",
    description: "The grant type is unauthorized for this client_id",
  },
  appNotAuthorized: {
    error: "unauthorized_client",
    description: "This app is not authorized by the enterprise admin",
  },
  subjectTypeUnauthorized: {
    error: "unauthorized_client",
    description: 'The "box_subject_type" value is unauthorized for this client_id',
  },
  userTokenConfiguration: { error: "invalid_request", description: USER_TOKEN },
  tokenConfiguration: {
    error: "invalid_grant",
    description: "Cannot obtain token based on the enterprise configuration for your app",
  },
  grantCredentials: { error: "invalid_grant", description: "Grant credentials are invalid" },
  malformedAssertion: { error: "invalid_grant", description: "Wrong number of segments", inferred: true },
  algorithm: { error: "invalid_grant", description: "Algorithm not allowed" },
  kidMissing: {
    error: "invalid_grant",
    description: '"kid" empty, unable to lookup correct key',
    inferred: true,
  },
  kidUnknown: { error: "invalid_grant", description: '"kid" invalid, unable to lookup correct key' },
  signature: {
    error: "invalid_grant",
    description:
      'Signature verification error. The public key identified by "kid" must correspond to the private key used for signing.',
  },
  issuer: {
    error: "invalid_grant",
    description: "Please check the 'iss' claim. The client id specified is invalid.",
  },
  audience: { error: "invalid_grant", description: "Please check the 'aud' claim.", inferred: true },
  // Two spaces: https://github.com/box/box-node-sdk/issues/96.
  notYetValid: {
    error: "invalid_grant",
    description:
      "Current date/time MUST be after or equal to the not-before date/time  listed in the 'nbf' or 'iat' claim",
  },
  expired: {
    error: "invalid_grant",
    description: "Current date/time MUST be before the expiration date/time listed in the 'exp' claim",
  },
  expiryTooFar: {
    error: "invalid_grant",
    description:
      "Please check the 'exp' claim. The 'exp' value exceeds the maximum value of 60 seconds beyond the issue time.",
  },
  expiryNotInteger: {
    error: "invalid_grant",
    description: "Please check the 'exp' claim. Should be an integer",
  },
  tokenIdReplayed: {
    error: "invalid_grant",
    description: "Please check the 'jti' claim. A unique 'jti' value is required.",
  },
  tokenIdForm: { error: "invalid_grant", description: "Please check the 'jti' claim." },
  subject: {
    error: "invalid_grant",
    description: "Please check the 'sub' claim. The 'sub' specified is invalid.",
  },
  authorizationCode: {
    error: "invalid_grant",
    description: "Auth code doesn't exist or is invalid for the client",
  },
  codeVerifier: { error: "invalid_grant", description: "Invalid code_verifier", inferred: true },
  authorizationCodeExpired: { error: "invalid_grant", description: "The authorization code has expired" },
  refreshToken: { error: "invalid_grant", description: "Invalid refresh token" },
  refreshTokenExpired: { error: "invalid_grant", description: "Refresh token has expired" },
  termsNotAccepted: {
    error: "terms_of_service_required",
    description: "User must accept custom terms of service before action can be taken",
    inferred: true,
  },
  subjectTokenRefused: { error: "invalid_request", description: "The subject_token provided is invalid" },
  resource: { error: "invalid_resource", description: "The target resource is invalid." },
  resourceAndLink: {
    error: "invalid_request",
    description: "The parameters resource and box_shared_link exclude each other.",
    inferred: true,
  },
  scopeTooWide: {
    status: 401,
    error: "invalid_scope",
    description: "The requested scope is not a subset of the scopes of the subject token.",
    inferred: true,
  },
  subjectToken: { error: "invalid_token", description: "The supplied token is invalid", inferred: true },
  actorToken: { error: "invalid_grant", description: "Please check the 'actor_token'.", inferred: true },
  revokedToken: { error: "invalid_token", description: "The supplied token is invalid" },
} as const satisfies Record<string, WireError>;

export type WireErrorName = keyof typeof WIRE_ERRORS;

/** A request that Box refuses, by its row in the table. */
export class BoxRefusal extends Error {
  override readonly name = "BoxRefusal";
  readonly wire: WireError;

  constructor(name: WireErrorName) {
    super(WIRE_ERRORS[name].description);
    this.wire = WIRE_ERRORS[name];
  }

  toResponse(): HttpResponse {
    const { status = 400, error, description } = this.wire;
    const body = JSON.stringify({ error, error_description: description });
    return { status, headers: { "Content-Type": "application/json" }, body };
  }
}

/** Refuses unless `condition` holds. */
export function requireThat(condition: boolean, otherwise: WireErrorName): asserts condition {
  if (!condition) throw new BoxRefusal(otherwise);
}
