import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DEK_CIPHERS, PBE_SCHEMES, PBES2_CIPHERS, PBKDF2_PRFS } from "../../../keys/encryption-schemes.ts";
import { REENCRYPT, REENCRYPT_LEGACY } from "../../../keys/formats.ts";
import { openPrivateKey } from "../../../keys/open.ts";
import { writePem } from "../../../keys/pem/pem.ts";
import {
  cipherDer,
  PASSPHRASE,
  pbe,
  pbes2,
  pbkdf2,
  pkcs1Pem,
  rsaKeyPair,
  sealedPem,
  traditionalPem,
} from "../../keys.ts";

const { privateKey } = rsaKeyPair();
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

const OPENSSL = "openssl";
const openssl = spawnSync(OPENSSL, ["list", "-providers", "-provider", "legacy"]).status === 0;

describe.skipIf(!openssl)("with the openssl of this machine", () => {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const source = join(folder, "source.pem");
  writeFileSync(source, pkcs1Pem(privateKey));
  const run = (...given: string[]) =>
    execFileSync(OPENSSL, [...given, "-passout", `pass:${PASSPHRASE}`, "-out", join(folder, "key.pem")], {
      stdio: "pipe",
    });
  const LEGACY = ["-provider", "legacy", "-provider", "default"];

  /** Runs a command of ours as a user would, giving its passphrases on the command line. */
  const convert = (command: string) => {
    const [, ...given] = command.split(" ");
    execFileSync(OPENSSL, [...given, "-passin", `pass:${PASSPHRASE}`, "-passout", "pass:new"], {
      cwd: folder,
      stdio: "pipe",
    });
    return readFileSync(join(folder, "new-key.pem"), "utf8");
  };
  const made = () => readFileSync(join(folder, "key.pem"), "utf8");

  const WRITERS: readonly (readonly [string, readonly string[], boolean])[] = [
    ...[
      "PBE-MD5-DES",
      "PBE-SHA1-DES",
      "PBE-MD5-RC2-64",
      "PBE-SHA1-RC2-64",
      "PBE-SHA1-RC4-128",
      "PBE-SHA1-RC4-40",
      "PBE-SHA1-RC2-128",
      "PBE-SHA1-RC2-40",
    ].map((scheme) => [scheme, ["pkcs8", "-topk8", "-v1", scheme], false] as const),
    ...["PBE-SHA1-3DES", "PBE-SHA1-2DES"].map(
      (scheme) => [scheme, ["pkcs8", "-topk8", "-v1", scheme], true] as const,
    ),
    ...["des-cbc", "rc2-cbc", "rc2-64-cbc", "rc2-40-cbc", "bf-cbc", "cast5-cbc", "seed-cbc"].flatMap(
      (cipher) => [
        [`PBES2 ${cipher}`, ["pkcs8", "-topk8", "-v2", cipher], false] as const,
        [`traditional ${cipher}`, ["rsa", "-traditional", `-${cipher}`], false] as const,
      ],
    ),
    ...[
      "des-ede3-cbc",
      "aes-128-cbc",
      "aes-192-cbc",
      "aes-256-cbc",
      "aes-256-ofb",
      "camellia-192-cbc",
      "aria-256-cbc",
      "sm4-cbc",
    ].flatMap((cipher) => [
      [`PBES2 ${cipher}`, ["pkcs8", "-topk8", "-v2", cipher], true] as const,
      [`traditional ${cipher}`, ["rsa", "-traditional", `-${cipher}`], true] as const,
    ]),
    ["traditional desx-cbc", ["rsa", "-traditional", "-desx-cbc"], false],
    ["PBES2 scrypt", ["pkcs8", "-topk8", "-scrypt"], true],
  ];

  it.each(WRITERS)("opens %s, or converts it with the command of its refusal", (_, given, opens) => {
    run(...given, ...LEGACY, "-in", source);
    const result = openPrivateKey(made(), PASSPHRASE);
    expect(result.ok).toBe(opens);
    const command = result.ok ? REENCRYPT : (/`([^`]+)`/.exec(result.error.fix)?.[1] ?? "");
    const converted = openPrivateKey(convert(command), "new");
    expect(converted).toMatchObject({ ok: true, value: { repairs: [] } });
    expect(converted.ok && converted.value.key.equals(privateKey)).toBe(true);
  });

  it("lowers the rounds of a key that has too many with the command of its refusal", () => {
    run("pkcs8", "-topk8", "-iter", "1000001", "-in", source);
    const result = openPrivateKey(made(), PASSPHRASE);
    const command = result.ok ? "" : (/`([^`]+)`/.exec(result.error.fix)?.[1] ?? "");
    expect(openPrivateKey(convert(command), "new")).toMatchObject({
      ok: true,
      value: { facts: { rounds: 600_000 } },
    });
  });

  it("reads our own traditional and Box-style keys", () => {
    writeFileSync(join(folder, "key.pem"), traditionalPem(privateKey, "des-ede3-cbc"));
    expect(openPrivateKey(convert(REENCRYPT), "new").ok).toBe(true);
  });
});
