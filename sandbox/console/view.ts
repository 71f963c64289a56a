import type { FaultPlaceText } from "../faults/fault-text.ts";

/**
 * What the console shows. It has no property for a client secret, a private key, a signature key or a whole token, so
 * that no page can show one. Texts may be anything: names of users and files come from requests.
 */
export interface ConsoleView {
  /** Name in the path `/t/<name>/`; `undefined` for the default enterprise. */
  readonly enterprise: string | undefined;
  /** Names of all that have one. */
  readonly enterprises: readonly string[];
  /** Base URL of this enterprise's Box as the browser reaches it, without a slash at its end. */
  readonly baseUrl: string;
  readonly clock: ClockView;
  readonly apps: readonly AppView[];
  readonly tokens: Some<TokenView>;
  readonly users: Some<UserView>;
  /** The items at the top of each owner's tree. */
  readonly items: Some<OwnerView>;
  readonly requests: RequestsView;
  readonly faults: FaultsView;
  /** Callers of the token function; `undefined` where there is none. */
  readonly callers: CallersView | undefined;
}

/** The first of many. */
export interface Some<One> {
  readonly shown: readonly One[];
  /** How many there are, those included that are not shown. */
  readonly total: number;
}

export interface ClockView {
  /** By Box's clock, in milliseconds since 1970. */
  readonly now: number;
  /** Ahead of this machine's clock; negative where it is behind. */
  readonly skewSeconds: number;
  readonly frozen: boolean;
}

export interface AppView {
  readonly clientId: string;
  readonly authentication: "jwt" | "client_credentials" | "oauth2" | "app_token";
  readonly enterpriseId: string;
  readonly serviceAccountId: string;
  readonly authorized: boolean;
  readonly enabled: boolean;
  readonly userTokens: boolean;
  readonly asUser: boolean;
  readonly accessLevel: "app" | "app+enterprise";
  readonly scopes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly keys: readonly KeyView[];
  /** Slots that have a webhook signature key: `primary`, `secondary`. */
  readonly signatureKeys: readonly string[];
}

export interface KeyView {
  /** publicKeyID, the `kid` of an assertion. */
  readonly id: string;
  /** Type and size: `RSA 2048`. */
  readonly kind: string;
  /** SHA-256 of the public key (SPKI, DER), the first 16 hexadecimal digits. */
  readonly fingerprint: string;
}

export interface TokenView {
  /** The first characters; never the whole token. */
  readonly start: string;
  /** Hexadecimal, whole: names the token in `DELETE /_sandbox/tokens/<sha256>`. */
  readonly sha256: string;
  readonly clientId: string;
  readonly user: string;
  readonly scopes: readonly string[];
  /** Item that it is bound to. */
  readonly itemId: string | undefined;
  readonly downscoped: boolean;
  /** Whole seconds by Box's clock; infinite where it never expires. */
  readonly secondsLeft: number;
}

export interface UserView {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly kind: string;
}

export interface OwnerView {
  readonly name: string;
  readonly id: string;
  readonly items: readonly ItemView[];
}

export interface ItemView {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  /** Bytes of a file. */
  readonly size: number | undefined;
  /** Notes such as the users that it is shared with. */
  readonly notes: readonly string[];
  /** Items below a folder. */
  readonly items: readonly ItemView[];
}

export interface RequestsView {
  /** Latest first. */
  readonly shown: readonly RequestView[];
  /** Requests that have arrived since the start. */
  readonly total: number;
}

export interface RequestView {
  /** Number in the order of the responses, from 1. */
  readonly number: number;
  /** By this machine's clock, in milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** Path and query, with `…` instead of what may be a credential. */
  readonly target: string;
  readonly operation: string;
  /** 0 where the connection was broken before a status. */
  readonly status: number;
  readonly durationMs: number;
  /** Names of the faults that affected it. */
  readonly faults: readonly string[];
}

export interface FaultsView {
  readonly active: readonly ActiveFaultView[];
  /** The places whose faults this server can inject. */
  readonly places: readonly FaultPlaceText[];
}

export interface ActiveFaultView {
  /** As it was written: `rate-limited:7`, `secrets-manager/throttled`. */
  readonly written: string;
  readonly hits: number;
  readonly times: number | undefined;
  readonly after: number | undefined;
  readonly on: string | undefined;
}

export interface CallersView {
  readonly callers: readonly { readonly name: string; readonly roleArn: string; readonly gets: string }[];
  readonly apps: readonly string[];
  /** Users that a token can be requested for. */
  readonly users: readonly { readonly id: string; readonly name: string }[];
}
