import { formatIssue } from "../schemas/issue.ts";
import { jsonPointer, parseJson } from "../schemas/json.ts";
import { ok, type Result, refused } from "../schemas/result.ts";
import type { Finding } from "./finding.ts";

/** Where the exceptions stand, in the root of a repository. */
export const EXCEPTIONS_FILE = ".box-config-lint.json";

/** A finding that is let through by its identity, for a reason and until a day. */
export interface Exception {
  readonly identity: string;
  readonly reason: string;
  /** `YYYY-MM-DD`, the last day on which it counts. */
  readonly expires: string;
}

/** A baseline of a large repository has some thousand entries of 200 characters. */
const MAX_LENGTH = 16 * 1_048_576;

const MEMBERS = ["identity", "reason", "expires"] as const;

/** The exceptions of a file called `name`, or one sentence about the first thing that is wrong with it. */
export function parseExceptions(text: string, name: string): Result<readonly Exception[], string> {
  const wrong = (why: string) => refused(`${name} cannot be used: ${why}`);
  const parsed = parseJson(text, { maxLength: MAX_LENGTH });
  if (!parsed.ok) {
    const [issue] = parsed.error;
    return wrong(issue ? formatIssue(issue) : "it is not JSON.");
  }
  const { value, locate } = parsed.value;
  const at = (...path: readonly (string | number)[]) => `line ${locate(jsonPointer(path)).line}`;
  if (!isObject(value) || !Array.isArray(value.ignore))
    return wrong('it must be an object with the member "ignore", an array.');
  const extra = Object.keys(value).findIndex((name) => name !== "ignore" && name !== "$schema");
  if (extra !== -1) return wrong('beside "ignore" and "$schema" it can have no member; remove the others.');
  const exceptions: Exception[] = [];
  for (const [index, entry] of value.ignore.entries()) {
    const why = fault(entry);
    if (why !== undefined) return wrong(`the entry at ${at("ignore", index)} ${why}`);
    exceptions.push(entry as Exception);
  }
  return ok(exceptions);
}

function fault(entry: unknown): string | undefined {
  if (!isObject(entry)) return "must be an object with identity, reason and expires.";
  const missing = MEMBERS.find((name) => typeof entry[name] !== "string" || entry[name].trim() === "");
  if (missing) return `lacks "${missing}", a text; each entry has identity, reason and expires.`;
  if (Object.keys(entry).length > MEMBERS.length) return "can have identity, reason and expires only.";
  if (!isDay(entry.expires)) return 'has an "expires" that is no day; write it as YYYY-MM-DD.';
  return undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function isDay(value: unknown): value is string {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

export interface Sifted<Found> {
  readonly findings: readonly Found[];
  /** How many findings were let through. */
  readonly suppressed: number;
  /** Exceptions whose day has passed and that would have let something through or were not needed. */
  readonly expired: readonly Exception[];
  readonly unused: readonly Exception[];
}

/** Takes out what an exception lets through on the day (`YYYY-MM-DD`). */
export function sift<Found extends Finding>(
  findings: readonly Found[],
  exceptions: readonly Exception[],
  today: string,
): Sifted<Found> {
  const valid = new Set(exceptions.filter(({ expires }) => expires >= today).map(({ identity }) => identity));
  const found = new Set(findings.map(({ identity }) => identity));
  const left = findings.filter(({ identity }) => !valid.has(identity));
  return {
    findings: left,
    suppressed: findings.length - left.length,
    expired: exceptions.filter(({ expires, identity }) => expires < today && !valid.has(identity)),
    unused: exceptions.filter(({ identity }) => !found.has(identity)),
  };
}
