import { type PublicPart, readParts } from "./openpgp-public.ts";

/** What is in the secret part of a key packet: nothing (a stub, whose secret is elsewhere), a key, or the beginning of one. */
export type SecretPart = "none" | "plain" | "encrypted" | "cut short";

/** Octets of the sum behind a secret that is not encrypted (RFC 9580 §5.5.3). */
const CHECKSUM = 2;
/** Less ciphertext than this is no secret number. */
const SHORTEST = 16;
/** Camellia with 256 bits (RFC 9580 §9.3). */
const LAST_CIPHER = 13;
/** SHA3-512 (RFC 9580 §9.5). */
const LAST_HASH = 14;
/** AEAD, SHA-1 and checksum: the cipher and the string-to-key specifier follow. */
const SPECIFIED: ReadonlySet<number> = new Set([253, 254, 255]);
/** GnuPG's own specifier says that the secret is elsewhere: not exported, or on a card. */
const GNU = 101;
/** Octets of a string-to-key specifier by its type: simple, salted, iterated, Argon2. */
const SPECIFIERS: Readonly<Record<number, number>> = { 0: 2, 1: 10, 3: 11, 4: 20 };

/**
 * The secret part behind a public one (RFC 9580 §5.5.3). `whole`: whether the packet has all the octets that it
 * declares. `undefined` where it is malformed, as in everything that only begins like a key.
 */
export function readSecretPart(
  body: Uint8Array,
  { algorithm, version, end }: PublicPart,
  whole: boolean,
): SecretPart | undefined {
  const usage = body[end];
  if (usage === undefined) return whole ? undefined : "cut short";
  // Version 5 counts what is between even if nothing is, version 6 only if something is.
  const counted = version === 5 || (version === 6 && usage !== 0) ? 1 : 0;
  const from = end + 1 + counted;
  if (usage === 0) return readPlain(body, from + (version === 5 ? 4 : 0));
  return SPECIFIED.has(usage) ? readSpecified() : readLegacy();

  function readPlain(bytes: Uint8Array, at: number): SecretPart | undefined {
    const fields = readParts(bytes, at, algorithm.secret);
    if (!fields) return whole ? undefined : "cut short";
    const behind = bytes.length - (fields.at(-1)?.end ?? at);
    return behind === (version === 6 ? 0 : CHECKSUM) || !whole ? "plain" : undefined;
  }

  function readSpecified(): SecretPart | undefined {
    const cipher = body[from] ?? 0;
    const at = from + (usage === 253 ? 2 : 1) + (version === 6 ? 1 : 0);
    const type = body[at] ?? 0;
    if (type === GNU) return isGnu(at) ? "none" : undefined;
    const octets = SPECIFIERS[type];
    if (octets === undefined || !isCipher(cipher)) return undefined;
    return type === 4 || isHash(body[at + 1]) ? ciphertext(at + octets) : undefined;
  }

  /** RFC 4880 §5.5.3: the cipher itself, and the passphrase hashed once with MD5. */
  function readLegacy(): SecretPart | undefined {
    return isCipher(usage ?? 0) && version <= 4 ? ciphertext(from) : undefined;
  }

  function ciphertext(at: number): SecretPart | undefined {
    if (body.length - at >= SHORTEST) return whole ? "encrypted" : "cut short";
    return whole ? undefined : "cut short";
  }

  function isGnu(at: number): boolean {
    return String.fromCharCode(...body.subarray(at + 2, at + 5)) === "GNU";
  }
}

const isCipher = (id: number) => id >= 1 && id <= LAST_CIPHER;
const isHash = (id = 0) => id >= 1 && id <= LAST_HASH;
