import { formatIssue } from "../schemas/issue.ts";
import { jsonPointer, parseJson } from "../schemas/json.ts";
import { ok, type Result, refused } from "../schemas/result.ts";
import { isDay, latestExpiry } from "./days.ts";
import type { Finding } from "./finding.ts";
import { parseSecretHashes } from "./secret-hash.ts";

/** Where the exceptions stand, in the root of a repository. */
export const EXCEPTIONS_FILE = ".box-config-lint.json";

/** A finding that is let through by its identity, for a reason and until a day. */
export interface Exception {
  readonly identity: string;
  readonly reason: string;
  /** `YYYY-MM-DD`, the last day on which it counts; at most a year away. */
  readonly expires: string;
  /** Which values of a Box secret it is for, as `secret-hash.ts` writes them. Without it such a secret is not suppressed. */
  readonly secretHash?: string;
}

/** What the fingerprint of a Box secret begins with: it names the place, and only the hash names the value. */
const SECRET_IDENTITY = "box-secret:";

export const isSecretEntry = ({ identity }: Pick<Exception, "identity">): boolean =>
  identity.startsWith(SECRET_IDENTITY);

/** A baseline of a large repository has some thousand entries of 200 characters. */
const MAX_LENGTH = 16 * 1_048_576;

const MEMBERS = ["identity", "reason", "expires"] as const;
const KNOWN: readonly string[] = [...MEMBERS, "secretHash"];

/** The exceptions of a file called `name`, or one sentence about the first thing that is wrong with it. */
export function parseExceptions(
  text: string,
  name: string,
  today: string,
): Result<readonly Exception[], string> {
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
    const why = fault(entry, today);
    if (why !== undefined) return wrong(`the entry at ${at("ignore", index)} ${why}`);
    exceptions.push(entry as Exception);
  }
  return ok(exceptions);
}

function fault(entry: unknown, today: string): string | undefined {
  if (!isObject(entry)) return "must be an object with identity, reason and expires.";
  const missing = MEMBERS.find((name) => typeof entry[name] !== "string" || entry[name].trim() === "");
  if (missing) return `lacks "${missing}", a text; each entry has identity, reason and expires.`;
  if (Object.keys(entry).some((name) => !KNOWN.includes(name)))
    return "can have identity, reason, expires and, for a Box secret, secretHash only.";
  if (!isDay(entry.expires)) return 'has an "expires" that is no day; write it as YYYY-MM-DD.';
  const latest = latestExpiry(today);
  if (entry.expires > latest)
    return `has an "expires" more than a year away; write ${latest} or a day before it.`;
  return hashFault(entry);
}

function hashFault({ identity, secretHash }: Readonly<Record<string, unknown>>): string | undefined {
  if (secretHash === undefined) return undefined;
  if (!isSecretEntry({ identity: String(identity) }))
    return 'has a "secretHash", which only an entry for a Box secret can have; remove it.';
  if (typeof secretHash !== "string" || parseSecretHashes(secretHash) === undefined)
    return 'has a "secretHash" that this version does not write; run: box-config-lint baseline';
  return undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export interface Sifted<Found> {
  readonly findings: readonly Found[];
  /** How many findings were let through. */
  readonly suppressed: number;
  /** Exceptions whose day has passed and that would have let something through or were not needed. */
  readonly expired: readonly Exception[];
  readonly unused: readonly Exception[];
  /** Exceptions for Box secrets that do not say for which value: they let nothing through. */
  readonly unbound: readonly Exception[];
}

/** Takes out what an exception lets through on the day (`YYYY-MM-DD`). */
export function sift<Found extends Finding>(
  findings: readonly Found[],
  exceptions: readonly Exception[],
  today: string,
): Sifted<Found> {
  const isUnbound = (entry: Exception) => isSecretEntry(entry) && entry.secretHash === undefined;
  const valid = exceptions.filter((entry) => entry.expires >= today && !isUnbound(entry));
  const covered = new Set(valid.flatMap(keysOf));
  const left = findings.filter((finding) => !covered.has(keyOf(finding)));
  const counts = new Set(valid);
  const found = new Set(findings.map(keyOf));
  const places = new Set(findings.map(({ identity }) => identity));
  return {
    findings: left,
    suppressed: findings.length - left.length,
    expired: exceptions.filter(
      (entry) => entry.expires < today && !keysOf(entry).some((key) => covered.has(key)),
    ),
    // An entry that has expired is not compared with secrets: its place is all that is known.
    unused: exceptions.filter((entry) =>
      counts.has(entry) ? !keysOf(entry).some((key) => found.has(key)) : !places.has(entry.identity),
    ),
    unbound: exceptions.filter((entry) => entry.expires >= today && isUnbound(entry)),
  };
}

/** What an exception and a finding have in common: the fingerprint and, of a Box secret, the hash of its value. */
const keyOf = ({ identity, secretHash = "" }: Pick<Finding, "identity" | "secretHash">) =>
  `${identity}\0${secretHash}`;

const keysOf = ({ identity, secretHash }: Exception): readonly string[] =>
  secretHash === undefined
    ? [keyOf({ identity })]
    : (parseSecretHashes(secretHash)?.hashes ?? []).map((hash) => keyOf({ identity, secretHash: hash }));
