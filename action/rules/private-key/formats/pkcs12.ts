import { Buffer } from "node:buffer";
import { type DerNode, elements, oid, readWholeDer, TAG } from "../../../../keys/der.ts";
import { derIdentity } from "./fingerprint.ts";
import type { Key, KeyStore } from "./key.ts";
import { decryptSafe, roundsOfSafe } from "./pkcs12-decrypt.ts";

/** `pkcs-12-keyBag` and `pkcs-12-pkcs8ShroudedKeyBag` (RFC 7292 §4.2), as DER. */
const KEY_BAG = Buffer.from("060b2a864886f70d010c0a0101", "hex");
const SHROUDED_KEY_BAG = Buffer.from("060b2a864886f70d010c0a0102", "hex");

const DATA = "1.2.840.113549.1.7.1";
const ENVELOPED_DATA = "1.2.840.113549.1.7.3";
const ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
const CONTEXT_0 = 0xa0;
const IMPLICIT_OCTETS = 0x80;
/** The smallest private key in its bag, encrypted. */
const SHORTEST_SAFE = 64;

/**
 * A PKCS#12 file that holds a private key, or may: one that says so in the clear, as those of OpenSSL, Java, Windows
 * and macOS do, is `certain`. One whose content is encrypted as a whole is `partial` until a passphrase opens it:
 * certificates of a trust store have the same form. One that shows nothing but certificates is none.
 */
export function readPkcs12(bytes: Buffer): Key | undefined {
  const encrypted = bytes.includes(SHROUDED_KEY_BAG);
  if (encrypted || bytes.includes(KEY_BAG))
    return {
      ...STORE,
      encryption: encrypted ? "unnamed" : undefined,
      certainty: "certain",
      identity: derIdentity(bytes),
    };
  const safes = encryptedSafes(bytes);
  if (safes.length === 0) return undefined;
  return {
    ...STORE,
    encryption: "unnamed",
    certainty: "partial",
    identity: derIdentity(bytes),
    store: keyStore(safes),
  };
}

const STORE = { container: "pkcs12", algorithm: undefined, bits: undefined } as const;

interface Safe {
  /** `undefined` where a certificate opens it, and no passphrase. */
  readonly algorithm: DerNode | undefined;
  readonly ciphertext: Uint8Array;
}

/** RFC 7292 §4: `PFX { 3, ContentInfo { data, [0] OCTET STRING { SEQUENCE OF ContentInfo } } … }`. */
function encryptedSafes(bytes: Buffer): readonly Safe[] {
  const content = elements(readWholeDer(bytes))?.[1];
  const safes = elements(readWholeDer(dataOf(content) ?? bytes.subarray(0, 0)));
  return (safes ?? []).flatMap((safe) => encryptedSafe(safe) ?? []);
}

function dataOf(content: DerNode | undefined): Uint8Array | undefined {
  const [type, wrapped] = elements(content) ?? [];
  if (oid(type) !== DATA || wrapped?.tag !== CONTEXT_0) return undefined;
  const octets = readWholeDer(wrapped.content);
  return octets?.tag === TAG.octetString ? octets.content : undefined;
}

/** RFC 2315 §13: `EncryptedData { version, { data, AlgorithmIdentifier, [0] ciphertext } }`. */
function encryptedSafe(safe: DerNode): Safe | undefined {
  const [type, wrapped] = elements(safe) ?? [];
  const name = oid(type);
  if (wrapped?.tag !== CONTEXT_0) return undefined;
  if (name === ENVELOPED_DATA && wrapped.content.length >= SHORTEST_SAFE)
    return { algorithm: undefined, ciphertext: wrapped.content };
  if (name !== ENCRYPTED_DATA) return undefined;
  const [, info] = elements(readWholeDer(wrapped.content)) ?? [];
  const [inner, algorithm, octets] = elements(info) ?? [];
  if (oid(inner) !== DATA || !algorithm || !octets) return undefined;
  const ciphertext = octets.tag === CONTEXT_0 ? joined(octets) : octets.content;
  if ((octets.tag & ~0x20) !== IMPLICIT_OCTETS || ciphertext.length < SHORTEST_SAFE) return undefined;
  return { algorithm, ciphertext };
}

/** An OCTET STRING in pieces. */
function joined({ content }: DerNode): Uint8Array {
  const pieces = elements({ tag: TAG.sequence, content, size: content.length }) ?? [];
  return Buffer.concat(pieces.map((piece) => piece.content));
}

function keyStore(safes: readonly Safe[]): KeyStore {
  return {
    rounds: safes.reduce((sum, { algorithm }) => sum + roundsOfSafe(algorithm), 0),
    open(passphrase) {
      const opened = safes.map(({ algorithm, ciphertext }) => decryptSafe(algorithm, ciphertext, passphrase));
      const holdsKey = opened.some((plain) => plain?.includes(KEY_BAG) || plain?.includes(SHROUDED_KEY_BAG));
      if (holdsKey) return "key";
      return opened.every((plain) => plain !== undefined) ? "no key" : undefined;
    },
  };
}
