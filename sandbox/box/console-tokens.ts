import { type BoxApp, type BoxUser, isActive } from "./state.ts";
import type { Tokens } from "./tokens.ts";

/** The two App Tokens that an app may have at the same time, so that one can be replaced while the other works. */
export const APP_TOKEN_SLOTS = ["primary", "secondary"] as const;
export type AppTokenSlot = (typeof APP_TOKEN_SLOTS)[number];

/** An App Token as the Developer Console shows it. */
export interface AppToken {
  readonly token: string;
  /** Day by Box's clock, `2026-11-01`. */
  readonly createdAt: string;
}

/** Tokens that a person generates in the Developer Console. */
export interface ConsoleTokens {
  /** A token of the user for 60 minutes. Nothing refreshes it. @throws Error if the app cannot have one */
  developerToken(app: BoxApp, user: BoxUser): string;
  /**
   * Generates the App Token of a slot; the one before it ends at once. It acts as the Service Account.
   * @param expiresInDays default: it never expires.
   * @throws Error unless the app uses App Tokens and the enterprise admin has authorized it
   */
  generateAppToken(app: BoxApp, slot: AppTokenSlot, options?: { readonly expiresInDays?: number }): AppToken;
  revokeAppToken(app: BoxApp, slot: AppTokenSlot): void;
  /** The tokens that the console shows, which may have expired or been revoked by a request. */
  appTokens(app: BoxApp): Readonly<Partial<Record<AppTokenSlot, AppToken>>>;
}

const DEVELOPER_TOKEN_LIFE_SECONDS = 3_600;
const DAY_SECONDS = 24 * 3_600;

/** App Tokens that the console shows, by client ID. */
export type ShownTokens = Map<string, Partial<Record<AppTokenSlot, AppToken>>>;

/**
 * @param now Box's clock, in milliseconds since 1970.
 * @param shown where they are kept.
 */
export function consoleTokens(tokens: Tokens, now: () => number, shown: ShownTokens): ConsoleTokens {
  const mint = ({ clientId, scopes }: BoxApp, userId: string, expiresIn: number): string => {
    const facts = { clientId, userId, scopes: new Set<string>(scopes), downscoped: false };
    return tokens.mint(facts, expiresIn, "user").value;
  };
  const revokeAppToken = ({ clientId }: BoxApp, slot: AppTokenSlot): void => {
    const { [slot]: ended, ...others } = shown.get(clientId) ?? {};
    if (ended !== undefined) tokens.revoke(ended.token);
    shown.set(clientId, others);
  };
  return {
    developerToken(app, user) {
      if (app.authentication === "app_token")
        throw new Error("An app with App Tokens has no developer tokens.");
      if (user.kind !== "managed") throw new Error(`The user ${user.id} cannot log in to the console.`);
      return mint(app, user.id, DEVELOPER_TOKEN_LIFE_SECONDS);
    },
    generateAppToken(app, slot, { expiresInDays = Number.POSITIVE_INFINITY } = {}) {
      if (app.authentication !== "app_token")
        throw new Error(`The app ${app.clientId} does not use App Tokens.`);
      if (!isActive(app))
        throw new Error("Box generates App Tokens only after the admin has authorized the app.");
      revokeAppToken(app, slot);
      const token = mint(app, app.serviceAccountId, expiresInDays * DAY_SECONDS);
      const generated = { token, createdAt: new Date(now()).toISOString().slice(0, 10) };
      shown.set(app.clientId, { ...shown.get(app.clientId), [slot]: generated });
      return generated;
    },
    revokeAppToken,
    appTokens: ({ clientId }) => ({ ...shown.get(clientId) }),
  };
}
