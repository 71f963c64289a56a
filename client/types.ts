import type { CredentialProvider } from "./credentials.ts";
import type { AwsCredentials } from "./sigv4.ts";

/**
 * Whose token to request. `"enterprise"` is the app's Service Account in the app's own enterprise.
 * `{ enterprise }` is the Service Account in the enterprise with this id, and `{ user }` is the user with this id.
 * Ids are digits. The function refuses a subject that the policy does not allow: `unauthorized_client`.
 */
export type Subject = "enterprise" | { readonly enterprise: string } | { readonly user: string };

/** Which token to request; the function refuses what the policy does not allow. */
export interface TokenOptions {
  /** Name of a configured Box app; default: the only one. */
  readonly app?: string | undefined;
  /** Default: `"enterprise"`, the app's Service Account. */
  readonly subject?: Subject | undefined;
  /** Box scopes, as a list or separated by spaces; default: what the policy allows. */
  readonly scope?: string | readonly string[] | undefined;
  /** `https://api.box.com/2.0/folders/ID` or `…/files/ID`; default: the policy's, if it has one. */
  readonly resource?: string | undefined;
  /** Seconds of life that every returned token still has, 0 to 1500; default 60. */
  readonly minTtl?: number | undefined;
}

/** How to reach the function. */
export interface ConnectionOptions {
  /** Region of the function; default: the one that its URL or ARN names, else `AWS_REGION`. */
  readonly region?: string | undefined;
  /** Default: the variables that Lambda sets, else the AWS SDK's chain if it is installed. */
  readonly credentials?: AwsCredentials | CredentialProvider | undefined;
  /** Milliseconds for one token or one revocation, retries included; above 0, up to 2,147,483,647; default 35,000. */
  readonly timeoutMs?: number | undefined;
}

/** Through the Function URL of `token-url`. */
export interface ByUrl extends TokenOptions, ConnectionOptions {
  /** `https://ID.lambda-url.REGION.on.aws/`, with or without `oauth2/token`. */
  readonly url: string | URL | undefined;
  readonly functionName?: never;
  readonly alias?: never;
  readonly endpoint?: never;
  readonly allowAnyEndpoint?: never;
}

/** By direct invoke of `token-invoke`. */
export interface ByInvoke extends TokenOptions, ConnectionOptions {
  /** Name or ARN, with or without the alias behind a colon. */
  readonly functionName: string | undefined;
  /** The alias that the deployment grants your role; required unless `functionName` ends in it. */
  readonly alias?: string | undefined;
  /**
   * Base URL of Lambda's API, on a host of AWS or on loopback; default: `AWS_ENDPOINT_URL_LAMBDA`, then
   * `AWS_ENDPOINT_URL`, else the region's.
   */
  readonly endpoint?: string | URL | undefined;
  /** Allows any https host in `endpoint` and its variables; that host then receives signed requests. Default false. */
  readonly allowAnyEndpoint?: boolean | undefined;
  readonly url?: never;
}

/**
 * The function, by its URL or by a direct invoke, and which token to request from it. An option that does not exist is
 * refused: a misspelt `scope` must not widen a token.
 * @example
 * ```ts
 * import type { BoxAuthOptions } from "box-sts/client";
 *
 * export const byUrl: BoxAuthOptions = {
 *   url: "https://abc123.lambda-url.eu-central-1.on.aws/",
 *   scope: ["item_download", "base_preview"],
 *   resource: "https://api.box.com/2.0/folders/987",
 * };
 * export const byInvoke: BoxAuthOptions = { functionName: "token-invoke", alias: "reports", subject: { user: "42" } };
 * ```
 */
export type BoxAuthOptions = ByUrl | ByInvoke;

/** A file or folder to which a scope is bound: its type, its Box id, and its name where Box returned one. */
export type BoundItem =
  | { readonly type: "file"; readonly id: string; readonly name?: string }
  | { readonly type: "folder"; readonly id: string; readonly name?: string };

