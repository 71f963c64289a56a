import { formatCount } from "../report/phrases.ts";
import type { SuppressionResult } from "./apply.ts";
import {
  type Entry,
  type FindingSuppression,
  isPathEntry,
  nameOf,
  SUPPRESSIONS_FILE,
} from "./suppressions.ts";

/** Sentences about entries that do nothing, or no longer; about unused ones only where the full history was scanned. */
export const remarks = (
  { expired, unused, unbound }: Pick<SuppressionResult<unknown>, "expired" | "unused" | "unbound">,
  isFullHistory: boolean,
): readonly string[] => [
  ...(unbound.length === 0 ? [] : [unboundSentence(unbound)]),
  ...expired.map(
    (entry) =>
      `${SUPPRESSIONS_FILE}: the entry for ${nameOf(entry)} expired on ${entry.expires}; remove the cause, or give it a new day.`,
  ),
  ...(isFullHistory ? unused : []).map(unusedSentence),
];

function unusedSentence(entry: Entry): string {
  if (isPathEntry(entry))
    return `${SUPPRESSIONS_FILE}: ${nameOf(entry)} suppresses nothing; remove its entry.`;
  return entry.secretHash === undefined
    ? `${SUPPRESSIONS_FILE}: nothing has the identity ${entry.identity} any more; remove its entry.`
    : `${SUPPRESSIONS_FILE}: no secret at ${entry.identity} has a value of its entry any more; remove the entry.`;
}

/** So many entries are named. */
const MAX_NAMES = 10;

function unboundSentence(entries: readonly FindingSuppression[]): string {
  const names = entries.slice(0, MAX_NAMES).map(({ identity }) => identity);
  const more = entries.length - names.length;
  return `${SUPPRESSIONS_FILE}: ${formatCount(entries.length, "entry", "entries")} for Box secrets without a secretHash ${entries.length === 1 ? "suppresses" : "suppress"} nothing, because any other secret at the same place would pass: ${names.join(", ")}${more > 0 ? `, and ${formatCount(more, "other")}` : ""}. Renew with: box-config-lint baseline`;
}
