import { nearest } from "../schemas/nearest.ts";

/** ` Did you mean nightly-sync?`, or nothing if none of the names is close to the given one. */
export function didYouMean(given: string, names: readonly string[]): string {
  const meant = nearest(given, names);
  return meant === undefined ? "" : ` Did you mean ${meant}?`;
}