/** A token as Box's SDK represents it (a token response, RFC 6749 §5.1). */
export interface BoxAccessToken {
  /** The token itself, for a header `authorization: Bearer …`. It is a secret: do not log it. */
  readonly accessToken: string;
  /** Seconds of life left when it was returned: a whole number, rounded down. Of a token function at least `minTtl`. */
  readonly expiresIn: number;
  /** Always `bearer` (RFC 6750). */
  readonly tokenType: "bearer";
  /** Of a downscoped token: each scope, and the item that it is bound to. */
  readonly restrictedTo?: readonly { readonly scope: string; readonly object?: BoundItem }[];
  /**
   * Of a downscoped token: `urn:ietf:params:oauth:token-type:access_token` (RFC 8693 §2.2.1). Absent where
   * Box returned none, as for a full token.
   */
  readonly issuedTokenType?: string;
}

/**
 * The `auth` of `new BoxClient({ auth })` in box-node-sdk 10, declared without depending on it. Every method rejects
 * with `BoxStsError` and nothing else.
 */
export interface BoxAuth {
  /**
   * Returns the current token from memory, or requests one. Concurrent calls share one request.
   * @throws BoxStsError with the code of the function's refusal, or one of this client's (docs/client.md)
   */
  retrieveToken(networkSession?: unknown): Promise<BoxAccessToken>;
  /**
   * Requests another token after Box rejected one, and makes the function drop the rejected one.
   * @param refused the token that Box rejected, where the program knows it. Without it, and within five seconds
   * after a token replaced another, all calls resolve to the new token, and within a minute one more call does:
   * Box may have rejected the token before it.
   * @example
   * ```ts
   * import { boxAuth } from "box-sts/client";
   *
   * const auth = boxAuth({ functionName: "token-invoke", alias: "reports" });
   * const { accessToken } = await auth.retrieveToken();
   * const headers = { authorization: `Bearer ${accessToken}` };
   * const response = await fetch("https://api.box.com/2.0/users/me", { headers });
   * if (response.status === 401) await auth.refreshToken(undefined, accessToken);
   * ```
   */
  refreshToken(networkSession?: unknown, refused?: string): Promise<BoxAccessToken>;
  /** Returns the value of the header `authorization`: `Bearer ` and the current token. It rejects as `retrieveToken()` does. */
  retrieveAuthorizationHeader(networkSession?: unknown): Promise<string>;
  /**
   * Revokes the token: the function returns it to no caller any more, and ends it at Box where the policy lets this
   * caller do so. The token is dropped at once, also one that was still requested: calls that wait for it get another.
   * Without a token it does nothing. If it fails, the next call without `token` repeats it.
   * @param token ends this token and no other, for example one of `downscopeToken()`, which the client does not remember
   * @example
   * ```ts
   * import { boxAuth } from "box-sts/client";
   *
   * const auth = boxAuth({ functionName: "token-invoke", alias: "reports" });
   * const narrow = await auth.downscopeToken(["item_preview"], "https://api.box.com/2.0/files/123");
   * await auth.revokeToken(undefined, narrow.accessToken);
   * await auth.revokeToken();
   * ```
   */
  revokeToken(networkSession?: unknown, token?: string): Promise<undefined>;
  /**
   * Requests a narrower token for the same subject, each time; the policy decides.
   * @param resource `https://api.box.com/2.0/folders/ID` or `…/files/ID`; default: the policy's, if it has one
   * @param sharedLink not supported: rejects with `shared_link_unsupported`
   * @example
   * ```ts
   * import { boxAuth } from "box-sts/client";
   *
   * const auth = boxAuth({ functionName: "token-invoke", alias: "reports" });
   * const { accessToken } = await auth.downscopeToken(["item_preview"], "https://api.box.com/2.0/files/123");
   * console.log(accessToken.length);
   * ```
   */
  downscopeToken(
    scopes: readonly string[],
    resource?: string,
    sharedLink?: string,
    networkSession?: unknown,
  ): Promise<BoxAccessToken>;
}
