import type { EncryptionScheme } from "../../keys/encryption.ts";
import type { KeyAlgorithm } from "../../keys/formats.ts";
import type { KeyFormat } from "./key-formats.ts";

/** Algorithms by Node's names; `ecdsa`, `eddsa` and the others behind it are named so by SSH, PEM labels and OpenPGP. */
export type DetectedAlgorithm = KeyAlgorithm | "ecdsa" | "eddsa" | "elgamal" | "hardware-bound";

/** `unnamed`: the format does not show how, or the file is cut before it does. */
export type DetectedEncryption =
  | EncryptionScheme
  | { readonly method: "openssh"; readonly kdf: OpenSshKdf; readonly cipher: OpenSshCipher }
  | { readonly method: "putty"; readonly cipher: "aes256-cbc" }
  | "unnamed";

/** What a file shows of a private key, in codes alone: `describeKey` makes the text, and no code reads that text. */
export interface KeyFacts {
  readonly container: KeyFormat;
  /** Of PuTTY's format. */
  readonly version?: 2 | 3;
  /** `undefined` where it is not visible, or no key of a store was read. */
  readonly algorithm: DetectedAlgorithm | undefined;
  readonly encryption: DetectedEncryption | undefined;
  /** Of the RSA modulus or the curve, where it is visible. */
  readonly bits: number | undefined;
  /** `certain`: all of it is there and parses. `partial`: cut short, or a store of unknown content. */
  readonly certainty: "certain" | "partial";
}

/** Ciphers that ssh-keygen takes, and took, for private keys. */
export const OPENSSH_CIPHERS = [
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "aes128-cbc",
  "aes192-cbc",
  "aes256-cbc",
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
  "3des-cbc",
  "rijndael-cbc@lysator.liu.se",
  "blowfish-cbc",
  "cast128-cbc",
  "arcfour",
  "arcfour128",
  "arcfour256",
  "unknown",
] as const;

export const OPENSSH_KDFS = ["bcrypt", "none", "unknown"] as const;

type OpenSshCipher = (typeof OPENSSH_CIPHERS)[number];
type OpenSshKdf = (typeof OPENSSH_KDFS)[number];
