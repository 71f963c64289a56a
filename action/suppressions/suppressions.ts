import { isObject } from "../../schemas/json/is-object.ts";
import { formatIssue } from "../../schemas/json/issue.ts";
import { parseJson } from "../../schemas/json/parse.ts";
import { jsonPointer } from "../../schemas/json/pointer.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { type PathSuppression, pathFault } from "./by-path.ts";
import { isDay, latestExpiry } from "./days.ts";
import { parseSecretHashes } from "./secret-hash.ts";

/** The path of the suppressions file, in the root of a repository. */
export const SUPPRESSIONS_FILE = ".box-config-lint.json";

/** A finding that is suppressed by its fingerprint, for a reason and until a day. */
export interface FindingSuppression {
  readonly identity: string;
  readonly reason: string;
  /** `YYYY-MM-DD`, the last day on which it counts; at most a year away. */
  readonly expires: string;
  /** Which values of a Box secret it is for, as `secret-hash.ts` writes them. Without it such a secret is not suppressed. */
  readonly secretHash?: string;
}

/** An entry of the file: for a fingerprint, or for a path. */
export type Entry = FindingSuppression | PathSuppression;

export const isPathEntry = (entry: Entry): entry is PathSuppression => "path" in entry;

/** A fingerprint, or a path with the kinds that it is for. */
export const nameOf = (entry: Entry): string =>
  isPathEntry(entry) ? `the path ${entry.path} (${entry.kinds.join(", ")})` : entry.identity;

/** The entries for fingerprints. */
export const byIdentity = (entries: readonly Entry[]): readonly FindingSuppression[] =>
  entries.flatMap((entry) => (isPathEntry(entry) ? [] : [entry]));

/** What the fingerprint of a Box secret begins with: it names the place, and only the hash names the value. */
const SECRET_IDENTITY = "box-secret:";

export const isSecretEntry = ({ identity }: Pick<FindingSuppression, "identity">): boolean =>
  identity.startsWith(SECRET_IDENTITY);

/** A baseline of a large repository has some thousand entries of 200 characters. */
const MAX_LENGTH = 16 * 1_048_576;

const PROPERTIES = ["identity", "reason", "expires"] as const;
const PATH_PROPERTIES = ["path", "reason", "expires"] as const;
const KNOWN: readonly string[] = [...PROPERTIES, "secretHash"];
const PATH_KNOWN: readonly string[] = [...PATH_PROPERTIES, "kinds"];

/** The entries of a file called `name`, or one sentence about the first thing that is wrong with it. */
export function parseSuppressions(
  text: string,
  name: string,
  today: string,
): Result<readonly Entry[], string> {
  const wrong = (why: string) => refused(`${name} cannot be used: ${why}`);
  const parsed = parseJson(text, { maxLength: MAX_LENGTH });
  if (!parsed.ok) {
    const [issue] = parsed.error;
    return wrong(issue ? formatIssue(issue) : "it is not JSON.");
  }
  const { value, locate } = parsed.value;
  const at = (...path: readonly (string | number)[]) => `line ${locate(jsonPointer(path)).line}`;
  if (!isObject(value) || !Array.isArray(value.ignore))
    return wrong('it must be an object with the property "ignore", an array.');
  const extra = Object.keys(value).findIndex((name) => name !== "ignore" && name !== "$schema");
  if (extra !== -1) return wrong('beside "ignore" and "$schema" it can have no property; remove the others.');
  const entries: Entry[] = [];
  for (const [index, entry] of value.ignore.entries()) {
    const why = fault(entry, today);
    if (why !== undefined) return wrong(`the entry at ${at("ignore", index)} ${why}`);
    entries.push(entry as Entry);
  }
  return ok(entries);
}

function fault(entry: unknown, today: string): string | undefined {
  if (!isObject(entry)) return "must be an object with identity (or path and kinds), reason and expires.";
  const ofPath = "path" in entry || "kinds" in entry;
  const missing = (ofPath ? PATH_PROPERTIES : PROPERTIES).find((name) => isBlank(entry[name]));
  if (missing)
    return `lacks "${missing}", a text; each entry has identity (or path and kinds), reason and expires.`;
  if (Object.keys(entry).some((name) => !(ofPath ? PATH_KNOWN : KNOWN).includes(name)))
    return ofPath
      ? "is for a path and can have path, kinds, reason and expires only."
      : "can have identity, reason, expires and, for a Box secret, secretHash only.";
  if (!isDay(entry.expires)) return 'has an "expires" that is no day; write it as YYYY-MM-DD.';
  const latest = latestExpiry(today);
  if (entry.expires > latest)
    return `has an "expires" more than a year away; write ${latest} or a day before it.`;
  return ofPath ? pathFault(entry) : hashFault(entry);
}

const isBlank = (value: unknown) => typeof value !== "string" || value.trim() === "";

function hashFault({ identity, secretHash }: Readonly<Record<string, unknown>>): string | undefined {
  if (secretHash === undefined) return undefined;
  if (!isSecretEntry({ identity: String(identity) }))
    return 'has a "secretHash", which only an entry for a Box secret can have; remove it.';
  if (typeof secretHash !== "string" || parseSecretHashes(secretHash) === undefined)
    return 'has a "secretHash" that this version does not write; run: box-config-lint baseline';
  return undefined;
}
