import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { pkcs8Pem, rsaKeyPair } from "../../keys.ts";
import {
  base32,
  canonicalGnupg,
  certificateOf,
  javaStore,
  keyBlob,
  namedGnupg,
  pvk,
} from "./other-formats.ts";

const rsa = rsaKeyPair(2048).privateKey;
const other = rsaKeyPair(1024).privateKey;
const ed25519 = generateKeyPairSync("ed25519").privateKey;
const x25519 = generateKeyPairSync("x25519").privateKey;
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const open = (key: KeyObject) =>
  `spki-sha256:${sha256(createPublicKey(key).export({ type: "spki", format: "der" }))}`;

const find = (content: Buffer | string) => {
  const bytes = Buffer.from(content);
  return privateKeyRule.find({ path: "a.bin", bytes, whole: true, start: { line: 1, column: 1 } });
};
const found = (content: Buffer | string) =>
  find(content).map(({ kind, certainty, identity, keyFormat }) => [kind, certainty, identity, keyFormat]);

const lines = (text: string, width: number) =>
  (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join("\n");

/** What repositories do to a binary file. */
const CONTAINERS: Readonly<Record<string, (content: Buffer) => Buffer | string>> = {
  "as it is": (content) => content,
  "in base64": (content) => content.toString("base64"),
  "in base64 of a YAML file": (content) => `data:\n  keystore: ${content.toString("base64")}\n`,
  "in wrapped base64": (content) => `${lines(content.toString("base64"), 76)}\n`,
  "in base64url": (content) => `key=${content.toString("base64url")}`,
  "in hexadecimal digits": (content) => content.toString("hex"),
  "in wrapped hexadecimal digits": (content) => `${lines(content.toString("hex").toUpperCase(), 60)}\n`,
  "in a list of numbers": (content) => JSON.stringify([...content]),
};

const FORMATS: Readonly<Record<string, { content: Buffer; expected: readonly (readonly string[])[] }>> = {
  "a JKS store": {
    content: javaStore([{ certificate: certificateOf(other) }, { key: rsa }]),
    expected: [["encrypted JKS RSA private key", "certain", open(rsa), "jks"]],
  },
  "a JKS store of version 1": {
    content: javaStore([{ key: ed25519 }], "JKS", 1),
    expected: [["encrypted JKS Ed25519 private key", "certain", open(ed25519), "jks"]],
  },
  "a JCEKS store with two keys": {
    content: javaStore([{ key: rsa }, { key: other }, "secret key"], "JCEKS"),
    expected: [rsa, other].map((key) => ["encrypted JKS RSA private key", "certain", open(key), "jks"]),
  },
  "a PRIVATEKEYBLOB": {
    content: keyBlob(rsa),
    expected: [["Microsoft RSA private key", "certain", open(rsa), "pvk"]],
  },
  "a strong-name key": {
    content: keyBlob(other, "00240000"),
    expected: [["Microsoft RSA private key", "certain", open(other), "pvk"]],
  },
  "a PVK file": { content: pvk(rsa), expected: [["Microsoft RSA private key", "certain", open(rsa), "pvk"]] },
  "a GnuPG key in the canonical form": {
    content: canonicalGnupg(rsa),
    expected: [["GnuPG RSA private key", "certain", open(rsa), "gnupg"]],
  },
  "a protected GnuPG key in the canonical form": {
    content: canonicalGnupg(p384, { protection: "protected" }),
    expected: [["encrypted GnuPG EC private key", "certain", open(p384), "gnupg"]],
  },
};

describe.each(Object.entries(FORMATS))("%s", (_, { content, expected }) => {
  it.each(Object.entries(CONTAINERS))("is found once, %s", (_, write) => {
    expect(found(write(content))).toEqual(expected);
  });
});

it("a JKS store is found in wrapped base64 whose first line is mostly zeros", () => {
  const store = javaStore([{ key: rsa }]);
  const [alias, name] = [16, 2 + "alias-0".length + 8];
  const short = Buffer.from("000131000001a20514338d", "hex");
  const content = Buffer.concat([store.subarray(0, alias), short, store.subarray(alias + name)]);
  for (const width of [64, 76])
    expect(found(`${lines(content.toString("base64"), width)}\n`)).toEqual([
      ["encrypted JKS RSA private key", "certain", open(rsa), "jks"],
    ]);
});

it.each([
  ["RSA", rsa, "GnuPG RSA private key"],
  ["Ed25519", ed25519, "GnuPG Ed25519 private key"],
  ["X25519", x25519, "GnuPG X25519 private key"],
  ["NIST P-384", p384, "GnuPG EC private key"],
])("a GnuPG key of %s in the newer form is found, plain and protected", (_, key, kind) => {
  expect(found(namedGnupg(key))).toEqual([[kind, "certain", open(key), "gnupg"]]);
  expect(found(namedGnupg(key, { protection: "protected" }))).toEqual([
    [`encrypted ${kind}`, "certain", open(key), "gnupg"],
  ]);
});

it.each([
  ["rsa", rsa],
  ["p384", p384],
  ["ed25519", ed25519],
])("a protected GnuPG key (%s) is found with a line folded at any character", (_, key) => {
  const [created, ...rest] = namedGnupg(key, { protection: "protected" }).trimEnd().split("\n");
  const line = rest.join("").replace(/\s+/g, " ");
  for (const lineBreak of ["\n", "\r\n"])
    for (let width = 7; width < 80; width++) {
      const folded = `${line.slice(0, 25)}${line.slice(25).replaceAll(new RegExp(`.{${width}}`, "g"), `$&${lineBreak} `)}`;
      const hits = found(`${created}${lineBreak}${folded}${lineBreak}`);
      expect([width, hits.map(([, , identity]) => identity)]).toEqual([width, [open(key)]]);
    }
});

it.each([
  ["between quotes", '"abcdefgh"'],
  ["between quotes, with escapes of quotes and control characters", '"|q\\"\\\\\\t\\n\\\'h"'],
  ["between quotes, with characters beyond ASCII", '"q\u00a7\u00ff\u00d0\u00e4\u00c3zz"'],
  ["between quotes, with octal and hexadecimal escapes", String.raw`"\101\x42cdefgh"`],
  ["between quotes, with a folded line in an escape", '"abc\\\n "defg"'],
  ["between quotes, with an escaped line break", '"abcd\\\nefgh"'],
  ["between quotes, with its length", '8"abcdefgh"'],
  ["in hexadecimal digits, with their length", "8#6162636465666768#"],
  ["in base64", "|YWJjZGVmZ2g=|"],
])("a protected GnuPG key is found whose salt is written %s", (_, salt) => {
  const text = namedGnupg(rsa, { protection: "protected" }).replace(/(?<=\(sha1 )#\w+#/, () => salt);
  expect(text).toContain(salt);
  expect(found(Buffer.from(text, "latin1"))).toEqual([
    ["encrypted GnuPG RSA private key", "certain", open(rsa), "gnupg"],
  ]);
});

it("a GnuPG string that never ends takes no longer than its length", () => {
  const key = namedGnupg(rsa, { protection: "protected" });
  const text = key.replace(/(?<=\(sha1 )#\w+#/, () => `"${"\\\n a".repeat(15_000)}`);
  expect(found(Buffer.from(text, "latin1"))).toEqual([]);
});

it("an encrypted PVK file is found, by its bytes", () => {
  const file = pvk(rsa, randomBytes(16));
  const expected = ["encrypted Microsoft RSA private key", "certain", `der-sha256:${sha256(file)}`, "pvk"];
  expect(found(file)).toEqual([expected]);
});

it("a key blob in the middle of a binary file is found where it begins", () => {
  const before = Buffer.alloc(1000, 0x0a);
  const [finding] = find(Buffer.concat([before, keyBlob(rsa), randomBytes(500)]));
  expect([finding?.identity, finding?.line]).toEqual([open(rsa), 1001]);
});

it.each([
  ["a line", (text: string) => `KEY=${text}\n`],
  ["lines", (text: string) => `${lines(text, 64)}\n`],
  ["small letters", (text: string) => text.toLowerCase()],
])("a PEM in base32 is found, in %s", (_, write) => {
  const text = base32(Buffer.from(pkcs8Pem(rsa)));
  expect(found(write(text))).toEqual([["PKCS#8 RSA private key", "certain", open(rsa), "pkcs8"]]);
});

describe("RSAParameters of .NET", () => {
  const { n, e, d, p, q, dp, dq, qi } = rsa.export({ format: "jwk" }) as Record<string, string>;
  const standard = (value = "") => Buffer.from(value, "base64url").toString("base64");
  const members = Object.entries({ D: d, DP: dp, DQ: dq, Exponent: e, InverseQ: qi, Modulus: n, P: p, Q: q });
  const parameters = Object.fromEntries(members.map(([name, value]) => [name, standard(value)]));
  const json = (value: object) => [JSON.stringify(value), JSON.stringify(value, null, 2)];
  const xml = (more: Record<string, string>) =>
    `<?xml version="1.0"?>\n<RSAParameters xmlns:xsi="a">\n${Object.entries({ ...parameters, ...more })
      .map(([name, value]) => `  <${name}>${value}</${name}>`)
      .join("\n")}\n</RSAParameters>\n`;

  it.each([
    ["tempkey.rsa of IdentityServer", json({ KeyId: "abc", Parameters: parameters }), "JWK", "jwk"],
    [
      "tempkey.jwk of IdentityServer",
      json({
        Alg: "RS256",
        D: d,
        DP: dp,
        DQ: dq,
        E: e,
        K: null,
        KeyOps: [],
        Kty: "RSA",
        N: n,
        P: p,
        Q: q,
        QI: qi,
      }),
      "JWK",
      "jwk",
    ],
    ["XmlSerializer", [xml({}), xml({}).replaceAll("\n", "\r\n")], ".NET XML", "xml"],
  ])("are found in %s", (_, texts, word, format) => {
    const expected = [[`${word} RSA private key`, "certain", open(rsa), format]];
    for (const text of [...texts, Buffer.from(texts[0] ?? "").toString("base64")])
      expect(found(text)).toEqual(expected);
  });

  it("are no finding where they are public, or belong to no key", () => {
    const { Modulus, Exponent } = parameters;
    const texts = [
      ...json({ Parameters: { D: null, Exponent, Modulus } }),
      ...json({ Parameters: { D: standard(d), Exponent: null, Modulus: null } }),
      `<RSAParameters><Exponent>${Exponent}</Exponent><Modulus>${Modulus}</Modulus></RSAParameters>`,
      `<Parameters><D>${standard(d)}</D></Parameters>`,
      xml({ Modulus: "" }),
      xml({ D: randomBytes(40).toString("base64") }),
    ];
    for (const text of texts) expect(found(text)).toEqual([]);
  });
});

const store = javaStore([{ key: rsa }, { certificate: certificateOf(other) }]);
const HARMLESS: Readonly<Record<string, Buffer>> = {
  "a trust store": javaStore([{ certificate: certificateOf(rsa) }, { certificate: certificateOf(other) }]),
  "a store of secret keys": javaStore(["secret key"], "JCEKS"),
  "an empty store": javaStore([]),
  "the beginning of a store": store.subarray(0, 40),
  "a class file with the magic of a store": Buffer.concat([
    Buffer.from("feedfeed0000000200000001", "hex"),
    randomBytes(4000),
  ]),
  "a public key blob": keyBlob(rsa, "00a40000", "public"),
  "a key blob whose factors are others": Buffer.concat([keyBlob(rsa).subarray(0, 300), randomBytes(900)]),
  "the beginning of a PVK file": pvk(rsa).subarray(0, 32),
  "a stub of a GnuPG key on a card": canonicalGnupg(rsa, { protection: "shadowed" }),
  "the same in the newer form": Buffer.from(namedGnupg(rsa, { protection: "shadowed" })),
  "a GnuPG key without its secret": Buffer.from(namedGnupg(ed25519).replace(/\(d #[^#]*#\)/, "")),
  "documentation of the form": Buffer.from("Created: 1\nKey: (private-key (rsa (n #00#) ...))\n"),
};

it.each(Object.entries(HARMLESS))("%s is no finding, whatever is around it", (_, content) => {
  for (const write of Object.values(CONTAINERS)) expect(found(write(content))).toEqual([]);
});

it("nothing of the size of a file but its first bytes says how much is read of an S-expression", () => {
  for (const text of ["(", "(11:private-key(", "(11:private-key(3:rsa(1:n999999:", "Key: (private-key ("])
    expect(found(text.repeat(20_000 / text.length))).toEqual([]);
});
