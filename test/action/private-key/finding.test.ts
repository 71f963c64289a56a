import { describe, expect, it } from "vitest";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { looksLikeArchive } from "../../../action/scan/archive.ts";
import { boxStyleDer, boxStylePem, encryptedPem, PASSPHRASE, rsaKeyPair } from "../../keys.ts";
import { boxConfig, KINDS } from "./kinds.ts";
import { cook } from "./steps.ts";

const find = (text: string | Buffer, path = "config.json") =>
  privateKeyRule.find({
    path,
    bytes: Buffer.from(text as string),
    whole: true,
    start: { line: 1, column: 1 },
  });

const key = rsaKeyPair().privateKey;
const open = KINDS["pkcs8-rsa"]!.identity;

describe("a whole Box config", () => {
  it("is one finding that says the key is as open as a plain one, and names it as Box does", () => {
    const [finding, ...others] = find(boxConfig());
    expect(others).toEqual([]);
    expect(finding).toEqual({
      rule: "private-key",
      certainty: "certain",
      kind: "encrypted PKCS#8 private key (PBES2, PBKDF2 with HMAC-SHA1, DES-EDE3-CBC)",
      identity: open,
      line: 7,
      column: 22,
      message: expect.stringMatching(/passphrase that opens it beside it.*as open as a plain one.*2048 bits/),
      fix: expect.stringContaining("ab12cd34"),
      publicKeyID: "ab12cd34",
      keyFormat: "encrypted-pkcs8",
      ofBoxConfig: true,
    });
  });

  it.each([
    "json",
    "base64",
    "base64-wrapped:76",
    "utf-16le-bom",
    "yaml",
    "url",
    "hex",
    "k8s-secret",
    "decimal",
    "c-array",
  ])("is recognised as a whole in another container (%s)", (step) => {
    expect(find(cook(Buffer.from(boxConfig()), [step]))).toMatchObject([
      { identity: open, publicKeyID: "ab12cd34" },
    ]);
  });

  it("reads the key id from Box's own file name as well", () => {
    expect(find(boxStylePem(key), "keys/12345_zy98xw76_config.json")).toMatchObject([
      { publicKeyID: "zy98xw76" },
    ]);
    expect(find(boxStylePem(key), "keys/zy98xw76.json")[0]).not.toHaveProperty("publicKeyID");
  });
});

describe("a passphrase beside a key", () => {
  const pem = boxStylePem(key);
  it.each([
    ["in an environment file", `KEY="${pem.replaceAll("\n", "\\n")}"\nKEY_PASSPHRASE="${PASSPHRASE}"\n`],
    ["before it, in YAML", `password: ${PASSPHRASE}\nkey: |\n${pem.replace(/^/gm, "  ")}`],
    ["in single quotes", `passphrase = '${PASSPHRASE}';\nkey = \`${pem}\`;`],
    ["in a call", `load("""${pem}""", passphrase="${PASSPHRASE}")`],
    ["in a command", `${pem}\nopenssl rsa -passin 'pass:${PASSPHRASE}'`.replace("'pass:", "pass:'")],
    [
      "in base64, as the key",
      `key: ${Buffer.from(pem).toString("base64")}\npassphrase: ${Buffer.from(PASSPHRASE).toString("base64")}\n`,
    ],
    ["outside of the encoded key", `KEY=${Buffer.from(pem).toString("base64")}\nPASSWORD='${PASSPHRASE}'\n`],
  ])("opens it: %s", (_, text) => {
    expect(find(text)).toMatchObject([{ identity: open, message: expect.stringContaining("as open as") }]);
  });

  it("that is wrong leaves the fingerprint of the ciphertext", () => {
    const [finding] = find(boxConfig(pem, "wrong"));
    expect(finding?.identity).toBe(find(pem)[0]?.identity);
    expect(finding?.identity).toMatch(/^der-sha256:/);
    expect(finding?.message).toContain("as safe as its passphrase");
  });

  it("is not tried where one try costs more than a second", () => {
    const costly = encryptedPem(boxStyleDer(key, PASSPHRASE, 1_000_001));
    // The passphrase is the right one: had it been tried, the fingerprint would be that of the open key.
    expect(find(boxConfig(costly))[0]?.identity).toMatch(/^der-sha256:/);
  });
});

