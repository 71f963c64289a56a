import { type DerNode, elements, integer, integerBits, oid, readWholeDer, TAG } from "./der.ts";
import { type KeyEncryption, readKeyEncryption } from "./encryption.ts";
import {
  algorithmFacts,
  algorithmOfOid,
  type KeyAlgorithm,
  type KeyContainer,
  OPENSSH_MAGIC,
} from "./formats.ts";

/** What the bytes are for certain, by their structure and not by their label. */
export interface KeyStructure {
  readonly container: KeyContainer;
  readonly encryption: KeyEncryption | undefined;
  /** `undefined` while it is encrypted, and for what is no key. */
  readonly algorithm: KeyAlgorithm | undefined;
  /** Size of an RSA modulus in bits, where it is visible. */
  readonly modulusBits: number | undefined;
}

/** The smallest PKCS#8, of an Ed25519 key, has 48 octets; less is encrypted parameters, or nothing. */
const SHORTEST_CIPHERTEXT = 48;
const PKCS7 = "1.2.840.113549.1.7.";

/**
 * Recognises the DER (or OpenSSH's own encoding) of a key, certificate or request; `undefined` for anything
 * else, however it is labelled. Traditional encryption hides the whole structure and is known by its headers
 * alone. What is recognised has the structure of its standard from the first to the last byte: RFC 5958 (PKCS#8), RFC 8017
 * (PKCS#1), RFC 5915 (SEC 1), RFC 7292 (PKCS#12).
 */
export function recogniseKey(bytes: Uint8Array): KeyStructure | undefined {
  if (startsWith(bytes, OPENSSH_MAGIC)) return structure("openssh");
  const parts = elements(readWholeDer(bytes));
  if (!parts || parts.length < 2) return undefined;
  return (
    readEncryptedPkcs8(parts) ??
    readPkcs8(parts) ??
    readIntegers(parts) ??
    readSec1(parts) ??
    readPkcs12(parts) ??
    readPublic(parts)
  );
}

function structure(container: KeyContainer, facts: Partial<KeyStructure> = {}): KeyStructure {
  return { container, encryption: undefined, algorithm: undefined, modulusBits: undefined, ...facts };
}

/** RFC 5958 §3: `SEQUENCE { AlgorithmIdentifier, OCTET STRING }`. */
function readEncryptedPkcs8([identifier, ciphertext, ...rest]: readonly DerNode[]) {
  if (ciphertext?.tag !== TAG.octetString || rest.length > 0) return undefined;
  if (ciphertext.content.length < SHORTEST_CIPHERTEXT) return undefined;
  const encryption = readKeyEncryption(identifier);
  return encryption && structure("encrypted-pkcs8", { encryption });
}

/** RFC 5958 §2: `SEQUENCE { INTEGER 0|1, AlgorithmIdentifier, OCTET STRING … }`. */
function readPkcs8([version, identifier, key]: readonly DerNode[]) {
  const number = integer(version);
  const name = oid(elements(identifier)?.[0]);
  if ((number !== 0 && number !== 1) || name === undefined || key?.tag !== TAG.octetString) return undefined;
  const algorithm = algorithmOfOid(name);
  const modulus = elements(readWholeDer(key.content))?.[1];
  const hasModulus = algorithmFacts(algorithm).modulus === true;
  return structure("pkcs8", { algorithm, modulusBits: hasModulus ? integerBits(modulus) : undefined });
}

/** RFC 8017 appendix A.1: RSA keys are a row of INTEGERs, and so is OpenSSL's form of a DSA key. */
function readIntegers(parts: readonly DerNode[]): KeyStructure | undefined {
  const bits = parts.map(integerBits);
  const count = bits.indexOf(undefined);
  const integers = count < 0 ? parts.length : count;
  const version = integer(parts[0]);
  const [first, second] = bits;
  if (integers === 9 && (parts.length === 9 ? version === 0 : version === 1 && parts.length === 10))
    return structure("pkcs1", { algorithm: "rsa", modulusBits: second });
  if (integers !== parts.length) return undefined;
  if (parts.length === 6 && version === 0) return structure("dsa", { algorithm: "dsa" });
  if (parts.length === 2 && (first ?? 0) >= 256)
    return structure("pkcs1-public", { algorithm: "rsa", modulusBits: first });
  return undefined;
}

/** RFC 5915 §3: `SEQUENCE { INTEGER 1, OCTET STRING, [0] …, [1] … }`. */
function readSec1([version, key, ...rest]: readonly DerNode[]) {
  if (integer(version) !== 1 || key?.tag !== TAG.octetString) return undefined;
  return rest.every(({ tag }) => tag === 0xa0 || tag === 0xa1)
    ? structure("sec1", { algorithm: "ec" })
    : undefined;
}

/** RFC 7292 §4: `SEQUENCE { INTEGER 3, ContentInfo … }`. */
function readPkcs12([version, content]: readonly DerNode[]) {
  const type = oid(elements(content)?.[0]);
  return integer(version) === 3 && type?.startsWith(PKCS7) ? structure("pkcs12") : undefined;
}

/** RFC 5280 §4.1: a public key, or a signed certificate or request, which all end in a BIT STRING. */
function readPublic(parts: readonly DerNode[]): KeyStructure | undefined {
  const [body, second, signature, ...rest] = parts;
  const inner = elements(body);
  if (!inner || rest.length > 0) return undefined;
  if (parts.length === 2 && second?.tag === TAG.bitString) {
    const name = oid(inner[0]);
    if (name === undefined) return undefined;
    const algorithm = algorithmOfOid(name);
    const modulus = elements(readWholeDer(second.content.subarray(1)))?.[0];
    return structure("spki", {
      algorithm,
      modulusBits: algorithmFacts(algorithm).modulus ? integerBits(modulus) : undefined,
    });
  }
  if (signature?.tag !== TAG.bitString || oid(elements(second)?.[0]) === undefined) return undefined;
  return structure(inner.length >= 6 ? "certificate" : "request");
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return bytes.length > text.length && [...text].every((char, at) => bytes[at] === char.charCodeAt(0));
}
