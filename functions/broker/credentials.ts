import type { AppToken, KmsKeyConfig } from "../../schemas/box-config/parse.ts";
import type { Call, RequestContext } from "./ports.ts";

/** The subject of a token, with the id resolved. */
export interface Subject {
  readonly type: "enterprise" | "user";
  readonly id: string;
}

/** The staging label under which a version of a secret was read. */
export type SecretStage = "AWSCURRENT" | "AWSPREVIOUS";

/** One version of a secret; `text` is the secret itself. */
export interface SecretVersion {
  readonly versionId: string;
  readonly text: string;
  /** Milliseconds since the epoch at which the version was stored, where Secrets Manager has it. */
  readonly createdAt?: number;
}

/** Reads one version of a secret by the secret's name or ARN. Throws a `Failure`. */
export type ReadSecret = (
  secretId: string,
  stage: SecretStage,
  context: RequestContext,
) => Promise<SecretVersion>;

/** One version of an app's secret, opened; each kind of Box app gets its tokens by its own grant. */
export type Credentials = GrantCredentials | AppTokenCredentials | OAuthCredentials;

/** Credentials for which Box grants a token to the app itself. */
export type GrantCredentials = JwtCredentials | CcgCredentials;

interface AppCredentials {
  readonly app: string;
  readonly versionId: string;
  readonly stage: SecretStage;
  readonly clientID: string;
  readonly clientSecret: string;
  /** Absent where the config names a user alone. */
  readonly enterpriseID?: string;
}

/** Of an app with Server Authentication (JWT). The private key itself cannot be read. */
export interface JwtCredentials extends AppCredentials {
  readonly grant: "jwt";
  readonly signer: AssertionSigner;
}

/** Of an app with Server Authentication (Client Credentials Grant). */
export interface CcgCredentials extends AppCredentials {
  readonly grant: "client_credentials";
  readonly signer?: never;
}

/** Of an app with Limited Access: fixed tokens of its Service Account. */
export interface AppTokenCredentials extends AppCredentials {
  readonly grant: "app_token";
  readonly enterpriseID: string;
  readonly appTokens: { readonly primary: AppToken; readonly secondary?: AppToken };
  readonly signer?: never;
}

/** Of an app with User Authentication (OAuth 2.0), whose tokens are those of the users who have connected. */
export interface OAuthCredentials extends AppCredentials {
  readonly grant: "oauth2";
  /** The scopes that users consent to; absent: all that the app may have. */
  readonly scopes?: readonly string[];
  readonly signer?: never;
}

export interface AssertionSigner {
  /** The `kid` of every assertion: Box's publicKeyID. */
  readonly publicKeyID: string;
  /** The assertion as JWS Compact Serialization. Throws a `Failure` where the key is out of reach. */
  sign: Call<AssertionClaims, string>;
}

/** The signer of an app whose private key is in AWS KMS. */
export type KmsSigner = (config: KmsKeyConfig) => AssertionSigner;

/** The claims of Box's JWT grant (RFC 7523 §3; https://developer.box.com/guides/authentication/jwt/without-sdk/). */
export interface AssertionClaims {
  readonly iss: string;
  readonly sub: string;
  readonly box_sub_type: "enterprise" | "user";
  readonly aud: string;
  readonly jti: string;
  readonly exp: number;
}

/** What a token is narrowed to. */
export interface Restriction {
  readonly scopes: readonly string[];
  readonly resource?: string;
}
