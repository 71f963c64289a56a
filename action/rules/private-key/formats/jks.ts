import type { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { declaredSize } from "../../../../keys/der.ts";
import { algorithmFacts, algorithmOfKeyType } from "../../../../keys/formats.ts";
import { mayOpen } from "../budget.ts";
import { derIdentity, keyBits, spkiIdentity } from "./fingerprint.ts";
import type { Key } from "./key.ts";

/** What the stores of Java begin with: JKS and JCEKS. */
const MAGICS: ReadonlySet<number> = new Set([0xfeedfeed, 0xcececece]);
/** Types of entries. One with a secret key is a Java object of unknown length, so what follows it cannot be read. */
const [PRIVATE_KEY, CERTIFICATE, SECRET_KEY] = [1, 2, 3];
/** More entries are no key store. */
const MAX_ENTRIES = 10_000;
/** Octets of a creation time. */
const TIME = 8;
/** The smallest encrypted key is that of an elliptic curve. */
const SHORTEST_KEY = 48;

/** Whether a key store of Java begins here. */
export const startsLikeJks = (bytes: Buffer): boolean =>
  bytes.length >= 12 &&
  MAGICS.has(bytes.readUInt32BE(0)) &&
  (bytes.readUInt32BE(4) === 1 || bytes.readUInt32BE(4) === 2) &&
  bytes.readUInt32BE(8) <= MAX_ENTRIES;

/**
 * The private keys of a store that `bytes` begin with, and how many bytes they take. Its entries are in the clear, so
 * a store of certificates is none without its passphrase being known; a key's own certificate has its public key.
 */
export function readJks(bytes: Buffer): { readonly key: Key; readonly size: number } | undefined {
  if (!startsLikeJks(bytes)) return undefined;
  const reader = new Entries(bytes);
  const keys: Key[] = [];
  for (let left = bytes.readUInt32BE(8); left > 0; left--) {
    const entry = reader.next();
    if (entry === undefined) return undefined;
    if (entry === "secret key") break;
    if (entry !== "certificate") keys.push(entry);
  }
  const [key, ...others] = keys;
  if (key === undefined) return undefined;
  return { key: others.length > 0 ? { ...key, others } : key, size: reader.at };
}

/** Reads one entry after the other; all lengths are checked against the bytes that are there. */
class Entries {
  at = 12;
  readonly #bytes: Buffer;
  /** Since version 2, each certificate names its type. */
  readonly #namesTypes: boolean;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#namesTypes = bytes.readUInt32BE(4) === 2;
  }

  /** Undefined where the bytes are no entry, or end. */
  next(): Key | "certificate" | "secret key" | undefined {
    const type = this.#number(4);
    if (this.#text() === undefined || this.#take(TIME) === undefined) return undefined;
    if (type === CERTIFICATE) return this.#certificate() && "certificate";
    if (type === SECRET_KEY) return "secret key";
    return type === PRIVATE_KEY ? this.#privateKey() : undefined;
  }

  #privateKey(): Key | undefined {
    const encrypted = this.#take(this.#number(4));
    if (encrypted === undefined || encrypted.length < SHORTEST_KEY) return undefined;
    if (declaredSize(encrypted) !== encrypted.length) return undefined;
    const chain = this.#number(4) ?? 0;
    const first = chain > 0 ? this.#certificate() : undefined;
    if (chain > 0 && first === undefined) return undefined;
    for (let more = 1; more < chain; more++) if (this.#certificate() === undefined) return undefined;
    return keyOf(encrypted, first);
  }

  #certificate(): Buffer | undefined {
    if (this.#namesTypes && this.#text() === undefined) return undefined;
    const certificate = this.#take(this.#number(4));
    return certificate && declaredSize(certificate) === certificate.length ? certificate : undefined;
  }

  #text = (): Buffer | undefined => this.#take(this.#number(2));

  #number(octets: 2 | 4): number | undefined {
    return this.#take(octets)?.readUIntBE(0, octets);
  }

  #take(size: number | undefined): Buffer | undefined {
    if (size === undefined || this.at + size > this.#bytes.length) return undefined;
    this.at += size;
    return this.#bytes.subarray(this.at - size, this.at);
  }
}

function keyOf(encrypted: Buffer, certificate: Buffer | undefined): Key {
  const open = certificate && publicKeyOf(certificate);
  const algorithm = open && algorithmOfKeyType(open.asymmetricKeyType);
  // Only the newest Node reads some algorithms; the fingerprint must be the same with every version.
  const known = algorithm !== undefined && algorithmFacts(algorithm).recent !== true;
  return {
    container: "jks",
    algorithm: known ? algorithm : undefined,
    encryption: "unnamed",
    bits: open && known ? keyBits(open) : undefined,
    certainty: "certain",
    identity: (open && known && spkiIdentity(open)) || derIdentity(encrypted),
  };
}

function publicKeyOf(certificate: Buffer) {
  if (!mayOpen()) return undefined;
  try {
    return new X509Certificate(certificate).publicKey;
  } catch {
    return undefined;
  }
}
