import { createHash, type KeyObject } from "node:crypto";
import type { Enterprise } from "../box/enterprise.ts";
import type { BoxApp, BoxState } from "../box/state.ts";
import type { AccessToken } from "../box/tokens.ts";
import type { FaultsByPlace } from "../control/resource.ts";
import { tokenSha256 } from "../control/tokens.ts";
import { faultPlaces, writtenFault } from "../faults/fault-text.ts";
import type { FaultPlace } from "../faults/faults.ts";
import { ownersOf } from "./item-tree.ts";
import type { CallerConsole } from "./try-it.ts";
import type {
  AppView,
  CallersView,
  ConsoleView,
  FaultsView,
  KeyView,
  RequestView,
  Some,
  TokenView,
  UserView,
} from "./view.ts";

/** What the console shows: one enterprise, and what runs with it. */
export interface ConsoleSource {
  readonly enterprise: Pick<Enterprise, "state" | "tokens" | "requests" | "clock">;
  /** Name in its path; `undefined` for the one without a name. */
  readonly name: string | undefined;
  /** Of every enterprise that has one. */
  readonly names: readonly string[];
  readonly faults: FaultsByPlace;
  /** Where the sandbox runs the token function. */
  readonly callers?: CallerConsole | undefined;
}

/** More than these are counted and not shown: the page is rendered again with every change. */
const MOST = { tokens: 50, users: 100, requests: 100, callers: 50, enterprises: 50 } as const;
/** Of a token in a page; the rest has at least 140 bits. */
const TOKEN_START = 8;

/** What the page shows now. */
export function viewOf(source: ConsoleSource, baseUrl: string): ConsoleView {
  const { enterprise, name, names, faults, callers } = source;
  const { state, clock, requests } = enterprise;
  return {
    enterprise: name,
    enterprises: names.slice(0, MOST.enterprises),
    baseUrl,
    clock: { now: clock.now(), skewSeconds: clock.skewSeconds, frozen: clock.frozen },
    apps: [...state.apps.values()].map(appView),
    tokens: tokensView(enterprise),
    users: first([...state.users.values()].map(userView), MOST.users),
    items: ownersOf(state),
    requests: {
      shown: requests.entries.slice(-MOST.requests).reverse().map(requestView),
      total: requests.count(),
    },
    faults: faultsView(faults),
    callers: callers && callersView(callers, state),
  };
}

const first = <One>(all: readonly One[], most: number): Some<One> => ({
  shown: all.slice(0, most),
  total: all.length,
});

function appView(app: BoxApp): AppView {
  const { clientId, authentication, enterpriseId, serviceAccountId, accessLevel } = app;
  const { authorized, enabled, userTokens, asUser } = app;
  return {
    ...{ clientId, authentication, enterpriseId, serviceAccountId, accessLevel },
    ...{ authorized, enabled, userTokens, asUser },
    scopes: [...app.scopes],
    redirectUris: [...app.redirectUris],
    keys: [...app.publicKeys].map(([id, key]) => keyView(id, key)),
    signatureKeys: Object.keys(app.signatureKeys),
  };
}

function keyView(id: string, key: KeyObject): KeyView {
  const { asymmetricKeyType = "", asymmetricKeyDetails } = key;
  const size = asymmetricKeyDetails?.modulusLength ?? asymmetricKeyDetails?.namedCurve ?? "";
  const fingerprint = createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
  return {
    id,
    kind: `${asymmetricKeyType.toUpperCase()} ${size}`.trimEnd(),
    fingerprint: fingerprint.slice(0, 16),
  };
}

const KINDS = {
  "service-account": "Service Account",
  managed: "Managed User",
  "app-user": "App User",
} as const satisfies Record<string, string>;

const userView = ({
  id,
  name,
  login,
  kind,
}: BoxState["users"] extends Map<string, infer User> ? User : never): UserView => ({
  ...{ id, name, login },
  kind: KINDS[kind],
});

/** Latest first. */
function tokensView(enterprise: ConsoleSource["enterprise"]): Some<TokenView> {
  const now = enterprise.clock.now();
  const live = [...enterprise.tokens.all.values()].filter(({ expiresAt }) => expiresAt > now).reverse();
  return {
    shown: live.slice(0, MOST.tokens).map((token) => tokenView(token, enterprise)),
    total: live.length,
  };
}

function tokenView(token: AccessToken, { state, tokens }: ConsoleSource["enterprise"]): TokenView {
  const { value, clientId, userId, scopes, itemId, downscoped } = token;
  return {
    start: value.slice(0, TOKEN_START),
    sha256: tokenSha256(value),
    clientId,
    user: state.users.get(userId)?.name ?? userId,
    scopes: [...scopes],
    itemId,
    downscoped,
    secondsLeft: tokens.secondsLeft(token),
  };
}

function faultsView(faults: FaultsByPlace): FaultsView {
  const entries = Object.entries(faults);
  const active = entries.flatMap(([place, { active }]) =>
    active.map((fault) => {
      const { hits, times, after, on } = fault;
      return { written: writtenFault(place, fault), ...{ hits, times, after, on } };
    }),
  );
  return { active, places: faultPlaces(entries.map(([place]) => place as FaultPlace)) };
}

function requestView({
  path,
  query,
  ...facts
}: ConsoleSource["enterprise"]["requests"]["entries"][number]): RequestView {
  const { number, at, method, operation, status, durationMs, faults } = facts;
  const target = query === undefined ? path : `${path}?${query}`;
  return { number, at, method, target, operation, status, durationMs, faults };
}

const callersView = ({ callers, apps }: CallerConsole, state: BoxState): CallersView => ({
  callers: callers.slice(0, MOST.callers),
  apps: apps.slice(0, MOST.callers),
  users: subjectsOf(state),
});

/** Users that a token can be requested for: the Service Account is what a request without a user gets. */
const subjectsOf = ({ users }: BoxState) =>
  [...users.values()]
    .filter(({ kind }) => kind !== "service-account")
    .slice(0, MOST.users)
    .map(({ id, name }) => ({ id, name }));
