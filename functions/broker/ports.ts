import type { Policy } from "../../schemas/policy/parse.ts";
import type { Failure } from "../../schemas/protocol/problems.ts";
import type { Result } from "../../schemas/result.ts";
import type { AuditEvent } from "./audit-event.ts";
import type { Credentials, GrantCredentials, OAuthCredentials, Restriction, Subject } from "./credentials.ts";
import type { HeldToken } from "./held-token.ts";
import type { Trace } from "./trace.ts";

export type { Clock } from "./clock.ts";
export type * from "./credentials.ts";

export interface Randomness {
  /** A `jti` that was never used before: 16 to 128 characters. */
  jti(): string;
  /** A number from 0 (inclusive) to 1. */
  fraction(): number;
}

/** What one request carries along: its id in the log, its deadline, and the steps that it took. */
export interface RequestContext {
  readonly requestId: string;
  /** Monotonic milliseconds after which no caller reads the response. */
  readonly deadline: number;
  /**
   * Monotonic milliseconds until which the request may wait for an upstream's `Retry-After`, because others wait for what it
   * comes to; absent: until its deadline.
   */
  readonly waitsUntil?: number;
  readonly trace: Trace;
}

/** Something outside the broker that works for a request. It throws a `Failure` where that fails. */
export type Call<Request, Value> = (request: Request, context: RequestContext) => Promise<Value>;

/** A result, and whether it is that of a call which another request had begun. */
export interface Joined<Value> {
  readonly value: Value;
  readonly joined: boolean;
}

/** The policy as deployed; a missing or invalid one refuses every request. */
export type PolicySource =
  | { readonly available: true; readonly policy: Policy; readonly digest: string }
  | { readonly available: false; readonly reason: string };

/** Where credentials come from. `load` throws a `Failure` if there are none. */
export interface CredentialStore {
  /** The app's current credentials, cached. */
  load(app: string, context: RequestContext): Promise<Credentials>;
  /**
   * What to try after Box refused the versions in `tried`: a newer version, then the previous one if it belongs to
   * the same Box app and enterprise as the current one; else undefined, also if Secrets Manager refuses. Throws a
   * `Failure` if Secrets Manager does not respond: there may be one.
   * @param since monotonic time of the request that Box refused; a version read after it is not read again
   */
  alternative(
    app: string,
    tried: ReadonlySet<string>,
    since: number,
    context: RequestContext,
  ): Promise<Credentials | undefined>;
  /**
   * The app's current credentials, if another version than the given one is current by now; else undefined, also where
   * Secrets Manager fails. What was read within the last 30 s is not read again.
   */
  newer(credentials: Credentials, context: RequestContext): Promise<Credentials | undefined>;
  /**
   * The app's current credentials if they have the client ID, else the version, current by now or previous, that has it;
   * undefined where neither has. Throws a `Failure` where the secret cannot be read.
   */
  ofClient(app: string, clientID: string, context: RequestContext): Promise<Credentials | undefined>;
  /**
   * Box accepted these after it refused others. A previous version is loaded only after two requests have reported it,
   * and until the secret is read again: one stray refusal must not bring back what the operator has replaced.
   */
  accepted(credentials: Credentials): void;
}

/** Box refused the credentials themselves: another version of the app's secret may be accepted. */
export interface RefusedCredentials {
  readonly failure: Failure;
  /** Monotonic milliseconds at which the refused request was made. */
  readonly requestedAt: number;
  /** Box may have refused the user: that is no reason to use what the operator has replaced. */
  readonly canMeanUser: boolean;
}

/** A full token by the grant of the credentials. */
export type GrantToken = Call<
  { readonly credentials: GrantCredentials; readonly subject: Subject },
  Result<HeldToken, RefusedCredentials>
>;

/** A downscoped token for a full one (RFC 8693), as Box returned it. */
export type ExchangeToken = Call<
  { readonly credentials: Credentials; readonly token: string; readonly restriction: Restriction },
  HeldToken
>;

/** The tokens of a user who has connected, as Box returned them. */
export interface TokenPair {
  readonly access: HeldToken;
  /** Good for one use, within 60 days. */
  readonly refreshToken: string;
}

/**
 * A new pair for a refresh token (RFC 6749 §6). One POST, which nothing may repeat blindly. Throws a `Failure`:
 * `reconnect_required` where Box does not accept the refresh token.
 */
export type RefreshTokens = Call<
  { readonly credentials: OAuthCredentials; readonly refreshToken: string },
  TokenPair
>;

/** A user's consent, as it came back from Box. */
export interface AuthorizationCode {
  readonly code: string;
  /** The PKCE verifier whose challenge went with the user to Box (RFC 7636 §4.5). */
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** The first pair of a connection (RFC 6749 §4.1.3). One POST. Throws a `Failure`: `authorization_code_refused`. */
export type ExchangeCode = Call<
  { readonly credentials: OAuthCredentials; readonly authorization: AuthorizationCode },
  TokenPair
>;

/** Ends a token at Box (RFC 7009). */
export type RevokeToken = Call<{ readonly credentials: Credentials; readonly token: string }, void>;

/**
 * Where tokens are kept, by cache key: the one way by which they get into memory and out of it. The caller judges the age
 * of what it gets.
 */
export interface TokenStore {
  get(key: string, context: RequestContext): Promise<HeldToken | undefined>;
  put(key: string, token: HeldToken, context: RequestContext): Promise<void>;
}

/** Resolves once the line is written; rejects if it cannot be. */
export interface AuditLog {
  write(event: AuditEvent): Promise<void>;
}
