import { generateKeyPairSync, sign, verify } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeScheme } from "../../../keys/encryption.ts";
import { MAX_KDF_ROUNDS } from "../../../keys/inspect.ts";
import { inspectPrivateKey, type KeyRefusalCode, openPrivateKey } from "../../../keys/open.ts";
import { readPem, writePem } from "../../../keys/pem/pem.ts";
import {
  boxStyleDer,
  boxStylePem,
  cipherDer,
  encryptedPem,
  integerDer,
  octets,
  oidDer,
  PASSPHRASE,
  pbes2,
  pbes2Pem,
  pbkdf2,
  pkcs1Pem,
  pkcs8,
  pkcs8Pem,
  pkcs12PbePem,
  rsaKeyPair,
  scrypt,
  scryptPem,
  sealedPem,
  sequence,
  traditionalPem,
} from "../../keys.ts";
import { areAllSampled } from "../../support/samples.ts";

const { privateKey, publicKey } = rsaKeyPair();
const salt = Buffer.alloc(8, 7);
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";

function opened(pem: string, passphrase?: string) {
  const result = openPrivateKey(pem, passphrase);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

function refusal(pem: string, passphrase?: string) {
  const result = openPrivateKey(pem, passphrase);
  if (result.ok) throw new Error("opened");
  return result.error;
}

describe("a private key that opens", () => {
  it.each<[string, string, string | undefined]>([
    ["PKCS#8", pkcs8Pem(privateKey), undefined],
    ["PKCS#1", pkcs1Pem(privateKey), undefined],
    [
      "Box's own PBES2, PBKDF2 with HMAC-SHA1, DES-EDE3-CBC",
      boxStylePem(privateKey),
      "PBES2, PBKDF2 with HMAC-SHA1, DES-EDE3-CBC",
    ],
    ["PBES2 AES-128", pbes2Pem(privateKey, "aes-128-cbc"), "PBES2, PBKDF2 with HMAC-SHA256, AES-128-CBC"],
    ["PBES2 AES-256", pbes2Pem(privateKey, "aes-256-cbc"), "PBES2, PBKDF2 with HMAC-SHA256, AES-256-CBC"],
    ["PBES2 scrypt", scryptPem(privateKey), "PBES2, scrypt, AES-256-CBC"],
    ["PKCS#12 PBE SHA1-3DES", pkcs12PbePem(privateKey), "pbeWithSHAAnd3-KeyTripleDES-CBC"],
    ["traditional DES-EDE3", traditionalPem(privateKey, "des-ede3-cbc"), "traditional, DES-EDE3-CBC"],
    ["traditional AES-256", traditionalPem(privateKey, "aes-256-cbc"), "traditional, AES-256-CBC"],
  ])("comes as %s", (_, pem, scheme) => {
    const { key, facts, repairs } = opened(pem, PASSPHRASE);
    expect(key.equals(privateKey)).toBe(true);
    expect(facts.scheme && describeScheme(facts.scheme)).toBe(scheme);
    expect(facts).toMatchObject({
      encrypted: scheme !== undefined,
      algorithm: "rsa",
      modulusBits: 2048,
    });
    expect(repairs).toEqual([]);
  });

  it("may be as long as the largest one that Box's documentation mentions", () => {
    // Twice the bits take ten times as long to make.
    const bits = areAllSampled ? 4096 : 3072;
    expect(opened(pkcs8Pem(rsaKeyPair(bits).privateKey)).facts.modulusBits).toBe(bits);
  });

  it("may be under the wrong label, which is reported", () => {
    const mislabelled = writePem("RSA PRIVATE KEY", boxStyleDer(privateKey));
    expect(opened(mislabelled, PASSPHRASE).repairs).toEqual(["label"]);
    expect(opened(writePem("PRIVATE KEY", readPemDer(pkcs1Pem(privateKey)))).repairs).toEqual(["label"]);
  });

  it("reports what was repaired in it", () => {
    const damaged = boxStylePem(privateKey).replaceAll("\n", "\\n");
    expect(opened(damaged, PASSPHRASE).repairs).toEqual(["escaped-newlines"]);
  });

  it("may be encrypted with an empty passphrase", () => {
    expect(opened(boxStylePem(privateKey, ""), "").repairs).toEqual([]);
  });
});

describe("a passphrase", () => {
  const pem = boxStylePem(privateKey);

  it("is missing", () => {
    for (const none of [undefined, "", "\n"]) expect(refusal(pem, none).code).toBe("passphrase_missing");
  });

  it("is wrong, for every encryption that opens", () => {
    const keys = [pem, pbes2Pem(privateKey, "aes-256-cbc"), scryptPem(privateKey), pkcs12PbePem(privateKey)];
    for (const key of [...keys, traditionalPem(privateKey, "aes-128-cbc")])
      for (const wrong of ["wrong", `${PASSPHRASE}x`, "x".repeat(2000), "\0", "ß€"])
        expect(refusal(key, wrong).code).toBe("passphrase_wrong");
  });

  it.each([`${PASSPHRASE}\n`, `${PASSPHRASE}\r\n`, ` ${PASSPHRASE}`, `\t${PASSPHRASE} \n`])(
    "opens without the white space around it, which is reported: %j",
    (given) => {
      expect(opened(pem, given).repairs).toEqual(["passphrase-whitespace"]);
    },
  );

  it("keeps its own white space when it opens with it", () => {
    expect(opened(boxStylePem(privateKey, " spaced \n"), " spaced \n").repairs).toEqual([]);
    expect(opened(boxStylePem(privateKey, " spaced "), " spaced \n").repairs).toEqual([
      "passphrase-whitespace",
    ]);
  });

  it("is ignored for a key that is not encrypted", () => {
    expect(opened(pkcs8Pem(privateKey), "whatever").repairs).toEqual([]);
  });
});

describe("a private key that is refused", () => {
  const pkcs1Der = readPemDer(pkcs1Pem(privateKey));
  const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
  const hugeModulus = sequence(...[0n, 2n ** 16_384n + 1n, 65_537n, 1n, 1n, 1n, 1n, 1n, 1n].map(integerDer));
  const openssh = Buffer.concat([Buffer.from("openssh-key-v1\0"), Buffer.alloc(400, 1)]);
  const certificate = sequence(
    sequence(...[1, 2, 3, 4, 5, 6].map(integerDer)),
    sequence(oidDer("1.2.840.113549.1.1.11"), Buffer.from([5, 0])),
    Buffer.from([3, 2, 0, 1]),
  );

  it.each<[KeyRefusalCode, string, string]>([
    ["not_private", "a public key (SPKI)", spki],
    ["not_private", "a public key (PKCS#1)", publicKey.export({ type: "pkcs1", format: "pem" }).toString()],
    ["not_private", "a public key labelled as private", spki.replaceAll("PUBLIC", "PRIVATE")],
    ["not_private", "a certificate", writePem("CERTIFICATE", certificate)],
    ["wrong_algorithm", "an EC key", pkcs8Pem(ec)],
    ["wrong_algorithm", "an EC key (SEC 1)", ec.export({ type: "sec1", format: "pem" }).toString()],
    ["wrong_algorithm", "an Ed25519 key", pkcs8Pem(generateKeyPairSync("ed25519").privateKey)],
    ["wrong_algorithm", "an X25519 key", pkcs8Pem(generateKeyPairSync("x25519").privateKey)],
    [
      "wrong_algorithm",
      "an RSA-PSS key",
      pkcs8Pem(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey),
    ],
    [
      "wrong_algorithm",
      "a DSA key",
      writePem("DSA PRIVATE KEY", sequence(...[0, 1, 2, 3, 4, 5].map(integerDer))),
    ],
    ["wrong_algorithm", "an encrypted EC key", pbes2Pem(ec, "aes-256-cbc")],
    [
      "wrong_algorithm",
      "a traditionally encrypted EC key",
      ec.export({ type: "sec1", format: "pem", cipher: "aes-128-cbc", passphrase: PASSPHRASE }).toString(),
    ],
    ["unsupported_container", "an OpenSSH key", writePem("OPENSSH PRIVATE KEY", openssh)],
    ["key_too_small", "RSA 1024", pkcs8Pem(small)],
    ["key_too_small", "RSA 2047", pkcs8Pem(generateKeyPairSync("rsa", { modulusLength: 2047 }).privateKey)],
    ["key_too_small", "encrypted RSA 1024", boxStylePem(small)],
    ["key_too_large", "RSA 16385", writePem("RSA PRIVATE KEY", hugeModulus)],
    [
      "too_many_rounds",
      "PBKDF2 with a million and one rounds",
      sealedPem(pbes2(pbkdf2(salt, MAX_KDF_ROUNDS + 1), cipherDer(AES_256_CBC))),
    ],
    [
      "too_many_rounds",
      "PBKDF2 with 2^60 rounds",
      sealedPem(
        pbes2(
          sequence(oidDer("1.2.840.113549.1.5.12"), sequence(octets(salt), integerDer(2n ** 60n))),
          cipherDer(AES_256_CBC),
        ),
      ),
    ],
    [
      "scrypt_too_costly",
      "scrypt with 32 MiB",
      sealedPem(pbes2(scrypt(32_768, 8, 1), cipherDer(AES_256_CBC))),
    ],
    [
      "scrypt_too_costly",
      "scrypt with thousands of lanes",
      sealedPem(pbes2(scrypt(16_384, 8, 5000), cipherDer(AES_256_CBC))),
    ],
    [
      "unsupported_encryption",
      "an unknown PRF",
      sealedPem(pbes2(pbkdf2(salt, 2048, "1.2.840.113549.2.99"), cipherDer(AES_256_CBC))),
    ],
    [
      "unsupported_encryption",
      "an unknown key derivation",
      sealedPem(pbes2(sequence(oidDer("1.2.3.4"), sequence()), cipherDer(AES_256_CBC))),
    ],
    ["truncated", "a cut key", writePem("RSA PRIVATE KEY", pkcs1Der.subarray(0, 900))],
    ["several_keys", "two keys", pkcs8Pem(privateKey) + boxStylePem(privateKey)],
    ["placeholder", "a redacted key", "-----BEGIN PRIVATE KEY-----\nREDACTED\n-----END PRIVATE KEY-----"],
    ["passphrase_wrong", "damaged ciphertext", encryptedPem(boxStyleDer(privateKey).fill(0, 90, 122))],
  ])("as %s: %s", (code, _, text) => {
    expect(refusal(text, PASSPHRASE).code).toBe(code);
  });

  it("is named with its kind, size or number of rounds", () => {
    expect(refusal(pkcs8Pem(ec)).message).toContain("EC");
    expect(refusal(pkcs8Pem(small)).message).toContain("1024");
    expect(refusal(sealedPem(pbes2(pbkdf2(salt, 1_234_567), cipherDer(AES_256_CBC)))).message).toContain(
      "1234567",
    );
    expect(refusal(writePem("OPENSSH PRIVATE KEY", openssh)).fix).toContain(
      "ssh-keygen -p -m PKCS8 -f key.pem",
    );
  });

  it("has a typing error that would spoil its signatures", () => {
    const der = pkcs8(privateKey);
    const codes = new Set<string>();
    for (let at = 40; at < der.length; at += 31) {
      const wrong = Buffer.from(der);
      wrong[at] = (wrong[at] ?? 0) ^ 4;
      const result = openPrivateKey(writePem("PRIVATE KEY", wrong), undefined);
      if (!result.ok) codes.add(result.error.code);
      else expect(verify("sha256", der, publicKey, sign("sha256", der, result.value.key))).toBe(true);
    }
    expect(codes).toContain("inconsistent");
  });

  it("is refused by its structure alone wherever that suffices", () => {
    expect(inspectPrivateKey(spki)).toMatchObject({ ok: false, error: { code: "not_private" } });
    expect(inspectPrivateKey(boxStylePem(privateKey))).toEqual({
      ok: true,
      value: {
        container: "encrypted-pkcs8",
        encrypted: true,
        scheme: { method: "pbes2", kdf: { name: "pbkdf2", prf: "HMAC-SHA1" }, cipher: "DES-EDE3-CBC" },
        rounds: 2048,
        algorithm: undefined,
        modulusBits: undefined,
      },
    });
  });
});

describe("the report about a key", () => {
  const body = pkcs8Pem(privateKey).replace(/-----[^-]+-----|\n/g, "");
  const leaks = (text: string) => {
    for (let at = 0; at + 8 <= body.length; at += 4) if (text.includes(body.slice(at, at + 8))) return true;
    return text.includes(PASSPHRASE);
  };

  it("holds neither a byte of it nor the passphrase", () => {
    const box = boxStylePem(privateKey);
    const results = [
      openPrivateKey(pkcs8Pem(privateKey), PASSPHRASE),
      openPrivateKey(pkcs8Pem(privateKey).slice(0, 800), PASSPHRASE),
      openPrivateKey(box, `${PASSPHRASE}x`),
      openPrivateKey(`${box}${pkcs8Pem(privateKey)}`, PASSPHRASE),
      inspectPrivateKey(pkcs8Pem(privateKey)),
    ];
    for (const result of results) {
      expect(leaks(inspect(result, { depth: 9, showHidden: true }))).toBe(false);
      expect(leaks(JSON.stringify(result))).toBe(false);
    }
  });
});

describe("hostile keys", () => {
  it("are opened or refused, never thrown", () => {
    const pems = [pkcs8Pem(privateKey), boxStylePem(privateKey), traditionalPem(privateKey, "aes-128-cbc")];
    const edit = fc.record({
      pem: fc.constantFrom(...pems),
      at: fc.nat(1800),
      put: fc.string({ maxLength: 2 }),
    });
    fc.assert(
      fc.property(edit, fc.string({ maxLength: 30 }), ({ pem, at, put }, passphrase) => {
        openPrivateKey(pem.slice(0, at) + put + pem.slice(at + put.length), passphrase);
      }),
      { numRuns: 300 },
    );
  });

  it("are refused before a costly password hash begins", () => {
    const costly = sealedPem(pbes2(pbkdf2(salt, 2 ** 31 - 1), cipherDer(AES_256_CBC)));
    // That many rounds would outlast this test's time-out.
    expect(refusal(costly, PASSPHRASE).code).toBe("too_many_rounds");
  });

  it("with the most rounds that are accepted still open", () => {
    expect(
      opened(encryptedPem(boxStyleDer(privateKey, PASSPHRASE, MAX_KDF_ROUNDS)), PASSPHRASE).facts.rounds,
    ).toBe(MAX_KDF_ROUNDS);
  });
});

function readPemDer(text: string): Uint8Array {
  const read = readPem(text);
  if (!read.ok) throw new Error(read.error.kind);
  return read.value.der;
}
