import { includesScope } from "../protocol/scopes.ts";
import type { Caller } from "./caller.ts";
import { matchesCaller } from "./caller-pattern.ts";
import type { Policy, Statement } from "./parse.ts";
import { matchesPattern } from "./pattern.ts";

/** What was requested, as the policy compares it. */
export interface Requested {
  readonly caller: Caller;
  readonly app: string;
  /** `enterprise`, `enterprise:ID` or `user:ID`. */
  readonly subject: string;
  readonly scopes: readonly string[] | undefined;
  readonly resource: string | undefined;
}

/** How far a statement is from a request that it lacks this for: a caller is further than all others together. */
const DISTANCES = { caller: 16, app: 8, subject: 4, scope: 2, resource: 1 } as const;

/** What a statement lacks for a request, and what it has in its place. */
export interface Lack {
  readonly what: keyof typeof DISTANCES;
  /** The value of the request; for scopes those of them that the statement does not list. */
  readonly requested: readonly string[];
  readonly allowed: readonly string[];
}

export interface NearestStatement {
  /** Its `id`. */
  readonly statement: string;
  /** At least one. */
  readonly lacks: readonly Lack[];
}

/**
 * Which statement came nearest to granting a refused request, and what it lacks. A statement for the caller is nearer
 * than one for its app, its subject, its scopes or its resource.
 * @returns `undefined` if the policy has no statement, or one that lacks nothing
 */
export function nearestStatement({ statements }: Policy, requested: Requested): NearestStatement | undefined {
  const rows = statements.map((statement) => ({ id: statement.id, lacks: lacksOf(statement, requested) }));
  const distance = ({ lacks }: Pick<NearestStatement, "lacks">) =>
    lacks.reduce((sum, { what }) => sum + DISTANCES[what], 0);
  const [nearest] = rows.toSorted((a, b) => distance(a) - distance(b));
  if (nearest === undefined || nearest.lacks.length === 0) return undefined;
  return { statement: nearest.id, lacks: nearest.lacks };
}

/** `reports-read lacks the scope item_upload (it has item_download)`. */
export const nearestText = ({ statement, lacks }: NearestStatement): string =>
  `${statement} lacks ${lacks.map(lackText).join(", ")}`;

/** `the scope item_upload (it has item_download)`. */
export const lackText = ({ what, requested, allowed }: Lack): string =>
  `the ${what} ${requested.join(", ")} (it has ${allowed.join(", ")})`;

function lacksOf(
  statement: Statement,
  { caller, app, subject, scopes = [], resource }: Requested,
): readonly Lack[] {
  const lacks: Lack[] = [];
  const lack = (what: Lack["what"], requested: readonly string[], allowed: readonly string[]) =>
    lacks.push({ what, requested, allowed });
  if (!matchesCaller(statement.caller, caller)) {
    lack("caller", [callerText(caller)], Object.values(statement.caller));
  }
  if (!matchesPattern(statement.app, app)) lack("app", [app], [statement.app]);
  const name = subject.startsWith("enterprise") ? "enterprise" : subject;
  if (!statement.subjects.some((pattern) => matchesPattern(pattern, name))) {
    lack("subject", [name], statement.subjects);
  }
  const { scopes: allowed, resources } = statement;
  if (allowed !== undefined) {
    const missing = scopes.filter((scope) => !includesScope(allowed, scope));
    if (missing.length > 0) lack("scope", missing, allowed);
  }
  if (resources !== undefined && resource !== undefined) {
    const covered = resources.some((pattern) => matchesPattern(pattern, resource));
    if (!covered) lack("resource", [resource], resources);
  }
  return lacks;
}

function callerText(caller: Caller): string {
  if ("iam" in caller) return caller.iam;
  return "alias" in caller ? `alias:${caller.alias}` : caller.unidentified;
}
