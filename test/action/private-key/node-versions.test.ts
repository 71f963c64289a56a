import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeKey } from "../../../action/report/describe-key.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { spkiIdentity } from "../../../action/rules/private-key/formats/fingerprint.ts";
import { integerDer, octets, oidDer, pkcs8, sequence, tlv } from "../../keys.ts";
import { KINDS } from "./kinds.ts";
import { opensshDer, opensshPem, putty } from "./wire.ts";

const CURVES = {
  ed25519: "1.3.101.112",
  x25519: "1.3.101.110",
  ed448: "1.3.101.113",
  x448: "1.3.101.111",
} as const;
type Curve = keyof typeof CURVES;

const NULL = tlv(0x05, Buffer.alloc(0));
const bitString = (bytes: Buffer) => Buffer.concat([Buffer.alloc(1), bytes]);
const part = (key: KeyObject, name: "d" | "x") =>
  Buffer.from(key.export({ format: "jwk" })[name] ?? "", "base64url");

interface Variant {
  readonly version: 0 | 1;
  readonly parameters?: Buffer;
  readonly behind?: (open: Buffer) => Buffer;
}

/** What programs write that RFC 8410 does not have in its first version; ring tags the public key explicitly. */
const VARIANTS: Readonly<Record<string, Variant>> = {
  "with NULL parameters": { version: 0, parameters: NULL },
  "of version 2 with the public key": { version: 1, behind: (open) => tlv(0x81, bitString(open)) },
  "of version 2 as ring writes it": { version: 1, behind: (open) => tlv(0xa1, tlv(0x03, bitString(open))) },
  "of version 2 with NULL parameters": {
    version: 1,
    parameters: NULL,
    behind: (open) => tlv(0x81, bitString(open)),
  },
  "with attributes": {
    version: 0,
    behind: () =>
      tlv(0xa0, sequence(oidDer("1.2.840.113549.1.9.9.20"), tlv(0x31, tlv(0x0c, Buffer.from("a"))))),
  },
};

function oneAsymmetricKey(key: KeyObject, { version, parameters, behind }: Variant): Buffer {
  const algorithm = sequence(oidDer(CURVES[key.asymmetricKeyType as Curve]), parameters ?? Buffer.alloc(0));
  return sequence(
    integerDer(version),
    algorithm,
    octets(octets(part(key, "d"))),
    behind?.(part(key, "x")) ?? Buffer.alloc(0),
  );
}

const keys: readonly KeyObject[] = [
  generateKeyPairSync("ed25519"),
  generateKeyPairSync("x25519"),
  generateKeyPairSync("ed448"),
  generateKeyPairSync("x448"),
].map(({ privateKey }) => privateKey);
const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey;
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** An EC key in the second version, which old versions of OpenSSL refuse because of what follows it. */
const ecOfVersion2 = (() => {
  const identifier = sequence(oidDer("1.2.840.10045.2.1"), oidDer("1.2.840.10045.3.1.7"));
  const inner = ec.privateKey.export({ type: "sec1", format: "der" });
  const open = createPublicKey(ec.privateKey).export({ type: "spki", format: "der" }).subarray(-65);
  return sequence(integerDer(1), identifier, octets(inner), tlv(0x81, bitString(open)));
})();

const found = (content: Buffer | string) =>
  detectKeys(Buffer.from(content as string)).map(({ key }) => ({
    certainty: key.certainty,
    identity: key.identity,
  }));

describe("a key in PKCS#8", () => {
  it.each(Object.entries(VARIANTS))("%s has the fingerprint of the same key without", (_, variant) => {
    for (const key of keys) {
      const der = oneAsymmetricKey(key, variant);
      const expected = [{ certainty: "certain", identity: spkiIdentity(key) }];
      for (const content of [der, der.toString("base64")]) expect(found(content)).toEqual(expected);
      expect(found(pkcs8(key))).toEqual(expected);
    }
  });

  it("of version 2 for an elliptic curve has the fingerprint of the same key without its public key", () => {
    expect(found(ecOfVersion2)).toEqual([{ certainty: "certain", identity: spkiIdentity(ec.privateKey) }]);
  });

  it("is none where the key has not the size that its algorithm says", () => {
    const [key] = keys as [KeyObject];
    const short = sequence(
      integerDer(0),
      sequence(oidDer(CURVES.ed25519)),
      octets(octets(part(key, "d").subarray(1))),
    );
    expect(found(short)).toEqual([]);
  });
});

describe("a DSA or Ed448 key in the forms of SSH", () => {
  const [, , ed448] = keys as [KeyObject, KeyObject, KeyObject];

  it("has the fingerprint that it has in every other form", () => {
    for (const key of [dsa, ed448])
      for (const content of [putty(key, 2), putty(key, 3), putty(key, 3, "x"), opensshPem(opensshDer(key))])
        expect(found(content)).toEqual([{ certainty: "certain", identity: spkiIdentity(key) }]);
  });

  it("reports the size of its prime number", () => {
    expect(detectKeys(Buffer.from(putty(dsa, 2)))[0]?.key.bits).toBe(1024);
  });
});

/** This Node, and the others on the machine. */
const NODES = [
  process.execPath,
  ...(process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => join(folder, "node"))
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path)),
];

const SCRIPT = `
import { readFileSync } from "node:fs";
import { describeKey } from "./action/report/describe-key.ts";
import { detectKeys } from "./action/rules/private-key/detect.ts";
const contents = JSON.parse(readFileSync(process.argv[2], "utf8"));
const reported = contents.map((content) => detectKeys(Buffer.from(content, "base64")).map(({ key }) => [describeKey(key), key.certainty, key.bits, key.identity]));
console.log(JSON.stringify(reported));
`;

describe("each Node of this machine", () => {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-nodes-"));
  const contents = [
    ...keys.flatMap((key) => Object.values(VARIANTS).map((variant) => oneAsymmetricKey(key, variant))),
    ...[putty(dsa, 2), opensshPem(opensshDer(dsa))].map((text) => Buffer.from(text)),
    ...Object.values(KINDS).map(({ content }) => content),
    ecOfVersion2,
    // The oldest Node that we run on cannot open it.
    pkcs8(generateKeyPairSync("ml-dsa-44").privateKey),
  ];

  beforeAll(async () => {
    await build({
      stdin: { contents: SCRIPT, resolveDir: join(import.meta.dirname, "../../.."), loader: "ts" },
      outfile: join(folder, "detect.mjs"),
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
    });
    writeFileSync(
      join(folder, "contents.json"),
      JSON.stringify(contents.map((content) => content.toString("base64"))),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([...new Set(NODES)])("finds the same keys with the same fingerprints: %s", (node) => {
    const { stdout, status } = spawnSync(node, [join(folder, "detect.mjs"), join(folder, "contents.json")], {
      encoding: "utf8",
      env: {},
    });
    expect(status).toBe(0);
    const here = contents.map((content) =>
      detectKeys(content).map(({ key }) => [describeKey(key), key.certainty, key.bits ?? null, key.identity]),
    );
    expect(JSON.parse(stdout)).toEqual(here);
    expect(here.every((hits) => hits.length === 1)).toBe(true);
  });
});
