import type { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { elements, readWholeDer } from "../../../../keys/der.ts";
import type { KeyEncryption } from "../../../../keys/encryption.ts";
import { algorithmFacts, containerFacts, type KeyAlgorithm } from "../../../../keys/formats.ts";
import { writePem } from "../../../../keys/pem/pem.ts";
import { asPlainPkcs8 } from "../../../../keys/pkcs8.ts";
import { type KeyStructure, recogniseKey } from "../../../../keys/structure.ts";
import { isKeyFormat } from "../../../scan/key-formats.ts";
import { mayOpen } from "../budget.ts";
import { derIdentity, keyBits, spkiIdentity } from "./fingerprint.ts";
import { readGnupg } from "./gnupg.ts";
import { readJks } from "./jks.ts";
import type { Attempt, Key } from "./key.ts";
import { type KeyHead, keyHead } from "./key-head.ts";
import { readMsKey } from "./ms-blob.ts";
import { readOpenPgp } from "./openpgp.ts";
import { readOpenSsh } from "./openssh.ts";
import { readPkcs12 } from "./pkcs12.ts";

/** scrypt's cost in rounds of PBKDF2, roughly: both by the clock. */
const ROUNDS_PER_SCRYPT_WORK = 2;

/** The private key that `bytes` are, from the first to the last; `undefined` for anything else. */
function readKey(bytes: Buffer): Key | undefined {
  const structure = recogniseKey(bytes);
  if (structure?.container === "pkcs12") return readPkcs12(bytes);
  if (!structure || containerFacts(structure.container).holds !== "private key") return undefined;
  return structure.encryption
    ? lockedKey(bytes, structure, structure.encryption)
    : plainKey(bytes, structure);
}

/** A key of which the beginning is there, and the end is not. OpenPGP: at least all of the public part. */
export function partialKey(bytes: Buffer, { container, algorithm, encryption }: KeyHead): Key | undefined {
  if (container === "openpgp") return readOpenPgp(bytes, true)?.key;
  // Nothing before a whole key shows that there is one.
  if (container === "jks" || container === "gnupg") return undefined;
  return {
    container,
    algorithm,
    encryption,
    bits: undefined,
    certainty: "partial",
    identity: derIdentity(bytes),
  };
}

/** Less of a key than this is an example that was shortened, and discloses no secret. */
export const MIN_SHARE = 0.25;

/** A key that all of `bytes` is the beginning of, where its head gives its size and a good part of it is there. */
export function leadingPart(bytes: Buffer): Key | undefined {
  const head = keyHead(bytes);
  if (head?.size === undefined) return undefined;
  const share = bytes.length / head.size;
  return share > MIN_SHARE && share < 1 ? partialKey(bytes, head) : undefined;
}

/** The private key at the start of `bytes`, whatever follows it, and how many bytes it takes. */
export function readLeadingKey(bytes: Buffer): { readonly key: Key; readonly size: number } | undefined {
  const head = keyHead(bytes);
  if (!head) return undefined;
  if (head.container === "openssh") return readOpenSsh(bytes);
  if (head.container === "openpgp") return readOpenPgp(bytes, false);
  if (head.container === "jks") return readJks(bytes);
  if (head.container === "gnupg") return readGnupg(bytes);
  if (head.container === "pvk") return readMsKey(bytes);
  const size = head.size ?? bytes.length;
  if (size > bytes.length) return undefined;
  const key = readKey(bytes.subarray(0, size));
  return key && { key, size };
}

/** Algorithms that Node opens always: what has their structure and does not open was put together wrongly. */
const OPENED: ReadonlySet<string> = new Set(["rsa", "rsa-pss", "ed25519", "x25519", "ed448", "x448"]);

/** Whether a PKCS#8 that Node does not open may be a key anyway: a curve or parameters it does not know. */
function isPlausible(bytes: Buffer, { container, algorithm }: KeyStructure): boolean {
  if (algorithm && OPENED.has(algorithm)) return false;
  if (container !== "pkcs8") return true;
  const inner = elements(readWholeDer(bytes))?.[2]?.content;
  if (inner && algorithm === "ec") return recogniseKey(inner)?.container === "sec1";
  return inner !== undefined && (algorithm === "unknown" || readWholeDer(inner) !== undefined);
}

/** Only the newest Node opens it; its fingerprint must be the same with every version. */
const isRecent = (algorithm: KeyAlgorithm | undefined) =>
  algorithm !== undefined && algorithmFacts(algorithm).recent === true;

/** Whether a PKCS#8 of an RSA key contains anything but an RSA key: detects a wrongly built one without OpenSSL. */
function isHollow(bytes: Buffer, { container, algorithm }: KeyStructure): boolean {
  if (container !== "pkcs8" || (algorithm !== "rsa" && algorithm !== "rsa-pss")) return false;
  const inner = elements(readWholeDer(bytes))?.[2]?.content;
  return inner === undefined || recogniseKey(inner)?.container !== "pkcs1";
}

function plainKey(bytes: Buffer, structure: KeyStructure): Key | undefined {
  const { container, algorithm, modulusBits } = structure;
  if (!isKeyFormat(container) || isHollow(bytes, structure) || !mayOpen()) return undefined;
  const plain = container === "pkcs8" ? asPlainPkcs8(bytes, algorithm) : bytes;
  const open = openPem(writePem(containerFacts(container).labels[0] ?? "PRIVATE KEY", plain));
  if (!open && !isPlausible(bytes, structure)) return undefined;
  return {
    container,
    algorithm,
    encryption: undefined,
    bits: modulusBits ?? (open && keyBits(open)),
    certainty: "certain",
    identity: (open && !isRecent(algorithm) && spkiIdentity(open)) || derIdentity(bytes),
  };
}

function lockedKey(bytes: Buffer, { container }: KeyStructure, encryption: KeyEncryption): Key {
  const pem = writePem(containerFacts(container).labels[0] ?? "ENCRYPTED PRIVATE KEY", bytes);
  return {
    container: "encrypted-pkcs8",
    algorithm: undefined,
    encryption: encryption.scheme,
    bits: undefined,
    certainty: "certain",
    identity: derIdentity(bytes),
    ...(encryption.opens && { open: attempt(pem, roundsOf(encryption)) }),
  };
}

/** Tries a passphrase on an encrypted PEM. */
export const attempt = (pem: string, rounds: number): Attempt => ({
  rounds,
  try(passphrase) {
    const key = openPem(pem, passphrase);
    const identity = key && spkiIdentity(key);
    return key && identity ? { identity, bits: keyBits(key) } : undefined;
  },
});

function roundsOf({ rounds, scrypt }: KeyEncryption): number {
  return scrypt ? scrypt.N * scrypt.r * scrypt.p * ROUNDS_PER_SCRYPT_WORK : (rounds ?? 1);
}

function openPem(key: string, passphrase?: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key, format: "pem", ...(passphrase !== undefined && { passphrase }) });
  } catch {
    return undefined;
  }
}
