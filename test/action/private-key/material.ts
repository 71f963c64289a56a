import { createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { writePem } from "../../../keys/pem/pem.ts";
import { integerDer, oidDer, rsaKeyPair, sequence, tlv } from "../../keys.ts";
import { sshPublicBlob } from "./wire.ts";

/** Public and random material for harmless files, made when the tests run. */
const { privateKey, publicKey } = rsaKeyPair(2048);
const ec = createPublicKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);

const spki = publicKey.export({ type: "spki", format: "der" });
const name = sequence(tlv(0x31, sequence(oidDer("2.5.4.3"), tlv(0x0c, Buffer.from("example.com")))));
const validity = sequence(tlv(0x17, Buffer.from("240101000000Z")), tlv(0x17, Buffer.from("340101000000Z")));
const algorithm = sequence(oidDer("1.2.840.113549.1.1.11"), tlv(0x05, Buffer.alloc(0)));
const body = sequence(tlv(0xa0, integerDer(2)), integerDer(4711), algorithm, name, validity, name, spki);
const signature = tlv(0x03, Buffer.concat([Buffer.alloc(1), sign("sha256", body, privateKey)]));
const certificate = sequence(body, algorithm, signature);

const MATERIAL: Readonly<Record<string, () => string>> = {
  certificate: () => writePem("CERTIFICATE", certificate),
  "certificate as PRIVATE KEY": () => writePem("PRIVATE KEY", certificate),
  "certificate in base64": () => Buffer.from(writePem("CERTIFICATE", certificate)).toString("base64"),
  "certificate bare": () => certificate.toString("base64"),
  public: () => writePem("PUBLIC KEY", spki),
  "public as RSA PRIVATE KEY": () => writePem("RSA PRIVATE KEY", spki),
  "public pkcs1": () => publicKey.export({ type: "pkcs1", format: "pem" }).toString(),
  "public jwk": () => JSON.stringify(publicKey.export({ format: "jwk" })),
  "public ec jwk": () => JSON.stringify(ec.export({ format: "jwk" })),
  "ssh public": () => `ssh-rsa ${sshPublicBlob(privateKey).toString("base64")}`,
  "ssh blob": () =>
    (
      sshPublicBlob(privateKey)
        .toString("base64")
        .match(/.{1,64}/g) ?? []
    ).join("\n"),
};

const SIZED: Readonly<Record<string, (size: number) => string>> = {
  random: (size) => randomBytes(size).toString("base64").slice(0, size),
  "random url": (size) => randomBytes(size).toString("base64url").slice(0, size),
  hex: (size) => randomBytes(size / 2).toString("hex"),
  colons: (size) => (randomBytes(size).toString("hex").match(/../g) ?? []).join(":"),
};

/** The text of a recipe: `@{name}` and `@{name:size}` are placeholders for material. */
export const withMaterial = (text: string): string =>
  text.replace(/@\{([\w -]+?)(?::(\d+))?\}/gi, (_, kind: string, size?: string) => {
    const made = size === undefined ? MATERIAL[kind]?.() : SIZED[kind]?.(Number(size));
    if (made === undefined) throw new Error(`There is no material ${kind}.`);
    return made;
  });
