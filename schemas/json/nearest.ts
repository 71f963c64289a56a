import { closestMatch } from "leven";

/**
 * The one of `names` that the author of `given` most likely meant, or undefined if none is close:
 * at most two edits, one more for each six letters, not counting capitals.
 */
export function nearest(given: string, names: readonly string[]): string | undefined {
  if (given.length > 64) return undefined;
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const maxDistance = Math.min(2 + Math.floor(given.length / 6), given.length - 1);
  if (maxDistance < 1) return undefined;
  return byLowerCase.get(closestMatch(given.toLowerCase(), [...byLowerCase.keys()], { maxDistance }) ?? "");
}

/** ` Did you mean nightly-sync?`, or nothing if none of the names is close to the given one. */
export function didYouMean(given: string, names: readonly string[]): string {
  const meant = nearest(given, names);
  return meant === undefined ? "" : ` Did you mean ${meant}?`;
}
