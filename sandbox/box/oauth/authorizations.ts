import { createHash } from "node:crypto";
import { requireThat } from "../errors.ts";
import { activeUser, type BoxState, type BoxUser } from "../state.ts";
import { shortToken } from "../tokens.ts";

/** A user's consent that an authorization code represents. */
export interface Consent {
  readonly clientId: string;
  readonly userId: string;
  readonly redirectUri: string;
  /** BASE64URL(SHA-256(verifier)), RFC 7636 §4.2; absent where the request had none. */
  readonly codeChallenge?: string | undefined;
  readonly scopes: ReadonlySet<string>;
}

/** A consent without a browser: `scope` is a space-separated list, by default every scope of the app. */
export type ConsentRequest = Omit<Consent, "scopes"> & { readonly scope?: string | undefined };

/** What has to fit the consent when a code is redeemed. */
export interface Redemption {
  readonly clientId: string;
  /** Compared only where the app sends it; Box's SDKs do not. */
  readonly redirectUri: string | undefined;
  readonly codeVerifier: string | undefined;
}

export interface Authorizations {
  /** An authorization code for a consent. */
  issue(consent: Consent): string;
  /** The user consents without a browser. @throws Error that names what the app or user lacks */
  grant(request: ConsentRequest): string;
  /** The consent behind a code, once. @throws BoxRefusal */
  redeem(code: string, redemption: Redemption): Consent;
}

const CODE_LIFE_SECONDS = 30;

/** Consents by their code; `expiresAt` is by Box's clock, in milliseconds since 1970. */
export type Codes = Map<string, Consent & { readonly expiresAt: number }>;

/**
 * @param now Box's clock, in milliseconds since 1970.
 * @param codes where they are kept.
 */
export function authorizationStore(state: BoxState, now: () => number, codes: Codes): Authorizations {
  const issue = (consent: Consent): string => {
    const code = shortToken();
    codes.set(code, { ...consent, expiresAt: now() + CODE_LIFE_SECONDS * 1_000 });
    return code;
  };
  return {
    issue,
    grant: ({ scope, ...request }) => issue({ ...request, scopes: checkedScopes(state, request, scope) }),
    redeem(code, { clientId, redirectUri, codeVerifier }) {
      const consent = codes.get(code);
      requireThat(consent !== undefined && consent.clientId === clientId, "authorizationCode");
      requireThat(consent.expiresAt > now(), "authorizationCodeExpired");
      // The app's attempt uses the code up, whatever becomes of it.
      codes.delete(code);
      requireThat(redirectUri === undefined || redirectUri === consent.redirectUri, "authorizationCode");
      requireThat(fits(codeVerifier, consent.codeChallenge), "codeVerifier");
      return consent;
    },
  };
}

/** Every user of the sandbox who can log in: an App User and a Service Account have no password. */
export const usersWithLogin = (state: BoxState): readonly BoxUser[] =>
  [...state.users.values()].filter(
    ({ id, kind }) => kind === "managed" && activeUser(state, id) !== undefined,
  );

function checkedScopes(
  state: BoxState,
  { clientId, userId, redirectUri }: Omit<ConsentRequest, "scope">,
  scope: string | undefined,
): ReadonlySet<string> {
  const app = state.apps.get(clientId);
  if (app?.authentication !== "oauth2") throw new Error(`No OAuth app has the client ID ${clientId}.`);
  if (!usersWithLogin(state).some(({ id }) => id === userId)) {
    throw new Error(
      `No managed user has the id ${userId}; App Users, Service Accounts and deactivated users cannot consent.`,
    );
  }
  if (!app.redirectUris.has(redirectUri)) {
    throw new Error(
      `The app has no redirect URI ${redirectUri}; it has ${[...app.redirectUris].join(", ")}.`,
    );
  }
  const scopes = requestedScopes(scope, app.scopes);
  if (scopes === undefined)
    throw new Error(`The app has no such scopes; it has ${[...app.scopes].join(" ")}.`);
  return scopes;
}

/** @returns `undefined` unless the app has every scope of the list. */
export function requestedScopes(
  scope: string | undefined,
  appScopes: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const names = (scope ?? "").split(" ").filter((name) => name !== "");
  if (names.length === 0) return new Set(appScopes);
  return names.every((name) => has(appScopes, name)) ? new Set(names) : undefined;
}

/** Where an app may write, the console ticks that it may read. */
const has = (appScopes: ReadonlySet<string>, name: string): boolean =>
  appScopes.has(name === "root_readonly" && appScopes.has("root_readwrite") ? "root_readwrite" : name);

/** RFC 7636 §4.6, with S256 alone. */
function fits(verifier: string | undefined, challenge: string | undefined): boolean {
  if (challenge === undefined) return true;
  return verifier !== undefined && createHash("sha256").update(verifier).digest("base64url") === challenge;
}
