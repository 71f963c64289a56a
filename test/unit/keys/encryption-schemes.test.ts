import { createPrivateKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DEK_CIPHERS, PBE_SCHEMES, PBES2_CIPHERS, PBKDF2_PRFS } from "../../../keys/encryption-schemes.ts";
import { REENCRYPT_LEGACY } from "../../../keys/formats.ts";
import { openPrivateKey } from "../../../keys/open.ts";
import { writePem } from "../../../keys/pem/pem.ts";
import { cipherDer, PASSPHRASE, pbe, pbes2, pbkdf2, sealedPem } from "../../keys.ts";

const salt = randomBytes(8);
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";

interface Row {
  readonly name: string;
  readonly opens: boolean;
  readonly convertible?: false;
}

/** Every row of every table with an encrypted key that names it; the ciphertext is random. */
const rows: readonly (readonly [string, Row, string])[] = [
  ...Object.entries<Row>(PBE_SCHEMES).map(([id, row]) => [row.name, row, sealedPem(pbe(id))] as const),
  ...Object.entries<Row>(PBES2_CIPHERS).map(
    ([id, row]) => [row.name, row, sealedPem(pbes2(pbkdf2(salt, 2048), cipherDer(id)))] as const,
  ),
  ...Object.entries<Row>(PBKDF2_PRFS).map(
    ([id, row]) => [row.name, row, sealedPem(pbes2(pbkdf2(salt, 2048, id), cipherDer(AES_256_CBC)))] as const,
  ),
  ...Object.entries<Omit<Row, "name"> & { iv: number }>(DEK_CIPHERS).map(
    ([name, row]) =>
      [
        name,
        { ...row, name },
        writePem("RSA PRIVATE KEY", randomBytes(1200), { cipher: name, iv: "AB".repeat(row.iv) }),
      ] as const,
  ),
];

describe("the tables of encryption schemes", () => {
  it.each(rows)(
    "lead to an attempt to open, or to a refusal by name with the command: %s",
    (name, row, pem) => {
      const result = openPrivateKey(pem, PASSPHRASE);
      if (result.ok) throw new Error("random bytes cannot open");
      const { code, message, fix } = result.error;
      if (row.opens) return expect(code).toBe("passphrase_wrong");
      expect(code).toBe("unsupported_encryption");
      expect(message).toContain(name);
      expect(fix.includes(REENCRYPT_LEGACY)).toBe(row.convertible !== false);
    },
  );

  it.each(rows.filter(([, row]) => !row.opens))(
    "agree with Node 24 that it does not open %s",
    (_, __, pem) => {
      expect(() => createPrivateKey({ key: pem, passphrase: PASSPHRASE })).toThrow(
        /unsupported|cipher parameter error/,
      );
    },
  );
});
