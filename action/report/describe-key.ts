import { describeScheme } from "../../keys/encryption.ts";
import { KEY_ALGORITHMS, type KeyAlgorithm } from "../../keys/formats.ts";
import type { DetectedAlgorithm, DetectedEncryption, KeyFacts } from "../scan/key-facts.ts";
import type { KeyFormat } from "../scan/key-formats.ts";

/** What is said of a container before the algorithm; "encrypted" comes from the encryption. */
const CONTAINER_WORDS = {
  pkcs1: "PKCS#1",
  pkcs8: "PKCS#8",
  "encrypted-pkcs8": "PKCS#8",
  sec1: "SEC 1",
  dsa: "traditional",
  traditional: "",
  openssh: "OpenSSH",
  sshcom: "ssh.com",
  putty: "PuTTY",
  openpgp: "OpenPGP",
  pkcs12: "PKCS#12",
  jks: "JKS",
  gnupg: "GnuPG",
  pvk: "Microsoft",
  jwk: "JWK",
  xml: ".NET XML",
  age: "age",
  wireguard: "WireGuard",
  "tool-pem": "PEM",
} as const satisfies Record<KeyFormat, string>;

const OTHER_ALGORITHMS = {
  ecdsa: "ECDSA",
  eddsa: "EdDSA",
  elgamal: "Elgamal",
  "hardware-bound": "hardware-bound",
} as const satisfies Record<Exclude<DetectedAlgorithm, KeyAlgorithm>, string>;

/** The key in the field's words, without its size: `PKCS#8 RSA private key`. */
export function describeKey(key: KeyFacts): string {
  const { container, version, algorithm, encryption } = key;
  if (container === "pkcs12") return describeStore(key);
  const scheme = encryption && describeEncryption(encryption);
  return [
    encryption && "encrypted",
    CONTAINER_WORDS[container],
    version,
    algorithm && algorithmName(algorithm),
    // RFC 9580 calls a private key so.
    container === "openpgp" ? "secret key" : "private key",
    scheme && `(${scheme})`,
  ]
    .filter(Boolean)
    .join(" ");
}

function describeStore({ certainty, encryption }: KeyFacts): string {
  if (certainty === "certain") return "PKCS#12 key store with a private key";
  return encryption ? "encrypted PKCS#12 key store" : "PKCS#12 key store";
}

function algorithmName(algorithm: DetectedAlgorithm): string {
  if (algorithm === "unknown") return "";
  return algorithm in OTHER_ALGORITHMS
    ? OTHER_ALGORITHMS[algorithm as keyof typeof OTHER_ALGORITHMS]
    : KEY_ALGORITHMS[algorithm as KeyAlgorithm].name;
}

function describeEncryption(encryption: DetectedEncryption): string {
  if (encryption === "unnamed") return "";
  if (encryption.method === "openssh") return `${encryption.kdf}, ${encryption.cipher}`;
  return encryption.method === "putty" ? encryption.cipher : describeScheme(encryption);
}
