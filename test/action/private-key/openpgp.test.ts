import { describe, expect, it } from "vitest";
import { describeKey } from "../../../action/report/describe-key.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { rsaKeyPair } from "../../keys.ts";
import {
  armour,
  ecdhMaterial,
  ed25519Material,
  fingerprintOf,
  type Header,
  type Material,
  numbersMaterial,
  type Protection,
  PUBLIC_KEY,
  packet,
  publicBody,
  rsaMaterial,
  SECRET_KEY,
  SECRET_SUBKEY,
  secretBody,
  signature,
  userId,
  type Version,
} from "./openpgp.ts";

const found = (content: Buffer | string) =>
  detectKeys(Buffer.from(content as string)).map(({ key }) => ({
    kind: describeKey(key),
    certainty: key.certainty,
    bits: key.bits,
    identity: key.identity,
  }));

const rsa = rsaMaterial(rsaKeyPair(2048).privateKey);
const ed25519 = ed25519Material(false);
const native = ed25519Material(true);

function secretKey(version: Version, material: Material, protection?: Protection, header?: Header): Buffer {
  return Buffer.concat([
    packet(SECRET_KEY, secretBody(version, material, protection), header),
    userId("a"),
    signature(),
  ]);
}

const certain = (kind: string, bits: number | undefined, identity: string) => [
  { kind, certainty: "certain", bits, identity },
];

describe("a secret key of OpenPGP", () => {
  it.each<[Version, Material, string, number | undefined]>([
    [3, rsa, "RSA", 2048],
    [4, rsa, "RSA", 2048],
    [5, rsa, "RSA", 2048],
    [6, rsa, "RSA", 2048],
    [4, ed25519, "Ed25519", undefined],
    [5, ed25519, "Ed25519", undefined],
    [4, native, "Ed25519", undefined],
    [6, native, "Ed25519", undefined],
    [4, ecdhMaterial(), "X25519", undefined],
    [4, numbersMaterial(16), "Elgamal", 1024],
    [4, numbersMaterial(17), "DSA", 1024],
  ])("of version %i is found with its fingerprint, armoured and binary", (version, material, name, bits) => {
    const expected = certain(`OpenPGP ${name} secret key`, bits, fingerprintOf(version, material));
    const bytes = secretKey(version, material);
    for (const content of [bytes, armour(bytes), armour(bytes, "SECRET"), bytes.toString("base64")])
      expect(found(content)).toEqual(expected);
  });

  it.each<[Version, Protection]>([
    [3, "legacy"],
    [4, "iterated"],
    [4, "checksum"],
    [4, "argon2"],
    [4, "legacy"],
    [5, "aead"],
    [5, "iterated"],
    [6, "argon2"],
    [6, "aead"],
  ])("of version %i with a passphrase (%s) is found as encrypted", (version, protection) => {
    const expected = certain("encrypted OpenPGP RSA secret key", 2048, fingerprintOf(version, rsa));
    const bytes = secretKey(version, rsa, protection);
    for (const content of [bytes, armour(bytes)]) expect(found(content)).toEqual(expected);
  });

  it.each<Header>(["old", "old-long", "new", "new-long"])(
    "is found behind any header of a packet: %s",
    (header) => {
      const bytes = secretKey(4, rsa, "plain", header);
      const expected = certain("OpenPGP RSA secret key", 2048, fingerprintOf(4, rsa));
      for (const content of [bytes, armour(bytes)]) expect(found(content)).toEqual(expected);
    },
  );

  it("is found behind headers of its armour, and with a wrong or no checksum", () => {
    const bytes = secretKey(4, rsa);
    const text = armour(bytes, "PRIVATE", ["Version: GnuPG v1", "Comment: lQOYBF is how they begin"]);
    const expected = certain("OpenPGP RSA secret key", 2048, fingerprintOf(4, rsa));
    for (const content of [text, text.replace(/^=.*$/m, "=AAAA"), text.replace(/^=.*\n/m, "")])
      expect(found(content)).toEqual(expected);
  });

  it("is one finding with its subkeys, and two are two", () => {
    const first = Buffer.concat([
      secretKey(4, rsa),
      packet(SECRET_SUBKEY, secretBody(4, ecdhMaterial())),
      signature(),
    ]);
    const both = Buffer.concat([first, secretKey(4, ed25519, "iterated")]);
    const expected = [fingerprintOf(4, rsa), fingerprintOf(4, ed25519)];
    for (const content of [both, armour(both)])
      expect(found(content).map(({ identity }) => identity)).toEqual(expected);
    expect(found(first)).toHaveLength(1);
  });

  it("is found however many others are in front of it in the same armour", () => {
    const materials = Array.from({ length: 30 }, () => ed25519Material(false));
    const bytes = Buffer.concat(materials.map((material) => secretKey(4, material)));
    const expected = materials.map((material) => fingerprintOf(4, material));
    for (const content of [bytes, armour(bytes)])
      expect(
        found(content)
          .map(({ identity }) => identity)
          .sort(),
      ).toEqual([...expected].sort());
  });

  it("whose primary key was left out is found by its subkey, under the name of the primary key", () => {
    const stub = packet(SECRET_KEY, secretBody(4, rsa, "stub"));
    const bytes = Buffer.concat([stub, userId("a"), packet(SECRET_SUBKEY, secretBody(4, ecdhMaterial()))]);
    for (const content of [bytes, armour(bytes)])
      expect(found(content)).toMatchObject([{ identity: fingerprintOf(4, rsa), certainty: "certain" }]);
  });

  it("that is cut short is partial, with its fingerprint", () => {
    const text = armour(secretKey(4, rsa));
    expect(found(text.slice(0, 1000))).toMatchObject([
      { certainty: "partial", identity: fingerprintOf(4, rsa) },
    ]);
    expect(found(text.slice(0, 200))).toEqual([]);
  });
});

describe("OpenPGP data other than secret keys", () => {
  const open = Buffer.concat([packet(PUBLIC_KEY, publicBody(4, rsa)), userId("a"), signature()]);

  it.each<[string, Buffer]>([
    ["a public key", open],
    ["a signature", signature()],
    ["a message", packet(1, Buffer.alloc(300, 7))],
    ["a key on a card", secretKey(4, rsa, "card")],
    ["a key that was left out of an export", secretKey(4, ed25519, "stub")],
  ])("is not reported, under any label: %s", (_, bytes) => {
    for (const content of [bytes, armour(bytes, "PUBLIC"), armour(bytes), bytes.toString("base64")])
      expect(found(content)).toEqual([]);
  });

  it("is not reported where random bytes follow the beginning of a key", () => {
    const head = secretBody(4, rsa).subarray(0, 30);
    const random = Buffer.concat([packet(SECRET_KEY, Buffer.concat([head, Buffer.alloc(900, 0x5a)]))]);
    for (const content of [random, armour(random)]) expect(found(content)).toEqual([]);
  });
});
