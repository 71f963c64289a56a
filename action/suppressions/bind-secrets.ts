import { createHmac, randomBytes } from "node:crypto";
import { groupBy } from "../scan/group-by.ts";
import type { BindSecret } from "../scan/rule.ts";
import { hashSecret, newSalt, parseSecretHashes, type SecretHashes } from "./secret-hash.ts";

/** What is known of the secrets that are suppressed; it can be sent to another thread. */
export interface SecretEntry {
  readonly identity: string;
  readonly secretHash?: string | undefined;
}

/**
 * Hashes for one scan beyond those that its entries need: some 14 s of processor time. What a change brings in decides
 * how many secrets there are at a place, and must not decide how long a scan takes.
 */
const SPARE_HASHES = 64;

/**
 * Compares the secrets that a scan finds with the hashes in suppressions, where they are read: nothing else learns a
 * secret. Hashes are computed only for places that an entry names, and once for each secret.
 */
export class SecretBinder {
  readonly #entries: ReadonlyMap<string, readonly SecretHashes[]>;
  readonly #creates: boolean;
  readonly #newSalts = new Map<string, string>();
  /** The hash of each secret that was compared, by a keyed digest of it; the key is in this process alone. */
  readonly #compared = new Map<string, string | undefined>();
  readonly #key = randomBytes(32);
  #left: number;

  /** With `creates`, as a baseline needs it, a secret without an entry is hashed with a new salt of its place. */
  constructor(entries: readonly SecretEntry[], { creates = false, spare = SPARE_HASHES } = {}) {
    const bound = entries.flatMap(({ identity, secretHash = "" }) => {
      const hashes = parseSecretHashes(secretHash);
      return hashes === undefined ? [] : [{ identity, hashes }];
    });
    this.#entries = new Map(
      [...groupBy(bound, ({ identity }) => identity)].map(([identity, all]) => [
        identity,
        all.map(({ hashes }) => hashes),
      ]),
    );
    this.#creates = creates;
    this.#left = creates ? Number.POSITIVE_INFINITY : bound.length + spare;
  }

  /** The new salt for a place, where one was needed. */
  newSalt(identity: string): string | undefined {
    return this.#newSalts.get(identity);
  }

  readonly bind: BindSecret = (identity, secret, onSkipped) => {
    const entries = this.#entries.get(identity) ?? [];
    if (entries.length === 0 && !this.#creates) return undefined;
    const digest = createHmac("sha256", this.#key).update(`${identity}\0${secret}`).digest("base64");
    if (this.#compared.has(digest)) return this.#compared.get(digest);
    for (const { salt, hashes } of entries) {
      if (this.#left-- <= 0) {
        onSkipped?.("suppressions");
        return undefined;
      }
      const hash = hashSecret(secret, salt);
      if (hashes.includes(hash)) return this.#remember(digest, hash);
    }
    return this.#remember(digest, this.#creates ? this.#created(identity, secret) : undefined);
  };

  #remember(digest: string, hash: string | undefined): string | undefined {
    this.#compared.set(digest, hash);
    return hash;
  }

  #created(identity: string, secret: string): string {
    const salt = this.#newSalts.get(identity) ?? newSalt();
    this.#newSalts.set(identity, salt);
    return hashSecret(secret, salt);
  }
}