describe("a key that is cut short", () => {
  const pem = KINDS["pkcs1-rsa"]!.content.toString();
  const cut = (share: number, end = "") => `${pem.slice(0, pem.length * share)}${end}`;
  it("is reported as partial where a good part of it is there", () => {
    for (const share of [0.4, 0.6, 0.9])
      for (const text of [
        cut(share),
        cut(share, "\n-----END RSA PRIVATE KEY-----\n"),
        JSON.stringify(cut(share)),
      ])
        expect(find(text)).toMatchObject([{ certainty: "partial", kind: "PKCS#1 RSA private key" }]);
  });

  it("is not reported where only its head is there, or where something was left out", () => {
    expect(find(cut(0.15))).toEqual([]);
    expect(find(`${cut(0.4)}\n...\n-----END RSA PRIVATE KEY-----\n`)).toEqual([]);
  });

  it("is reported without its END line as what it is", () => {
    expect(find(pem.replace(/-----END.*\n/, ""))).toMatchObject([{ certainty: "certain", identity: open }]);
  });
});

describe("what a finding says", () => {
  it("has no twelve characters of a key or its passphrase, in any kind", () => {
    for (const [name, { content, form }] of Object.entries(KINDS)) {
      const said = JSON.stringify([...find(content, "a"), ...find(boxConfig())]).replace(
        /sha256:[0-9a-f]{64}/g,
        "",
      );
      const encoded = form === "der" ? [content.toString("base64"), content.toString("hex")] : [];
      const body = [...encoded, ...(content.toString("latin1").match(/[A-Za-z0-9+/_-]{30,}/g) ?? [])];
      expect(body, name).not.toEqual([]);
      for (const line of body)
        for (let at = 0; at + 12 <= line.length; at++) expect(said).not.toContain(line.slice(at, at + 12));
      expect(said).not.toContain(PASSPHRASE);
    }
  });

  it("names each of two keys, and the same key at each of its places", () => {
    const [one, other] = [KINDS["pkcs8-ec"]!, KINDS["sec1-ec"]!];
    const text = `${one.content}${other.content}${"\n".repeat(600)}${one.content}`;
    expect(find(text).map(({ identity }) => identity)).toEqual([one.identity, other.identity, one.identity]);
  });
});

describe("DER in the middle of a binary file", () => {
  const prefix = Buffer.from("302e020100300506032b656e04220420", "hex");
  const library = (after: string) =>
    Buffer.concat([Buffer.alloc(300, "code"), prefix, Buffer.from(after), Buffer.alloc(300)]);

  it("is not reported where it is the constant beginning of a key that a library puts together", () => {
    expect(find(library("e\0\0\0\u0001name of a variable or two, and more"))).toEqual([]);
    expect(find(library("A sentence of some length follows it here."))).toEqual([]);
  });

  it("is found where it is a key", () => {
    const { content, identity } = KINDS["der-ed25519"]!;
    expect(find(Buffer.concat([Buffer.alloc(300, "code"), content, Buffer.alloc(300)]))).toMatchObject([
      { identity },
    ]);
  });
});

describe("a JWK without braces", () => {
  const kinds = ["jwk-rsa", "jwk-ec", "jwk-okp"].map((name) => KINDS[name]!);

  it.each(["yaml-properties", "toml-properties"])("is found: %s", (step) => {
    for (const { content, identity, kind } of kinds)
      expect(find(cook(content, [step]))).toMatchObject([{ identity, kind, certainty: "certain" }]);
  });

  it.each([
    ["yaml-properties", "prefix:    ", "- "],
    ["toml-properties", "prefix:", "[[keys]]\n"],
  ])("is not mixed with its neighbours: %s", (step, indented, mark) => {
    const entries = kinds.map(({ content }) =>
      cook(content, [step, indented])
        .toString("latin1")
        .replace(/^.*\n\s*/, mark),
    );
    expect(find(Buffer.from(`keys:\n${entries.join("")}`)).map(({ identity }) => identity)).toEqual(
      kinds.map(({ identity }) => identity),
    );
  });
});

describe("archives", () => {
  it("are known by their first bytes, so that they can be counted", () => {
    const tar = Buffer.alloc(512);
    tar.write("ustar", 257);
    for (const bytes of [Buffer.from("PK\x03\x04"), Buffer.from("1f8b0800", "hex"), tar])
      expect(looksLikeArchive(bytes)).toBe(true);
    expect(looksLikeArchive(Buffer.from("PK is a name"))).toBe(false);
  });
});
