import { SKIPPED_KINDS, type Skipped } from "../scan/skipped.ts";
import { formatCount, shownPath } from "./phrases.ts";

/** So many paths are named in a sentence. */
const MAX_NAMES = 20;

/** `2 archives not unpacked (archive): a.zip, b.zip.` */
export function skippedSentence({ kind, count, places }: Skipped): string {
  const { noun, what } = SKIPPED_KINDS[kind];
  const names = [...new Set(places.map(({ path }) => path))].slice(0, MAX_NAMES);
  const more = count - names.length;
  const others = more > 0 ? `, and ${formatCount(more, "other")}` : "";
  return `${formatCount(count, noun)} ${what} (${kind}): ${names.map(shownPath).join(", ")}${others}.`;
}

/** What a person does about skipped content that fails the run. */
export const SKIPPED_FIX =
  "Read it yourself, then split or remove it, or list in fail-on-skipped only the kinds that are to fail.";
