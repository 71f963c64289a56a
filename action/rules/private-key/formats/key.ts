import type { Buffer } from "node:buffer";
import type { KeyFacts } from "../../../scan/key-facts.ts";
import type { Budget } from "../budget.ts";
import type { Place, PlaceKind } from "../place.ts";

/** A private key that was decoded and parsed. It keeps the key's bytes to itself: only `open` can use them. */
export interface Key extends KeyFacts {
  /** `spki-sha256:HEX` where the public key is known, `openpgp:FINGERPRINT` of OpenPGP, else `der-sha256:HEX`. */
  readonly identity: string;
  /** Tries a passphrase; absent where the key is open, or where we cannot open its kind. */
  readonly open?: Attempt;
  /** An encrypted store whose content is unknown. */
  readonly store?: KeyStore;
  /** Further keys in the same block, as OpenPGP has them. */
  readonly others?: readonly Key[];
}

export interface Attempt {
  /** What one try costs, in rounds of the password hash. */
  readonly rounds: number;
  /** The key as it is when open; `undefined` for a wrong passphrase. */
  try(passphrase: string): Pick<Key, "identity" | "bits"> | undefined;
}

export interface KeyStore {
  /** What one try costs, in rounds of PBKDF2; 0 where no passphrase can be tried. */
  readonly rounds: number;
  /** What a passphrase shows; `undefined` if it does not open all of it. */
  open(passphrase: string): "key" | "no key" | undefined;
}

/** A key and its place in the bytes that were searched. */
export interface Hit {
  readonly key: Key;
  /** Its fingerprint before a passphrase opened it: identifies copies. */
  readonly origin: string;
  /** Of its first byte, armour included. */
  readonly offset: number;
  /** Bytes from there that certainly belong to it. */
  readonly size: number;
  /** Whether a passphrase beside it opens it. */
  readonly opened: boolean;
  readonly publicKeyID: string | undefined;
  /** Whether the text around it has names that only Box configs have. */
  readonly ofBoxConfig: boolean;
}

export const hit = (key: Key, offset: number, size: number): Hit => ({
  key,
  origin: key.identity,
  offset,
  size,
  opened: false,
  publicKeyID: undefined,
  ofBoxConfig: false,
});

/** One way in which a file may contain a key. */
export interface KeyFormat {
  readonly name: string;
  /** The places at which such a key may be. */
  readonly at: readonly PlaceKind[];
  /** Bytes behind a key that its own end takes, with an anchor in it. */
  readonly tail?: number;
  /** Bytes behind a place without a key that one check covers as well. */
  readonly step?: number;
  /** The key at the place. `since`: what begins before that offset was tried at an earlier place of the same kind. */
  find(bytes: Buffer, place: Place & { readonly since: number }, budget: Budget): Hit | undefined;
}
