import { EXCEPTIONS_FILE, type Exception } from "./suppression.ts";

/** What an entry says unless the person says more. */
export const BASELINE_REASON = `Found in the history when ${EXCEPTIONS_FILE} was written; remove the key in Box.`;

/** An exception is meant to end. */
export const BASELINE_DAYS = 90;

/** The day so many days later, as `YYYY-MM-DD`. */
export const dayAfter = (now: Date, days: number): string =>
  new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);

/**
 * The file that lets through what is there, keeping the entries that still count: one entry a line, in the order
 * of identities, so that two branches seldom conflict.
 */
export function writeBaseline(
  identities: readonly string[],
  existing: readonly Exception[],
  { reason, expires, today }: { readonly reason: string; readonly expires: string; readonly today: string },
): string {
  const entries = new Map<string, Exception>();
  for (const identity of identities) entries.set(identity, { identity, reason, expires });
  for (const entry of existing) {
    if (entry.expires >= today && entries.has(entry.identity)) entries.set(entry.identity, entry);
  }
  const lines = [...entries.values()]
    .sort((one, other) => (one.identity < other.identity ? -1 : 1))
    .map(({ identity, reason, expires }) => `    ${JSON.stringify({ identity, reason, expires })}`);
  return lines.length === 0 ? '{ "ignore": [] }\n' : `{\n  "ignore": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
