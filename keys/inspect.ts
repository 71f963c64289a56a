import { ok, type Result, refused } from "../schemas/result.ts";
import {
  describeScheme,
  type EncryptionScheme,
  type KeyEncryption,
  readDekEncryption,
} from "./encryption.ts";
import { type KeyRefusal, keyRefusal } from "./errors.ts";
import {
  containerFacts,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  type KeyContainer,
  MAX_MODULUS_BITS,
} from "./formats.ts";
import { damage, type PemRepair } from "./pem/damage.ts";
import { type Pem, readPem } from "./pem/pem.ts";
import { type KeyStructure, recogniseKey } from "./structure.ts";

/** RFC 7518 §3.3. */
const MIN_MODULUS_BITS = 2048;
/** 600,000 rounds, today's advice, cost 61 ms; this cap keeps a hostile key near 100 ms. */
export const MAX_KDF_ROUNDS = 1_000_000;
/** OpenSSL refuses more when it opens a key, whatever the machine has. */
const MAX_SCRYPT_BYTES = 32 * 1024 * 1024;
/** N·r·p; the usual 16384·8·1 costs 27 ms. */
const MAX_SCRYPT_WORK = 8 * 16_384 * 8;

/** What is known of a private key; public, without a byte of it. */
export interface KeyFacts {
  readonly container: KeyContainer;
  readonly encrypted: boolean;
  /** `undefined` where the key is not encrypted. */
  readonly scheme: EncryptionScheme | undefined;
  /** Rounds of the password hash, where the scheme has them. */
  readonly rounds: number | undefined;
  /** `undefined` until an encrypted key is open. */
  readonly algorithm: KeyAlgorithm | undefined;
  readonly modulusBits: number | undefined;
}

/** A private key that has not been opened yet, but could be. */
export interface Examined {
  readonly facts: KeyFacts;
  readonly pem: Pem;
  readonly repairs: readonly PemRepair[];
}

/** Reads `text` as a private key without opening it, and refuses what could never sign for Box. */
export function examine(text: string): Result<Examined, KeyRefusal> {
  const read = readPem(text);
  if (!read.ok) {
    const { kind: code, message, fix } = read.error;
    return refused({ code, message, fix });
  }
  const pem = read.value;
  const structure = pem.dek ? traditional(pem.label, pem.dek.cipher) : recogniseKey(pem.der);
  if (!structure) return refused(unrecognised(pem.label));
  const refusal = refuse(structure);
  if (refusal) return refused(refusal);
  const { container, encryption, algorithm, modulusBits } = structure;
  const labels: readonly string[] = containerFacts(container).labels;
  return ok({
    facts: {
      container,
      encrypted: encryption !== undefined,
      scheme: encryption?.scheme,
      rounds: encryption?.rounds,
      algorithm,
      modulusBits,
    },
    pem,
    repairs: labels.includes(pem.label) ? pem.repairs : [...pem.repairs, "label"],
  });
}

/** Why a key of this algorithm and size cannot sign for Box; `undefined` if it can, or is not visible yet. */
export function refuseAlgorithm(algorithm: KeyAlgorithm | undefined, bits: number | undefined) {
  if (algorithm === undefined) return undefined;
  if (algorithm !== "rsa") return keyRefusal("wrong_algorithm", KEY_ALGORITHMS[algorithm].name);
  if (bits === undefined) return undefined;
  if (bits < MIN_MODULUS_BITS) return keyRefusal("key_too_small", bits, MIN_MODULUS_BITS);
  return bits > MAX_MODULUS_BITS ? keyRefusal("key_too_large", bits, MAX_MODULUS_BITS) : undefined;
}

function refuse({ container, encryption, algorithm, modulusBits }: KeyStructure): KeyRefusal | undefined {
  const { name, holds, convert } = containerFacts(container);
  if (holds !== "private key") return keyRefusal("not_private", name);
  if (convert) return keyRefusal("unsupported_container", name, convert);
  return refuseAlgorithm(algorithm, modulusBits) ?? (encryption && refuseEncryption(encryption));
}

function refuseEncryption({ scheme, opens, convert, rounds, scrypt }: KeyEncryption): KeyRefusal | undefined {
  if (!opens) return keyRefusal("unsupported_encryption", describeScheme(scheme), convert);
  if (rounds !== undefined && rounds > MAX_KDF_ROUNDS)
    return keyRefusal("too_many_rounds", rounds, MAX_KDF_ROUNDS);
  if (!scrypt) return undefined;
  const { N, r, p } = scrypt;
  const memory = 128 * r * (N + 2) + 128 * r * p;
  return memory > MAX_SCRYPT_BYTES || N * r * p > MAX_SCRYPT_WORK
    ? keyRefusal("scrypt_too_costly")
    : undefined;
}

/** Only the label shows what traditional encryption hides. */
function traditional(label: string, cipher: string): KeyStructure | undefined {
  const algorithm = TRADITIONAL[label];
  const encryption = readDekEncryption(cipher);
  return algorithm && { container: "traditional", encryption, algorithm, modulusBits: undefined };
}

const TRADITIONAL: Readonly<Record<string, KeyAlgorithm>> = {
  "RSA PRIVATE KEY": "rsa",
  "EC PRIVATE KEY": "ec",
  "DSA PRIVATE KEY": "dsa",
};

/** `readPem` checks the structure of private keys only. */
function unrecognised(label: string): KeyRefusal {
  const { kind: code, ...text } = damage("not_a_key");
  return label.endsWith("PRIVATE KEY") ? { code, ...text } : keyRefusal("not_private", label.toLowerCase());
}
