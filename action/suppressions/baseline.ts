import { groupBy } from "../scan/group-by.ts";
import type { PathSuppression } from "./by-path.ts";
import { formatSecretHashes, parseSecretHashes, type SecretHashes } from "./secret-hash.ts";
import { type FindingSuppression, isSecretEntry, SUPPRESSIONS_FILE } from "./suppressions.ts";

/** What an entry says unless the person says more. */
export const BASELINE_REASON = `Found in the history when ${SUPPRESSIONS_FILE} was written; reset or remove it at Box.`;

/** A suppression must end. */
export const BASELINE_DAYS = 90;

/** What a baseline is made of: a fingerprint and, of a Box secret, the hash of its value. */
export interface BaselineFinding {
  readonly identity: string;
  readonly secretHash?: string;
}

interface NewEntries {
  readonly reason: string;
  readonly expires: string;
  readonly today: string;
  /** Entries for paths, which are kept. */
  readonly paths?: readonly PathSuppression[];
  /** Whether all of the repository was scanned, so that an entry without a finding is out of use. */
  readonly isFullHistory: boolean;
  /** The salt of the hashes at a place that no existing entry has. */
  readonly newSalt: (identity: string) => string | undefined;
}

/** A file of suppressions, and how many entries it has. */
export interface Baseline {
  readonly text: string;
  readonly entries: number;
  /** Of these, entries that were not there before. */
  readonly added: number;
}

/**
 * The file that suppresses the present findings, keeping the entries that still count: one entry a line, in the order
 * of identities, so that two branches seldom conflict. Where only a part was scanned, all of them are kept. An existing
 * entry for a Box secret without a hash gives its reason and its day to the new one.
 */
export function writeBaseline(
  findings: readonly BaselineFinding[],
  existing: readonly FindingSuppression[],
  options: NewEntries,
): Baseline {
  const current = existing.filter(({ expires }) => expires >= options.today);
  const byIdentity = groupBy(findings, ({ identity }) => identity);
  const others = options.isFullHistory ? [] : current.map(({ identity }) => identity);
  const entries = [...new Set([...byIdentity.keys(), ...others])].toSorted().flatMap((identity) => {
    const known = current.filter((entry) => entry.identity === identity);
    return isSecretEntry({ identity })
      ? secretEntries(identity, hashesOf(byIdentity.get(identity) ?? []), known, options)
      : [known.at(-1) ?? { identity, reason: options.reason, expires: options.expires }];
  });
  const lines = [
    ...(options.paths ?? []).map(({ path, kinds, reason, expires }) => ({ path, kinds, reason, expires })),
    ...entries.map(({ identity, reason, expires, secretHash }) => ({
      identity,
      reason,
      expires,
      secretHash,
    })),
  ].map((entry) => `    ${JSON.stringify(entry)}`);
  return {
    text: lines.length === 0 ? '{ "ignore": [] }\n' : `{\n  "ignore": [\n${lines.join(",\n")}\n  ]\n}\n`,
    entries: lines.length,
    added: entries.filter((entry) => !current.includes(entry)).length,
  };
}

const hashesOf = (found: readonly BaselineFinding[]): readonly string[] => [
  ...new Set(found.flatMap(({ secretHash }) => secretHash ?? [])),
];

/** The known entries that a value still has, and one for all the values that none of them has. */
function secretEntries(
  identity: string,
  found: readonly string[],
  known: readonly FindingSuppression[],
  { reason, expires, isFullHistory, newSalt }: NewEntries,
): readonly FindingSuppression[] {
  if (!isFullHistory && found.length === 0) return known;
  const bound = known.filter(({ secretHash }) => secretHash !== undefined);
  const kept = bound.filter(
    (entry) => !isFullHistory || hashesIn(entry).some((hash) => found.includes(hash)),
  );
  const fresh = found.filter((hash) => !kept.some((entry) => hashesIn(entry).includes(hash))).toSorted();
  const salt = newSalt(identity);
  if (fresh.length === 0 || salt === undefined) return kept;
  const { reason: why, expires: until } = known.find(({ secretHash }) => secretHash === undefined) ?? {
    reason,
    expires,
  };
  const hashes: SecretHashes = { salt, hashes: fresh };
  return [...kept, { identity, reason: why, expires: until, secretHash: formatSecretHashes(hashes) }];
}

const hashesIn = ({ secretHash = "" }: FindingSuppression): readonly string[] =>
  parseSecretHashes(secretHash)?.hashes ?? [];
