import { randomBytes, scryptSync } from "node:crypto";

/**
 * scrypt (RFC 7914) with one of the settings that OWASP's Password Storage Cheat Sheet lists as equally strong: 32 MiB
 * and about 0.2 s for each guess. A file of suppressions must not help an attacker to guess a passphrase.
 */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
/** Node's own limit is the 32 MiB that the blocks take; scrypt needs a little beside them. */
const MAX_MEMORY = 64 * 1024 * 1024;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const PREFIX = "scrypt$ln=15,r=8,p=3$";
/** Base64 without padding, of 16 and of 32 bytes. */
const FORM = /^scrypt\$ln=15,r=8,p=3\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43}(?:,[A-Za-z0-9+/]{43}){0,999})$/;

/** The secrets that one suppression is for: one salt, and the hash of each. */
export interface SecretHashes {
  readonly salt: string;
  readonly hashes: readonly string[];
}

/** Of the property `secretHash`; undefined where it has another form or other settings. */
export function parseSecretHashes(text: string): SecretHashes | undefined {
  const [, salt, hashes] = FORM.exec(text) ?? [];
  return salt === undefined || hashes === undefined ? undefined : { salt, hashes: hashes.split(",") };
}

/** `scrypt$ln=15,r=8,p=3$SALT$HASH,HASH`. */
export const formatSecretHashes = ({ salt, hashes }: SecretHashes): string =>
  `${PREFIX}${salt}$${hashes.join(",")}`;

const unpadded = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

export const newSalt = (): string => unpadded(randomBytes(SALT_BYTES));

/** About 0.2 s of processor time. */
export const hashSecret = (secret: string, salt: string): string =>
  unpadded(scryptSync(secret, Buffer.from(salt, "base64"), HASH_BYTES, { ...COST, maxmem: MAX_MEMORY }));
