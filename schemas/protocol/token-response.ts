/** A token as Box's token endpoint describes it; `expires_in` is in seconds. */
export interface BoxToken {
  readonly access_token: string;
  readonly expires_in: number;
  readonly restricted_to: readonly unknown[];
  /** Scopes with spaces between, where Box names them (RFC 8693 §2.2.1). */
  readonly scope?: string;
  readonly issued_token_type?: string;
  /** What Box calls the request that it responded to, from a header; never part of what a caller gets. */
  readonly boxRequestId?: string;
}

/** The two tokens of a user who has connected to an OAuth 2.0 app. */
export interface BoxTokenPair {
  readonly access: BoxToken;
  /** Good for one use, within 60 days. */
  readonly refreshToken: string;
}

/** What a caller gets: RFC 6749 §5.1, with RFC 8693's `issued_token_type` where the token is downscoped. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: "bearer";
  /** Remaining lifetime in seconds at the time of the response. */
  readonly expires_in: number;
  /** Space-separated scopes, where the token is downscoped. */
  readonly scope?: string;
  /** Box's own list of scope and object, where the token is downscoped. */
  readonly restricted_to?: readonly unknown[];
  readonly issued_token_type?: string;
}
