import { createCipheriv, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { describeKey } from "../../../action/report/describe-key.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { spkiIdentity } from "../../../action/rules/private-key/formats/fingerprint.ts";
import { writePem } from "../../../keys/pem/pem.ts";
import { cipherDer, pbes2, pbkdf2, pkcs8, rsaKeyPair, sealedPem } from "../../keys.ts";

const found = (text: string) =>
  detectKeys(Buffer.from(text)).map(({ key }) => ({
    kind: describeKey(key),
    certainty: key.certainty,
    identity: key.identity,
  }));

/** `Proc-Type: 4,ENCRYPTED` around so many octets of whatever. */
function traditional(label: string, octets: number): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", randomBytes(32), iv);
  const ciphertext = Buffer.concat([cipher.update(randomBytes(octets)), cipher.final()]);
  return writePem(label, ciphertext, { cipher: "AES-256-CBC", iv: iv.toString("hex").toUpperCase() });
}

describe("the label of a PEM", () => {
  const key = generateKeyPairSync("ed25519").privateKey;

  it.each(["PRIVATE KEY", "EDDSA PRIVATE KEY", "ED25519 PRIVATE KEY", "RSA PRIVATE KEY", "MY PRIVATE KEY"])(
    "does not override the structure of the key: %s",
    (label) => {
      expect(found(writePem(label, pkcs8(key)))).toEqual([
        { kind: "PKCS#8 Ed25519 private key", certainty: "certain", identity: spkiIdentity(key) },
      ]);
    },
  );

  it.each([
    ["RSA PRIVATE KEY", "encrypted RSA private key (traditional, AES-256-CBC)"],
    ["DSA PRIVATE KEY", "encrypted DSA private key (traditional, AES-256-CBC)"],
    ["EC PRIVATE KEY", "encrypted EC private key (traditional, AES-256-CBC)"],
    ["ECDSA PRIVATE KEY", "encrypted EC private key (traditional, AES-256-CBC)"],
    ["EDDSA PRIVATE KEY", "encrypted EdDSA private key (traditional, AES-256-CBC)"],
    ["ED25519 PRIVATE KEY", "encrypted Ed25519 private key (traditional, AES-256-CBC)"],
    ["PRIVATE KEY", "encrypted private key (traditional, AES-256-CBC)"],
  ])("names what traditional encryption hides: %s", (label, kind) => {
    expect(found(traditional(label, 600))).toMatchObject([{ kind, certainty: "certain" }]);
  });

  it.each(["RSA", "DSA"])(
    "hides no %s key in what is too short for one, as encrypted parameters are",
    (name) => {
      expect(found(traditional(`${name} PRIVATE KEY`, 40))).toEqual([]);
      expect(found(traditional(`${name} PRIVATE KEY`, 120))).toEqual([]);
    },
  );

  it.each([
    ["aes-128-ofb", "AES-128-OFB"],
    ["aes-192-ofb", "AES-192-OFB"],
    ["aes-192-cfb", "AES-192-CFB"],
    ["des-ede3-ofb", "DES-EDE3-OFB"],
    ["camellia-256-ofb", "unknown cipher"],
    ["aes-128-cfb8", "unknown cipher"],
  ])("names what %s hides, also where the cipher is rare", (cipher, name) => {
    const options = { type: "pkcs1", format: "pem", cipher, passphrase: "open sesame" } as const;
    const text = rsaKeyPair(1024).privateKey.export(options).toString();
    const kind = `encrypted RSA private key (traditional, ${name})`;
    expect(found(text)).toMatchObject([{ kind, certainty: "certain" }]);
    const withoutBreaks = text.replaceAll("\n", "\\n");
    expect(found(withoutBreaks)).toEqual(found(text));
  });

  it("hides no PKCS#8 in an encryption of less than one", () => {
    const scheme = pbes2(pbkdf2(randomBytes(8), 2048), cipherDer("2.16.840.1.101.3.4.1.42"));
    for (const octets of [0, 16, 32]) expect(found(sealedPem(scheme, randomBytes(octets)))).toEqual([]);
    expect(found(sealedPem(scheme, randomBytes(64)))).toHaveLength(1);
  });

  it("hides keys that are as short as keys get", () => {
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "sec1",
      format: "der",
    });
    const rsa = rsaKeyPair(512).privateKey.export({ type: "pkcs1", format: "der" });
    expect(found(traditional("EC PRIVATE KEY", ec.length))).toHaveLength(1);
    expect(found(traditional("RSA PRIVATE KEY", rsa.length))).toHaveLength(1);
  });
});
