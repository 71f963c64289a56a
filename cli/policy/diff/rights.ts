import type { Statement } from "../../../schemas/policy/parse.ts";
import { BOX_SCOPES } from "../../../schemas/protocol/scopes.ts";
import type { Labelled } from "./dimensions.ts";
import { TooManyClasses } from "./pattern-classes.ts";

export type Scopes = readonly string[];

/** Where the scopes of a token hold: bound to a file or folder of the class, or to none. */
export type ResourceClass = Labelled | undefined;

/** Which tokens are obtainable: `scopes` undefined is the app's full token. */
export type Obtainable = (scopes: Scopes | undefined, place: ResourceClass) => boolean;

/** Instead of scopes that Box may add, which only `unrestricted` covers. */
const UNLISTED_SCOPE = "a_scope_that_no_statement_lists";
const EVERY_SCOPE: Scopes = [...BOX_SCOPES, UNLISTED_SCOPE].sort();
export const isEveryScope = (scopes: Scopes): boolean => scopes.includes(UNLISTED_SCOPE);

const MAX_SCOPE_SETS = 400;

/**
 * For every set of scopes that a request can name, one here that the same statements cover, and that is the largest of
 * those: each intersection of what statements list, and all scopes.
 * @throws TooManyClasses
 */
export function scopeSets(statements: readonly Statement[]): readonly Scopes[] {
  const listed = statements.flatMap(({ scopes }) => (scopes === undefined ? [] : [[...scopes] as Scopes]));
  const sets = new Map([[EVERY_SCOPE.join(" "), EVERY_SCOPE]]);
  for (const scopes of listed) {
    for (const known of [...sets.values()]) {
      const both = known.filter((scope) => scopes.includes(scope));
      if (both.length > 0) sets.set(both.join(" "), both);
    }
    if (sets.size > MAX_SCOPE_SETS) throw new TooManyClasses();
  }
  return [...sets.values()].sort((a, b) => b.length - a.length);
}

/** Scopes that are gained or lost at some places, in one token where each alone was there before. */
export interface ScopeChange {
  readonly scopes: Scopes;
  readonly together: boolean;
  readonly places: readonly ResourceClass[];
}

/** The scopes that tokens can have by `after` and cannot by `before`. */
export function gained(
  before: Obtainable,
  after: Obtainable,
  sets: readonly Scopes[],
  places: readonly ResourceClass[],
): readonly ScopeChange[] {
  const changes = new Map<string, ScopeChange>();
  for (const place of places) {
    for (const change of gainedAt(place, before, after, sets)) {
      const key = `${change.together} ${change.scopes.join(" ")}`;
      const known = changes.get(key)?.places ?? [];
      changes.set(key, { ...change, places: [...known, place] });
    }
  }
  return [...changes.values()];
}

function gainedAt(
  place: ResourceClass,
  before: Obtainable,
  after: Obtainable,
  sets: readonly Scopes[],
): readonly Omit<ScopeChange, "places">[] {
  const fresh = maximal(sets.filter((scopes) => after(scopes, place) && !before(scopes, place)));
  if (fresh.length === 0) return [];
  const had = new Set(sets.filter((scopes) => before(scopes, place)).flat());
  const scopes = [...new Set(fresh.flat())].filter((scope) => !had.has(scope)).sort();
  if (isEveryScope(scopes)) return [{ scopes: EVERY_SCOPE, together: false }];
  const combined = fresh.filter((set) => set.every((scope) => had.has(scope)));
  return [
    ...(scopes.length > 0 ? [{ scopes, together: false }] : []),
    ...combined.map((set) => ({ scopes: set, together: true })),
  ];
}

/** Those that are in no other; the sets are distinct. */
const maximal = (sets: readonly Scopes[]): readonly Scopes[] =>
  sets.filter((set) => !sets.some((other) => other !== set && set.every((scope) => other.includes(scope))));
