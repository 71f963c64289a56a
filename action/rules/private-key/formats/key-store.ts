import type { Budget } from "../budget.ts";
import type { Hit } from "./key.ts";

/** What trust stores are locked with, which is no secret: Java's own, none, and what examples show. */
const KNOWN_PASSPHRASES = ["changeit", "", "password", "changeme", "secret", "test"];
/** A store that costs more to try stays closed: 250 ms. Java's took half of it for years. */
const MAX_ROUNDS = 2_500_000;
/** Where the first passphrase was as costly as this, the others are not tried. */
const MAX_MORE_ROUNDS = 500_000;

/**
 * The hit with what a well-known passphrase shows of its store; `undefined` where only certificates are in it. What
 * stays closed stays `partial`.
 */
export function openWithKnownPassphrase(hit: Hit, budget: Budget): Hit | undefined {
  const { store, ...key } = hit.key;
  if (!store || store.rounds === 0 || store.rounds > MAX_ROUNDS) return hit;
  for (const passphrase of KNOWN_PASSPHRASES) {
    if (budget.rounds < store.rounds) return hit;
    budget.rounds -= store.rounds;
    const found = store.open(passphrase);
    if (found === "no key") return undefined;
    if (found) return { ...hit, key: { ...key, certainty: "certain" } };
    if (store.rounds > MAX_MORE_ROUNDS) return hit;
  }
  return hit;
}
