import type { KeyObject } from "node:crypto";
import type { Scope } from "../../schemas/protocol/scopes.ts";
import { type AppConfig, clientCredentials } from "../apps/app.ts";
import type { BoxCollaboration } from "./collaborations.ts";
import type { BoxEvent } from "./events.ts";
import type { BoxGroup } from "./groups.ts";
import { ItemMap } from "./items/item-map.ts";
import type { UploadSession } from "./items/upload-session.ts";
import { shortToken } from "./tokens.ts";
import type { UserAccount } from "./user-account.ts";
import type { BoxWebhook } from "./webhooks/subscriptions.ts";

/** An app as the Developer Console and the Admin Console hold it. Every property may change at run time. */
export interface BoxApp {
  readonly clientId: string;
  clientSecret: string;
  readonly enterpriseId: string;
  /** Authentication Method. */
  authentication: "jwt" | "client_credentials" | "oauth2" | "app_token";
  /** Public keys by publicKeyID. */
  readonly publicKeys: Map<string, KeyObject>;
  /** Application Scopes. */
  readonly scopes: Set<Scope>;
  /** Redirect URIs of an OAuth app: Box compares them character by character. */
  readonly redirectUris: Set<string>;
  /** Keys with which Box signs webhooks and Skill invocations; an app without a key sends none of its header. */
  readonly signatureKeys: SignatureKeys;
  /** Whether the enterprise admin has authorized it. */
  authorized: boolean;
  /** Whether it is enabled: a switch of its own, which *Disable unpublished platform apps by default* turns off. */
  enabled: boolean;
  /** Generate user access tokens. */
  userTokens: boolean;
  /** Make API calls using the as-user header. */
  asUser: boolean;
  /** App Access Level. */
  accessLevel: "app" | "app+enterprise";
  readonly serviceAccountId: string;
}

export interface SignatureKeys {
  primary?: string;
  secondary?: string;
}

export interface BoxUser {
  readonly id: string;
  name: string;
  login: string;
  readonly enterpriseId: string;
  readonly kind: "service-account" | "managed" | "app-user";
  /** What else the API lets be changed; default: nothing has been. */
  account?: UserAccount;
}

export interface BoxState {
  readonly apps: Map<string, BoxApp>;
  readonly users: Map<string, BoxUser>;
  readonly items: ItemMap;
  /** Items by the URL of their shared link. */
  readonly sharedLinks: Map<string, string>;
  /** Uploads in parts, by their id, that are neither committed nor aborted. */
  readonly uploadSessions: Map<string, UploadSession>;
  readonly collaborations: Map<string, BoxCollaboration>;
  readonly groups: Map<string, BoxGroup>;
  /** Those that apps have made by the API. */
  readonly webhooks: Map<string, BoxWebhook>;
  /** Oldest first. */
  readonly events: BoxEvent[];
  /** The latest id of each kind, so that none is given twice. */
  readonly lastIds: Record<"collaboration" | "group" | "membership" | "webhook" | "event", number>;
}

export const emptyState = (): BoxState => ({
  apps: new Map(),
  users: new Map(),
  items: new ItemMap(),
  sharedLinks: new Map(),
  uploadSessions: new Map(),
  collaborations: new Map(),
  groups: new Map(),
  webhooks: new Map(),
  events: [],
  lastIds: { collaboration: 6_000_000_000, group: 7_000_000, membership: 8_000_000, webhook: 900, event: 0 },
});

/** A number that no other one of that kind has or had. */
export function nextNumber({ lastIds }: BoxState, kind: keyof BoxState["lastIds"]): number {
  lastIds[kind] += 1;
  return lastIds[kind];
}

export type AppSettings = Partial<
  Omit<BoxApp, "publicKeys" | "scopes" | "redirectUris" | "signatureKeys" | "serviceAccountId">
> & {
  readonly scopes?: readonly Scope[];
  readonly redirectUris?: readonly string[];
  /** Whether both signature keys are generated; default: none is. */
  readonly signatureKeys?: boolean;
};

/** The form of a redirect URI; an app on a telephone has a scheme of its own. */
export const REDIRECT_URI = /^[a-zA-Z][a-zA-Z0-9+.-]*:\S{1,2000}$/;

const USUAL_SCOPES: readonly Scope[] = [
  "root_readwrite",
  "manage_managed_users",
  "manage_app_users",
  "manage_webhook",
];

/** Adds an app with its Service Account; without settings a JWT app, authorized, with everything ticked. */
export function addApp(
  state: BoxState,
  enterpriseId: string,
  settings: AppSettings = {},
  serviceAccountId = nextId(state.users, "2"),
): BoxApp {
  const credentials = clientCredentials();
  const app: BoxApp = {
    clientId: credentials.clientID,
    clientSecret: credentials.clientSecret,
    authentication: "jwt",
    authorized: true,
    enabled: true,
    userTokens: true,
    // An OAuth app acts as the user who consented; `As-User` would need an admin of the enterprise.
    asUser: settings.authentication !== "oauth2",
    accessLevel: "app+enterprise",
    ...settings,
    enterpriseId,
    serviceAccountId,
    publicKeys: new Map(),
    scopes: new Set(settings.scopes ?? USUAL_SCOPES),
    redirectUris: new Set(settings.redirectUris ?? []),
    signatureKeys:
      settings.signatureKeys === true ? { primary: newSignatureKey(), secondary: newSignatureKey() } : {},
  };
  state.apps.set(app.clientId, app);
  addServiceAccount(state, app);
  return app;
}

/** Adds the user that the app acts as. */
export function addServiceAccount({ users }: BoxState, { serviceAccountId: id, enterpriseId }: BoxApp): void {
  const login = `AutomationUser_${id}@boxdevedition.com`;
  users.set(id, { id, name: "Sandbox Service Account", login, enterpriseId, kind: "service-account" });
}

/** A key in the form of the console: 32 alphanumeric characters. */
const newSignatureKey = shortToken;

/** Replaces one of the app's signature keys, as the console's *Generate Key* does. @returns the new key */
export function replaceSignatureKey({ signatureKeys }: BoxApp, slot: keyof SignatureKeys): string {
  const key = newSignatureKey();
  signatureKeys[slot] = key;
  return key;
}

/** Adds the app that a generated `config.json` belongs to. */
export function addConfiguredApp(
  state: BoxState,
  { boxAppSettings, enterpriseID }: AppConfig,
  publicKey: KeyObject,
  settings: AppSettings = {},
): BoxApp {
  const { clientID, clientSecret, appAuth } = boxAppSettings;
  const app = addApp(state, enterpriseID, { ...settings, clientId: clientID, clientSecret });
  app.publicKeys.set(appAuth.publicKeyID, publicKey);
  return app;
}

/** Box's words for an app that is authorized but not enabled are not known: it is refused as if it were neither. */
export const isActive = ({ authorized, enabled }: BoxApp): boolean => authorized && enabled;

/** The user of that id, unless an admin has deactivated it: it cannot sign in, and its tokens do not work. */
export function activeUser({ users }: Pick<BoxState, "users">, id: string): BoxUser | undefined {
  const user = users.get(id);
  return user?.account?.attributes.status === "inactive" ? undefined : user;
}

export function nextId(existing: ReadonlyMap<string, unknown>, firstDigit: string): string {
  const idOf = (number: number) => `${firstDigit}${String(number).padStart(9, "0")}`;
  let number = existing.size + 1;
  while (existing.has(idOf(number))) number += 1;
  return idOf(number);
}
