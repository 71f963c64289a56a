import { Buffer } from "node:buffer";
import { createDecipheriv, createHash, pbkdf2Sync } from "node:crypto";
import { type DerNode, elements, integer, oid, readWholeDer } from "../../../../keys/der.ts";
import {
  DEFAULT_PRF_OID,
  PBES2_CIPHERS,
  PBES2_OID,
  PBKDF2_OID,
  PBKDF2_PRFS,
  row,
} from "../../../../keys/encryption-schemes.ts";
import { decryptRc2 } from "./rc2.ts";

type Decrypt = (key: Buffer, iv: Buffer, ciphertext: Uint8Array) => Uint8Array;

const openssl =
  (cipher: string): Decrypt =>
  (key, iv, ciphertext) => {
    const decipher = createDecipheriv(cipher, key, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  };

/** RFC 7292 appendix C. RC4 and two-key 3DES are hardly ever found there. */
const PBE: Readonly<Record<string, { readonly octets: number; readonly decrypt: Decrypt }>> = {
  "1.2.840.113549.1.12.1.3": { octets: 24, decrypt: openssl("des-ede3-cbc") },
  "1.2.840.113549.1.12.1.5": { octets: 16, decrypt: (key, iv, text) => decryptRc2(key, 128, iv, text) },
  "1.2.840.113549.1.12.1.6": { octets: 5, decrypt: (key, iv, text) => decryptRc2(key, 40, iv, text) },
};
/** A block of DES and RC2. */
const IV_OCTETS = 8;

/** What a round of the old derivation costs in rounds of PBKDF2. */
const PBE_COST = 20;

interface Scheme {
  readonly rounds: number;
  decrypt(passphrase: string, ciphertext: Uint8Array): Uint8Array;
}

/** What one try costs, in rounds of PBKDF2; 0 where we cannot try. */
export const roundsOfSafe = (algorithm: DerNode | undefined): number => schemeOf(algorithm)?.rounds ?? 0;

/** The bags inside; `undefined` for a wrong passphrase, or a scheme that we do not open. */
export function decryptSafe(
  algorithm: DerNode | undefined,
  ciphertext: Uint8Array,
  passphrase: string,
): Buffer | undefined {
  try {
    const plain = schemeOf(algorithm)?.decrypt(passphrase, ciphertext);
    return plain && bagsIn(Buffer.from(plain));
  } catch {
    return undefined;
  }
}

/** Wrong passphrases give random bytes, which are no bags. RC2 leaves its padding behind them. */
function bagsIn(plain: Buffer): Buffer | undefined {
  const padding = plain.at(-1) ?? 0;
  const candidates = [plain, plain.subarray(0, Math.max(0, plain.length - padding))];
  return candidates.find((bytes) => {
    const bags = elements(readWholeDer(bytes));
    return (
      bags !== undefined && bags.length > 0 && bags.every((bag) => oid(elements(bag)?.[0]) !== undefined)
    );
  });
}

function schemeOf(algorithm: DerNode | undefined): Scheme | undefined {
  const [name, parameters] = elements(algorithm) ?? [];
  const scheme = oid(name);
  return scheme === PBES2_OID ? pbes2(parameters) : pbe(row(PBE, scheme), parameters);
}

function pbe(facts: (typeof PBE)[string] | undefined, parameters: DerNode | undefined): Scheme | undefined {
  const [salt, iterations] = elements(parameters) ?? [];
  const rounds = integer(iterations);
  if (!facts || !salt || !rounds) return undefined;
  return {
    rounds: rounds * PBE_COST * (blocksOf(facts.octets) + blocksOf(IV_OCTETS)),
    decrypt(passphrase, ciphertext) {
      const derive = (id: number, octets: number) =>
        derivePbe(passphrase, salt.content, { rounds, id, octets });
      return facts.decrypt(derive(1, facts.octets), derive(2, IV_OCTETS), ciphertext);
    },
  };
}

function pbes2(parameters: DerNode | undefined): Scheme | undefined {
  const [kdf, cipher] = (elements(parameters) ?? []).map(elements);
  const [salt, iterations, ...options] = elements(kdf?.[1]) ?? [];
  const rounds = integer(iterations);
  const prf = options.map(elements).find((option) => option !== undefined);
  const hash = row<{ name: string }>(PBKDF2_PRFS, prf ? oid(prf[0]) : DEFAULT_PRF_OID)?.name;
  const name = row<{ name: string }>(PBES2_CIPHERS, oid(cipher?.[0]))?.name.toLowerCase();
  const iv = cipher?.[1]?.content;
  if (oid(kdf?.[0]) !== PBKDF2_OID || !salt || !rounds || !hash || !name || !iv) return undefined;
  const octets = KEY_OCTETS.find(([pattern]) => pattern.test(name))?.[1];
  if (octets === undefined) return undefined;
  return {
    rounds,
    decrypt(passphrase, ciphertext) {
      const key = pbkdf2Sync(
        passphrase,
        salt.content,
        rounds,
        octets,
        hash.slice("HMAC-".length).replace("/", "-"),
      );
      return openssl(name)(key, Buffer.from(iv), ciphertext);
    },
  };
}

const KEY_OCTETS = [
  [/^des-ede3-/, 24],
  [/-128-/, 16],
  [/-192-/, 24],
  [/-256-/, 32],
] as const;

/** Octets that SHA-1 takes at once, and octets of its result. */
const [SHA1_BLOCK, SHA1_OCTETS] = [64, 20];

const blocksOf = (octets: number) => Math.ceil(octets / SHA1_OCTETS);

interface Derivation {
  readonly rounds: number;
  /** 1 for a key, 2 for an initialisation vector. */
  readonly id: number;
  readonly octets: number;
}

/** RFC 7292 appendix B.2 with SHA-1. */
function derivePbe(passphrase: string, salt: Uint8Array, { rounds, id, octets }: Derivation): Buffer {
  const fill = (bytes: Uint8Array) => Buffer.alloc(SHA1_BLOCK * Math.ceil(bytes.length / SHA1_BLOCK), bytes);
  const password = Buffer.from(`${passphrase}\0`, "utf16le").swap16();
  let state: Buffer = Buffer.concat([salt.length > 0 ? fill(salt) : Buffer.alloc(0), fill(password)]);
  const derived: Buffer[] = [];
  for (let block = 0; block < blocksOf(octets); block++) {
    let hash = createHash("sha1").update(Buffer.alloc(SHA1_BLOCK, id)).update(state).digest();
    for (let round = 1; round < rounds; round++) hash = createHash("sha1").update(hash).digest();
    derived.push(hash);
    state = plusEachBlock(state, Buffer.alloc(SHA1_BLOCK, hash));
  }
  return Buffer.concat(derived).subarray(0, octets);
}

/** Each block of the state, plus the addend, plus one, as numbers. */
function plusEachBlock(state: Buffer, addend: Buffer): Buffer {
  const sum = Buffer.from(state);
  for (let from = 0; from < sum.length; from += SHA1_BLOCK) {
    let carry = 1;
    for (let at = SHA1_BLOCK - 1; at >= 0; at--) {
      carry += (sum[from + at] ?? 0) + (addend[at] ?? 0);
      sum[from + at] = carry & 255;
      carry >>= 8;
    }
  }
  return sum;
}
