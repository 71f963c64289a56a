import { authorize } from "../../../functions/broker/authorize.ts";
import { authorizeRevocation } from "../../../functions/broker/authorize-revocation.ts";
import { callerIdOf } from "../../../functions/broker/caller-id.ts";
import type { KnownToken } from "../../../functions/broker/shared-cache/issued-token.ts";
import type { Caller } from "../../../schemas/policy/caller.ts";
import type { Policy, Statement } from "../../../schemas/policy/parse.ts";
import type { TokenRequest } from "../../../schemas/protocol/token-request.ts";
import { type Labelled, resourceClasses } from "./dimensions.ts";
import {
  gained,
  isEveryScope,
  type Obtainable,
  type ResourceClass,
  type ScopeChange,
  type Scopes,
  scopeSets,
} from "./rights.ts";

/** What differs between two policies for one class of callers, of apps and of subjects. */
export type Change =
  | { readonly change: "gains" | "loses"; readonly right: "full-token" }
  | ({ readonly change: "gains" | "loses"; readonly right: "scopes" } & Right)
  | { readonly change: "gains" | "loses"; readonly right: "revoke-full-token" }
  | ({ readonly change: "gains" | "loses"; readonly right: "revoke" } & Right)
  /** What a request without a scope or without a resource gets; null: it is refused. */
  | {
      readonly change: "changes";
      readonly right: "default";
      readonly request: SentRequest;
      readonly before: TokenLabel | null;
      readonly after: TokenLabel | null;
    }
  | { readonly change: "changes"; readonly right: "isolate"; readonly after: boolean };

interface Right {
  /** `any`: every scope that was not there before. */
  readonly scopes: Scopes | "any";
  /** Each scope was there before, and not all of them in one token. */
  readonly together: boolean;
  /** Labels of files and folders; empty: not bound to any. */
  readonly resources: readonly string[];
}

/** A request by what it leaves out: null is not sent. */
export interface SentRequest {
  readonly scopes: Scopes | "any" | null;
  readonly resource: string | null;
}

/** `full`, or scopes and what they are bound to. */
export type TokenLabel = "full" | { readonly scopes: Scopes | "any"; readonly resource: string | null };

/** One class of callers, apps and subjects, by an example of each. */
export interface Cell {
  readonly caller: Caller;
  readonly app: string;
  /** `enterprise` or `user:ID`. */
  readonly subject: string;
}

/** A granted token. */
interface Token {
  readonly scopes?: Scopes;
  readonly resource?: string;
  readonly isolate: boolean;
}

/** What changes in a cell from the statements that match it before to those that match it after. */
export function cellChanges(
  cell: Cell,
  before: readonly Statement[],
  after: readonly Statement[],
): readonly Change[] {
  const all = [...before, ...after];
  const sets = scopeSets(all);
  const resources = resourceClasses(all);
  const places: readonly ResourceClass[] = [undefined, ...resources];
  const [was, is] = [grantsOf(cell, before), grantsOf(cell, after)];
  const [revokedBefore, revokes] = [revocationsOf(cell, before), revocationsOf(cell, after)];
  return [
    ...rights(was.obtainable, is.obtainable, sets, places, ["full-token", "scopes"]),
    ...rights(revokedBefore, revokes, sets, places, ["revoke-full-token", "revoke"]),
    ...defaults(was, is, sets, resources),
    ...isolation(was, is, sets, places),
  ];
}

function rights(
  was: Obtainable,
  is: Obtainable,
  sets: readonly Scopes[],
  places: readonly ResourceClass[],
  [full, scoped]: readonly ["full-token", "scopes"] | readonly ["revoke-full-token", "revoke"],
): readonly Change[] {
  const directions = [
    ["gains", was, is],
    ["loses", is, was],
  ] as const;
  return directions.flatMap(([change, without, having]): readonly Change[] => {
    const changes = gained(without, having, sets, places).map(
      (one): Change => ({ change, right: scoped, ...labelledRight(one, places) }),
    );
    if (!having(undefined, undefined) || without(undefined, undefined)) return changes;
    // The full token has every scope everywhere.
    return [{ change, right: full }, ...changes.filter((one) => !("scopes" in one) || one.together)];
  });
}

function labelledRight({ scopes, together, places }: ScopeChange, all: readonly ResourceClass[]): Right {
  const unbound = places.includes(undefined);
  const bound = places.filter((place) => place !== undefined);
  // What is obtainable unbound is obtainable for each file and folder too.
  const resources = unbound && places.length === all.length ? [] : bound.map(({ label }) => label);
  return {
    scopes: scopesLabel(scopes),
    together,
    resources: unbound && resources.length > 0 ? ["unbound", ...resources] : resources,
  };
}

