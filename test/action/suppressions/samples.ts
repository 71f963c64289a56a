import type { Finding } from "../../../action/scan/finding.ts";
import type { PathSuppression } from "../../../action/suppressions/by-path.ts";
import { formatSecretHashes } from "../../../action/suppressions/secret-hash.ts";
import type { FindingSuppression } from "../../../action/suppressions/suppressions.ts";

export const TODAY = "2026-11-21";
export const YESTERDAY = "2026-11-20";

export const KEY = "spki-sha256:00";
export const SECRET = "box-secret:.env#BOX_CLIENT_SECRET";

/** Hashes by a letter: no test here computes one. */
const SALT = "S".repeat(22);
const hashes = (letters: string) => [...letters].map((letter) => letter.repeat(43));
export const secretHash = (letters: string, salt = SALT) =>
  formatSecretHashes({ salt, hashes: hashes(letters) });
export const hashOf = (letter: string) => letter.repeat(43);

export const finding = (changes: Partial<Finding> = {}): Finding => ({
  rule: "private-key",
  certainty: "certain",
  kind: "PKCS#8 RSA private key",
  identity: KEY,
  line: 1,
  column: 1,
  message: "m",
  fix: "f",
  ...changes,
});

export const entry = (changes: Partial<FindingSuppression> = {}): FindingSuppression => ({
  identity: KEY,
  reason: "known",
  expires: TODAY,
  ...changes,
});

export const pathEntry = (changes: Partial<PathSuppression> = {}): PathSuppression => ({
  path: "testdata/**",
  kinds: ["pkcs8"],
  reason: "published",
  expires: TODAY,
  ...changes,
});
