import type { Finding } from "../scan/finding.ts";
import type { PathSuppression } from "./by-path.ts";
import { parseSecretHashes } from "./secret-hash.ts";
import {
  byIdentity,
  type Entry,
  type FindingSuppression,
  isPathEntry,
  isSecretEntry,
} from "./suppressions.ts";

/** A finding with the entries of its path that cover it, as `pathCoverage` gives them. */
export interface Covered extends Finding {
  readonly byPath: readonly PathSuppression[];
}

export interface SuppressionResult<Found> {
  readonly findings: readonly Found[];
  /** What was suppressed, each with the entry that did. */
  readonly suppressed: readonly (Found & { readonly suppression: Entry })[];
  /** Entries whose day has passed and that would have suppressed something or were not needed. */
  readonly expired: readonly Entry[];
  readonly unused: readonly Entry[];
  /** Entries for Box secrets that do not say for which value: they suppress nothing. */
  readonly unbound: readonly FindingSuppression[];
}

/** Takes out what an entry suppresses on the day (`YYYY-MM-DD`). */
export function applySuppressions<Found extends Covered>(
  findings: readonly Found[],
  entries: readonly Entry[],
  today: string,
): SuppressionResult<Found> {
  const suppressions = byIdentity(entries);
  const isUnbound = (entry: FindingSuppression) => isSecretEntry(entry) && entry.secretHash === undefined;
  const valid = suppressions.filter((entry) => entry.expires >= today && !isUnbound(entry));
  const covered = new Map(valid.flatMap((entry) => keysOf(entry).map((key) => [key, entry] as const)));
  const entryOf = (finding: Found): Entry | undefined => covered.get(keyOf(finding)) ?? finding.byPath[0];
  const counts = new Set(valid);
  const found = new Set(findings.map(keyOf));
  const places = new Set(findings.map(({ identity }) => identity));
  const paths = new Set<Entry>(findings.flatMap(({ byPath }) => byPath));
  // An entry that has expired is not compared with secrets: its place is all that is known.
  const isUsed = (entry: Entry) => {
    if (isPathEntry(entry)) return paths.has(entry) || entry.expires < today;
    return counts.has(entry) ? keysOf(entry).some((key) => found.has(key)) : places.has(entry.identity);
  };
  return {
    findings: findings.filter((finding) => entryOf(finding) === undefined),
    suppressed: findings.flatMap((finding) => {
      const suppression = entryOf(finding);
      return suppression === undefined ? [] : [{ ...finding, suppression }];
    }),
    expired: entries.filter(
      (entry) =>
        entry.expires < today && (isPathEntry(entry) || !keysOf(entry).some((key) => covered.has(key))),
    ),
    unused: entries.filter((entry) => !isUsed(entry)),
    unbound: suppressions.filter((entry) => entry.expires >= today && isUnbound(entry)),
  };
}

/** What a suppression and a finding have in common: the fingerprint and, of a Box secret, the hash of its value. */
const keyOf = ({ identity, secretHash = "" }: Pick<Finding, "identity" | "secretHash">) =>
  `${identity}\0${secretHash}`;

const keysOf = ({ identity, secretHash }: FindingSuppression): readonly string[] =>
  secretHash === undefined
    ? [keyOf({ identity })]
    : (parseSecretHashes(secretHash)?.hashes ?? []).map((hash) => keyOf({ identity, secretHash: hash }));
