import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { describeKey } from "../../../action/report/describe-key.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import type { KeyFacts } from "../../../action/scan/key-facts.ts";
import { rsaKeyPair } from "../../keys.ts";
import { opensshDer } from "./wire.ts";

const RSA: KeyFacts = {
  container: "pkcs8",
  algorithm: "rsa",
  encryption: undefined,
  bits: 2048,
  certainty: "certain",
};

describe("describeKey", () => {
  it.each<[string, Partial<KeyFacts>]>([
    ["PKCS#8 RSA private key", {}],
    ["PKCS#8 private key", { algorithm: "unknown" }],
    ["PKCS#1 RSA private key", { container: "pkcs1" }],
    ["traditional DSA private key", { container: "dsa", algorithm: "dsa" }],
    [
      "encrypted PKCS#8 private key",
      { container: "encrypted-pkcs8", algorithm: undefined, encryption: "unnamed" },
    ],
    [
      "encrypted PKCS#8 private key (PBES2, PBKDF2 with unknown PRF, unknown cipher)",
      {
        container: "encrypted-pkcs8",
        algorithm: undefined,
        encryption: { method: "pbes2", kdf: { name: "pbkdf2", prf: "unknown" }, cipher: "unknown" },
      },
    ],
    [
      "encrypted private key (traditional, unknown cipher)",
      {
        container: "traditional",
        algorithm: undefined,
        encryption: { method: "traditional", cipher: "unknown" },
      },
    ],
    [
      "encrypted OpenSSH hardware-bound private key (bcrypt, aes256-ctr)",
      {
        container: "openssh",
        algorithm: "hardware-bound",
        encryption: { method: "openssh", kdf: "bcrypt", cipher: "aes256-ctr" },
      },
    ],
    [
      "encrypted PuTTY 3 RSA private key (aes256-cbc)",
      { container: "putty", version: 3, encryption: { method: "putty", cipher: "aes256-cbc" } },
    ],
    [
      "encrypted OpenPGP Elgamal secret key",
      { container: "openpgp", algorithm: "elgamal", encryption: "unnamed" },
    ],
    [
      "PKCS#12 key store with a private key",
      { container: "pkcs12", algorithm: undefined, encryption: "unnamed" },
    ],
    [
      "encrypted PKCS#12 key store",
      { container: "pkcs12", algorithm: undefined, encryption: "unnamed", certainty: "partial" },
    ],
    ["PKCS#12 key store", { container: "pkcs12", algorithm: undefined, certainty: "partial" }],
  ])("makes the words %s of the codes", (words, facts) => {
    expect(describeKey({ ...RSA, ...facts })).toBe(words);
  });

  it("repeats no name of a cipher that is in the file and not in the table", () => {
    const key = rsaKeyPair().privateKey;
    const named = (from: string, to: string) =>
      Buffer.from(opensshDer(key, true).toString("latin1").replace(from, to), "latin1");
    const secret = randomBytes(3).toString("hex");
    for (const bytes of [named("aes256-ctr", `own-${secret}`), named("bcrypt", secret)]) {
      const [hit] = detectKeys(bytes);
      expect(hit?.key).toMatchObject({ container: "openssh", algorithm: "rsa" });
      expect(hit && describeKey(hit.key)).toContain("unknown");
      expect(hit && describeKey(hit.key)).not.toContain(secret);
    }
  });
});
