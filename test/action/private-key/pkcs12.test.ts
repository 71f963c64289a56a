import { createCipheriv, createHash, pbkdf2Sync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decryptRc2 } from "../../../action/rules/private-key/formats/rc2.ts";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import {
  boxStyleDer,
  cipherDer,
  integerDer,
  octets,
  oidDer,
  pbes2,
  pbkdf2,
  pkcs8,
  rsaKeyPair,
  sequence,
  tlv,
} from "../../keys.ts";

const [DATA, ENVELOPED_DATA, ENCRYPTED_DATA] = [
  "1.2.840.113549.1.7.1",
  "1.2.840.113549.1.7.3",
  "1.2.840.113549.1.7.6",
];
const bag = (last: number, content: Buffer) =>
  sequence(oidDer(`1.2.840.113549.1.12.10.1.${last}`), tlv(0xa0, content));

const key = rsaKeyPair().privateKey;
const certificates = bag(3, sequence(oidDer("1.2.840.113549.1.9.22.1"), tlv(0xa0, octets(randomBytes(700)))));
const BAGS = { plain: bag(1, pkcs8(key)), shrouded: bag(2, boxStyleDer(key)) };

/** As OpenSSL 3 encrypts it. */
function encrypted(content: Buffer, passphrase: string): Buffer {
  const [salt, iv] = [randomBytes(8), randomBytes(16)];
  const cipher = createCipheriv("aes-256-cbc", pbkdf2Sync(passphrase, salt, 2048, 32, "sha256"), iv);
  const scheme = pbes2(pbkdf2(salt, 2048, "1.2.840.113549.2.9"), cipherDer("2.16.840.1.101.3.4.1.42", iv));
  const ciphertext = Buffer.concat([cipher.update(sequence(content)), cipher.final()]);
  const info = sequence(oidDer(DATA), scheme, tlv(0x80, ciphertext));
  return sequence(oidDer(ENCRYPTED_DATA), tlv(0xa0, sequence(integerDer(0), info)));
}

const open = (content: Buffer) => sequence(oidDer(DATA), tlv(0xa0, octets(sequence(content))));
const mac = sequence(
  sequence(sequence(oidDer("2.16.840.1.101.3.4.2.1")), octets(randomBytes(32))),
  octets(randomBytes(8)),
  integerDer(2048),
);

const store = (safes: readonly Buffer[], ...behind: Buffer[]) =>
  sequence(integerDer(3), sequence(oidDer(DATA), tlv(0xa0, octets(sequence(...safes)))), ...behind);

const find = (bytes: Buffer) =>
  privateKeyRule.find({ path: "a.p12", bytes, whole: true, start: { line: 1, column: 1 } });

describe("a PKCS#12 store", () => {
  it("with a key in the clear part is certain, whatever else is in it", () => {
    for (const content of [BAGS.plain, BAGS.shrouded])
      expect(find(store([encrypted(certificates, "x9 Kq"), open(content)], mac))).toMatchObject([
        { kind: "PKCS#12 key store with a private key", certainty: "certain" },
      ]);
  });

  it("that is encrypted as a whole is partial, and says that only its passphrase would show the content", () => {
    const one = encrypted(Buffer.concat([certificates, BAGS.plain]), "x9 Kq");
    for (const bytes of [
      store([one], mac),
      store([one]),
      store([one, encrypted(certificates, "x9 Kq")], mac),
    ])
      for (const content of [bytes, Buffer.from(bytes.toString("base64"))])
        expect(find(content)).toMatchObject([
          {
            kind: "encrypted PKCS#12 key store",
            certainty: "partial",
            identity: expect.stringMatching(/^der-sha256:/),
            message: expect.stringContaining("whether it holds a private key"),
          },
        ]);
  });

  it("that only a certificate opens is partial", () => {
    const enveloped = sequence(
      oidDer(ENVELOPED_DATA),
      tlv(0xa0, sequence(integerDer(0), octets(randomBytes(900)))),
    );
    expect(find(store([enveloped]))).toMatchObject([{ certainty: "partial" }]);
  });

  it.each(["changeit", "", "password"])(
    "is certain where a well-known passphrase shows the key: %j",
    (passphrase) => {
      const bytes = store([encrypted(Buffer.concat([certificates, BAGS.shrouded]), passphrase)], mac);
      expect(find(bytes)).toMatchObject([
        { kind: "PKCS#12 key store with a private key", certainty: "certain" },
      ]);
    },
  );

  it.each(["changeit", "", "password"])(
    "of certificates is none where a well-known passphrase shows it: %j",
    (passphrase) => {
      expect(find(store([encrypted(certificates, passphrase)], mac))).toEqual([]);
    },
  );

  it("of certificates that are not encrypted is none", () => {
    expect(find(store([open(certificates)], mac))).toEqual([]);
    expect(find(store([open(certificates)]))).toEqual([]);
  });

  it("has the hash of all of it for a fingerprint, whether it was opened or not", () => {
    for (const passphrase of ["changeit", "x9 Kq"]) {
      const bytes = store([encrypted(BAGS.shrouded, passphrase)], mac);
      expect(find(bytes)[0]?.identity).toBe(`der-sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    }
  });
});

describe("RC2", () => {
  /** RFC 2268 §5: key, effective bits, plaintext, ciphertext. */
  it.each([
    ["0000000000000000", 63, "0000000000000000", "ebb773f993278eff"],
    ["ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"],
    ["3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"],
    ["88", 64, "0000000000000000", "61a8a244adacccf0"],
    ["88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"],
    ["88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"],
    ["88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"],
  ])("decrypts the vector of RFC 2268 with the key %s of %i bits", (keyHex, bits, plain, ciphertext) => {
    const iv = Buffer.from("0102030405060708", "hex");
    const [secret, text] = [keyHex, ciphertext].map((hex) => Buffer.from(hex, "hex")) as [Buffer, Buffer];
    const masked = Buffer.from(plain, "hex").map((octet, at) => octet ^ (iv[at] ?? 0));
    expect(Buffer.from(decryptRc2(secret, bits, Buffer.alloc(8), text)).toString("hex")).toBe(plain);
    expect(Buffer.from(decryptRc2(secret, bits, iv, text))).toEqual(Buffer.from(masked));
  });
});
