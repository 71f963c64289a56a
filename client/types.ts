import type { CredentialProvider } from "./credentials.ts";
import type { AwsCredentials } from "./sigv4.ts";

/** Whose token: the app's Service Account (of its own enterprise, or of the one named), or a user. */
export type Subject = "enterprise" | { readonly enterprise: string } | { readonly user: string };

/** What is asked for; what the policy does not allow is refused by the function. */
export interface Wanted {
  /** Name of a configured Box app; default: the only one. */
  readonly app?: string | undefined;
  /** Default: `"enterprise"`, the app's Service Account. */
  readonly subject?: Subject | undefined;
  /** Box scopes, as a list or separated by spaces; default: what the policy allows. */
  readonly scope?: string | readonly string[] | undefined;
  /** `https://api.box.com/2.0/folders/ID` or `…/files/ID`; default: the policy's, if it has one. */
  readonly resource?: string | undefined;
  /** Seconds of life that every token handed out still has, 0 to 1500; default 60. */
  readonly minTtl?: number | undefined;
}

/** How it is asked for. */
export interface Way {
  /** Region of the function; default: the one that its URL or ARN names, else `AWS_REGION`. */
  readonly region?: string | undefined;
  /** Default: the variables that Lambda sets, else the AWS SDK's chain if it is installed. */
  readonly credentials?: AwsCredentials | CredentialProvider | undefined;
  /** Milliseconds for one token, retries included; above 0 and up to 2,147,483,647; default 35,000. */
  readonly timeoutMs?: number | undefined;
}

/** By the Function URL of `token-url`. */
export interface ByUrl extends Wanted, Way {
  /** `https://ID.lambda-url.REGION.on.aws/`, with or without `oauth2/token`. */
  readonly url: string | URL;
  readonly functionName?: never;
  readonly alias?: never;
  readonly endpoint?: never;
  readonly allowAnyEndpoint?: never;
}

/** By a direct invoke of `token-invoke`. */
export interface ByInvoke extends Wanted, Way {
  /** Name or ARN, with or without the alias behind a colon. */
  readonly functionName: string;
  /** The alias that is yours; needed unless `functionName` ends in it. */
  readonly alias?: string | undefined;
  /**
   * Base URL of Lambda's API, on a host of AWS or on loopback; default: `AWS_ENDPOINT_URL_LAMBDA`, then
   * `AWS_ENDPOINT_URL`, else the region's.
   */
  readonly endpoint?: string | URL | undefined;
  /** Lets `endpoint` and its variables name any https host, which then sees signed requests; default false. */
  readonly allowAnyEndpoint?: boolean | undefined;
  readonly url?: never;
}

export type BoxAuthOptions = ByUrl | ByInvoke;

/** A file or folder to which a scope is bound. */
export type BoundItem =
  | { readonly type: "file"; readonly id: string; readonly name?: string }
  | { readonly type: "folder"; readonly id: string; readonly name?: string };

/** A token as Box's SDK has it. */
export interface BoxAccessToken {
  readonly accessToken: string;
  /** Seconds of life left when it was handed out. */
  readonly expiresIn: number;
  readonly tokenType: "bearer";
  /** Where the token is downscoped: each scope, and what it is bound to. */
  readonly restrictedTo?: readonly { readonly scope: string; readonly object?: BoundItem }[];
  readonly issuedTokenType?: string;
}

/**
 * What `new BoxClient({ auth })` of box-node-sdk 10 takes, without depending on it. Every method rejects with
 * `BoxStsError` and with nothing else.
 */
export interface BoxAuth {
  /** The token of the moment: from memory, or asked for. Concurrent calls share one request. */
  retrieveToken(networkSession?: unknown): Promise<BoxAccessToken>;
  /**
   * Box refused the token: requests another, and the function drops the refused one.
   * @param refused the token that Box refused, where the program knows it. Without it, and within five seconds
   * after a token replaced another, all calls resolve to the new token, and within a minute one more call does:
   * Box may have refused the token before it.
   */
  refreshToken(networkSession?: unknown, refused?: string): Promise<BoxAccessToken>;
  /** `Bearer …`. */
  retrieveAuthorizationHeader(networkSession?: unknown): Promise<string>;
  /** Forgets the token and rejects with `revoke_unsupported`: other callers may hold the same one. */
  revokeToken(networkSession?: unknown): Promise<undefined>;
  /** A narrower token for the same subject, asked for anew each time; the policy decides. */
  downscopeToken(
    scopes: readonly string[],
    resource?: string,
    sharedLink?: string,
    networkSession?: unknown,
  ): Promise<BoxAccessToken>;
}
