/** A container that a key can come in. Facts verified against Node 24.21 and OpenSSL 3.0. */
interface ContainerFacts {
  readonly name: string;
  /** The text after `-----BEGIN `; the first is the one that we write. */
  readonly labels: readonly string[];
  /** What disclosing it discloses. */
  readonly holds: "private key" | "public key" | "certificate" | "parameters";
  /** What turns it into a container that opens here; absent where Node opens it as it is. */
  readonly convert?: string;
}

/** Re-encrypts whatever OpenSSL can read; the result (PBES2, PBKDF2, AES-256-CBC) opens everywhere. */
export const REENCRYPT = "openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem -out new-key.pem";
/** The same for ciphers that OpenSSL 3 moved to its legacy provider. */
export const REENCRYPT_LEGACY =
  "openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default -in key.pem -out new-key.pem";

/** The containers of keys that are recognised by their structure, by our name for each. */
export const KEY_CONTAINERS = {
  pkcs8: { name: "PKCS#8", labels: ["PRIVATE KEY"], holds: "private key" },
  "encrypted-pkcs8": { name: "encrypted PKCS#8", labels: ["ENCRYPTED PRIVATE KEY"], holds: "private key" },
  pkcs1: { name: "PKCS#1", labels: ["RSA PRIVATE KEY"], holds: "private key" },
  traditional: {
    name: "traditionally encrypted PEM (Proc-Type: 4,ENCRYPTED)",
    labels: ["RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"],
    holds: "private key",
  },
  sec1: { name: "SEC 1", labels: ["EC PRIVATE KEY"], holds: "private key" },
  dsa: { name: "traditional DSA", labels: ["DSA PRIVATE KEY"], holds: "private key" },
  openssh: {
    name: "OpenSSH",
    labels: ["OPENSSH PRIVATE KEY"],
    holds: "private key",
    convert: "ssh-keygen -p -m PKCS8 -f key.pem",
  },
  pkcs12: {
    name: "PKCS#12",
    labels: ["PKCS12"],
    holds: "private key",
    convert:
      "openssl pkcs12 -provider legacy -provider default -nocerts -in key.p12 | openssl pkcs8 -topk8 -v2 aes-256-cbc -out new-key.pem",
  },
  spki: { name: "public key (SPKI)", labels: ["PUBLIC KEY"], holds: "public key" },
  "pkcs1-public": { name: "public key (PKCS#1)", labels: ["RSA PUBLIC KEY"], holds: "public key" },
  certificate: {
    name: "certificate",
    labels: ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"],
    holds: "certificate",
  },
  request: {
    name: "certificate request",
    labels: ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"],
    holds: "certificate",
  },
  parameters: {
    name: "key parameters",
    labels: ["EC PARAMETERS", "DSA PARAMETERS", "DH PARAMETERS"],
    holds: "parameters",
  },
} as const satisfies Record<string, ContainerFacts>;

/** What a key in OpenSSH's own format begins with (PROTOCOL.key). */
export const OPENSSH_MAGIC = "openssh-key-v1\0";

/** OpenSSL's own limit for RSA; no key of any kind has a larger number in it. */
export const MAX_MODULUS_BITS = 16_384;

/** A row of `KEY_CONTAINERS`. */
export type KeyContainer = keyof typeof KEY_CONTAINERS;

/** The row of a container, without the literal types of the table. */
export const containerFacts = (container: KeyContainer): ContainerFacts => KEY_CONTAINERS[container];

/** Kinds of key by Node's `asymmetricKeyType`. Box's JWT grant knows RS256, RS384 and RS512, so only `rsa` signs. */
export const KEY_ALGORITHMS = {
  rsa: { name: "RSA", oid: "1.2.840.113549.1.1.1", modulus: true },
  "rsa-pss": { name: "RSA-PSS", oid: "1.2.840.113549.1.1.10", modulus: true },
  "rsa-oaep": { name: "RSA-OAEP", oid: "1.2.840.113549.1.1.7", modulus: true },
  ec: { name: "EC", oid: "1.2.840.10045.2.1" },
  dsa: { name: "DSA", oid: "1.2.840.10040.4.1" },
  dh: { name: "Diffie-Hellman", oid: "1.2.840.113549.1.3.1" },
  dhx: { name: "X9.42 Diffie-Hellman", oid: "1.2.840.10046.2.1" },
  ed25519: { name: "Ed25519", oid: "1.3.101.112" },
  ed448: { name: "Ed448", oid: "1.3.101.113" },
  x25519: { name: "X25519", oid: "1.3.101.110" },
  x448: { name: "X448", oid: "1.3.101.111" },
  "ml-dsa-44": { name: "ML-DSA-44", oid: "2.16.840.1.101.3.4.3.17", recent: true },
  "ml-dsa-65": { name: "ML-DSA-65", oid: "2.16.840.1.101.3.4.3.18", recent: true },
  "ml-dsa-87": { name: "ML-DSA-87", oid: "2.16.840.1.101.3.4.3.19", recent: true },
  unknown: { name: "unknown", oid: "", recent: true },
} as const satisfies Record<string, AlgorithmFacts>;

interface AlgorithmFacts {
  readonly name: string;
  readonly oid: string;
  /** Whether its key is that of RSA, whose modulus has the size of the key. */
  readonly modulus?: true;
  /** Whether only the newest Node opens it. */
  readonly recent?: true;
}

/** The row of an algorithm, without the literal types of the table. */
export const algorithmFacts = (algorithm: KeyAlgorithm): AlgorithmFacts => KEY_ALGORITHMS[algorithm];

/** A row of `KEY_ALGORITHMS`. */
export type KeyAlgorithm = keyof typeof KEY_ALGORITHMS;

const ALGORITHM_OF_OID: ReadonlyMap<string, KeyAlgorithm> = new Map(
  Object.entries(KEY_ALGORITHMS).map(([algorithm, { oid }]) => [oid, algorithm as KeyAlgorithm]),
);

/** The algorithm that an OID names; `unknown` for one that is not in the table. */
export const algorithmOfOid = (oid: string): KeyAlgorithm => ALGORITHM_OF_OID.get(oid) ?? "unknown";

/** The algorithm of Node's `asymmetricKeyType`. */
export const algorithmOfKeyType = (type: string | undefined): KeyAlgorithm =>
  type !== undefined && Object.hasOwn(KEY_ALGORITHMS, type) ? (type as KeyAlgorithm) : "unknown";