const scopesLabel = (scopes: Scopes): Scopes | "any" => (isEveryScope(scopes) ? "any" : scopes);

/** What `authorize` grants in a cell. */
function grantsOf({ caller, app, subject }: Cell, statements: readonly Statement[]) {
  const policy: Policy = { version: 1, statements };
  const base = { subject: requestedSubject(subject), minTtl: 0 };
  const grant = (scopes: Scopes | undefined, resource: string | undefined): Token | null => {
    const request: TokenRequest = {
      ...base,
      ...(scopes !== undefined && { scopes }),
      ...(resource !== undefined && { resource }),
    };
    const granted = authorize(policy, caller, app, request);
    if (!granted.ok) return null;
    const { restriction, isolate = false } = granted.value;
    return { ...restriction, isolate };
  };
  const obtainable: Obtainable = (scopes, place) => {
    const token = grant(scopes, place?.example);
    return (
      token !== null &&
      token.resource === place?.example &&
      (scopes !== undefined || token.scopes === undefined)
    );
  };
  return { grant, obtainable };
}
type Grants = ReturnType<typeof grantsOf>;

/** Which shared tokens the caller may end at Box. */
function revocationsOf({ caller, app, subject }: Cell, statements: readonly Statement[]): Obtainable {
  const policy: Policy = { version: 1, statements };
  return (scopes, place) => {
    const resource = place === undefined ? {} : { resource: place.example };
    const token: KnownToken = {
      app,
      // The policy does not compare the enterprise's id.
      subject: { id: "", ...requestedSubject(subject) },
      ...(scopes !== undefined && { restriction: { scopes, ...resource } }),
    };
    return authorizeRevocation(policy, caller, callerIdOf(caller), token)?.endsAtBox ?? false;
  };
}

const requestedSubject = (subject: string): TokenRequest["subject"] =>
  subject === "enterprise" ? { type: "enterprise" } : { type: "user", id: subject.slice("user:".length) };

/**
 * What requests get that leave something out, where that changes: except where a token replaces a refusal, or the other
 * way round, because the right to that very token is gained or lost, which another change says.
 */
function defaults(
  was: Grants,
  is: Grants,
  sets: readonly Scopes[],
  resources: readonly Labelled[],
): readonly Change[] {
  const requests = [
    [undefined, undefined] as const,
    ...resources.map((resource) => [undefined, resource] as const),
    ...sets.map((scopes) => [scopes, undefined] as const),
  ];
  const changes = new Map<string, Change>();
  for (const [scopes, place] of requests) {
    const [before, after] = [was.grant(scopes, place?.example), is.grant(scopes, place?.example)];
    if (sameToken(before, after)) continue;
    const token = before ?? after;
    const elsewhere = before === null ? was : after === null ? is : undefined;
    if (token !== null && elsewhere !== undefined && isReported(token, elsewhere, resources)) continue;
    const sent = place === undefined ? null : place.label;
    const label = (one: Token | null) => tokenLabel(one, resources);
    const change: Change = {
      change: "changes",
      right: "default",
      request: { scopes: scopes === undefined ? null : scopesLabel(scopes), resource: sent },
      before: label(before),
      after: label(after),
    };
    changes.set(JSON.stringify(change), change);
  }
  return [...changes.values()];
}

/** Whether the token is not obtainable at all by the other policy, so that a right is gained or lost with it. */
function isReported(token: Token, other: Grants, resources: readonly Labelled[]): boolean {
  const place = resources.find(({ example }) => example === token.resource);
  if (place === undefined && token.resource !== undefined) return false;
  return !other.obtainable(token.scopes, place);
}

function isolation(
  was: Grants,
  is: Grants,
  sets: readonly Scopes[],
  places: readonly ResourceClass[],
): readonly Change[] {
  const after = new Set<boolean>();
  for (const scopes of [undefined, ...sets]) {
    for (const place of places) {
      const [one, other] = [was.grant(scopes, place?.example), is.grant(scopes, place?.example)];
      if (one !== null && other !== null && one.isolate !== other.isolate) after.add(other.isolate);
    }
  }
  return [...after].map((isolate) => ({ change: "changes", right: "isolate", after: isolate }));
}

const sameToken = (one: Token | null, other: Token | null): boolean =>
  JSON.stringify([one?.scopes, one?.resource, one === null]) ===
  JSON.stringify([other?.scopes, other?.resource, other === null]);

function tokenLabel(token: Token | null, resources: readonly Labelled[]): TokenLabel | null {
  if (token === null) return null;
  const { scopes, resource } = token;
  if (scopes === undefined) return "full";
  const label = resources.find(({ example }) => example === resource)?.label;
  return { scopes: scopesLabel(scopes), resource: label ?? resource ?? null };
}
