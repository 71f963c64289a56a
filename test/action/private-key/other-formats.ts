import { createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { integerDer, octets, oidDer, sequence, tlv } from "../../keys.ts";

/*
 * Key files by their published formats: the stores of Java's SunJCE and SUN providers, GnuPG's S-expressions
 * (agent/keyformat.txt), Microsoft's PRIVATEKEYBLOB (MS-MQQB §2.2.18) and PVK.
 */

const number = (value: number, size = 4) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};
const utf = (text: string) => Buffer.concat([number(text.length, 2), Buffer.from(text)]);
const sized = (bytes: Buffer) => Buffer.concat([number(bytes.length), bytes]);

/** A certificate of the key, signed by it, or by nobody if Node signs with no key of its kind. */
export function certificateOf(key: KeyObject): Buffer {
  const name = sequence(tlv(0x31, sequence(oidDer("2.5.4.3"), tlv(0x0c, Buffer.from("example.com")))));
  const validity = sequence(tlv(0x17, Buffer.from("240101000000Z")), tlv(0x17, Buffer.from("340101000000Z")));
  const algorithm = sequence(oidDer("1.2.840.113549.1.1.11"), tlv(0x05, Buffer.alloc(0)));
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const body = sequence(tlv(0xa0, integerDer(2)), integerDer(1), algorithm, name, validity, name, spki);
  const signature = Buffer.concat([Buffer.alloc(1), sign(null, Buffer.from("x"), key)]);
  return sequence(body, algorithm, tlv(0x03, signature));
}

const PROTECTORS = { JKS: "1.3.6.1.4.1.42.2.17.1.1", JCEKS: "1.3.6.1.4.1.42.2.19.1" };

/** An encrypted key, its certificate; a certificate alone; or a sealed secret key, which is an object of Java. */
export type Entry = { readonly key: KeyObject } | { readonly certificate: Buffer } | "secret key";

export function javaStore(
  entries: readonly Entry[],
  type: keyof typeof PROTECTORS = "JKS",
  version = 2,
): Buffer {
  const certificate = (bytes: Buffer) =>
    Buffer.concat([...(version === 2 ? [utf("X.509")] : []), sized(bytes)]);
  const written = entries.map((entry, at) => {
    const named = (tag: number, ...parts: readonly Buffer[]) =>
      Buffer.concat([number(tag), utf(`alias-${at}`), Buffer.alloc(8, 1), ...parts]);
    if (entry === "secret key") return named(3, Buffer.from("aced00057372", "hex"), randomBytes(300));
    if ("certificate" in entry) return named(2, certificate(entry.certificate));
    const protectedKey = sequence(
      sequence(oidDer(PROTECTORS[type]), tlv(0x05, Buffer.alloc(0))),
      octets(randomBytes(180)),
    );
    return named(1, sized(protectedKey), number(1), certificate(certificateOf(entry.key)));
  });
  const magic = Buffer.from(type === "JKS" ? "feedfeed" : "cececece", "hex");
  return Buffer.concat([magic, number(version), number(entries.length), ...written, randomBytes(20)]);
}

type Jwk = Readonly<Record<string, string>>;
const jwkOf = (key: KeyObject) => key.export({ format: "jwk" }) as Jwk;
const part = (jwk: Jwk, name: string) => Buffer.from(jwk[name] ?? "", "base64url");

/** An S-expression: octets, a word, or a list. */
type Written = Buffer | string | readonly Written[];

/** The parameters of the key, the secret one or what protects it last. */
function parameters(key: KeyObject, isProtected: boolean): Written {
  const jwk = jwkOf(key);
  const secret: Written = isProtected
    ? [
        "protected",
        "openpgp-s2k3-sha1-aes-cbc",
        [["sha1", randomBytes(8), "28344320"], randomBytes(16)],
        randomBytes(160),
      ]
    : ["d", part(jwk, "d")];
  if (jwk.kty === "RSA") {
    const n = Buffer.concat([Buffer.alloc(1), part(jwk, "n")]);
    return ["rsa", ["n", n], ["e", part(jwk, "e")], secret];
  }
  const isOkp = jwk.kty === "OKP";
  const q = Buffer.concat([Buffer.from(isOkp ? "40" : "04", "hex"), part(jwk, "x"), part(jwk, "y")]);
  const curve = isOkp ? (jwk.crv === "X25519" ? "Curve25519" : "Ed25519") : `NIST ${jwk.crv}`;
  return ["ecc", ["curve", curve], ...(jwk.crv === "Ed25519" ? [["flags", "eddsa"]] : []), ["q", q], secret];
}

const canonical = (value: Written): Buffer =>
  typeof value === "string" || Buffer.isBuffer(value)
    ? Buffer.concat([Buffer.from(`${Buffer.from(value).length}:`), Buffer.from(value)])
    : Buffer.concat([Buffer.from("("), ...value.map(canonical), Buffer.from(")")]);

function advanced(value: Written): string {
  if (Buffer.isBuffer(value)) return `#${value.toString("hex").toUpperCase()}#`;
  if (typeof value === "string") return /^[a-zA-Z][\w-]*$/.test(value) ? value : JSON.stringify(value);
  return `(${value.map(advanced).join(" ")})`;
}

export interface GnupgOptions {
  /** `shadowed`: the secret is on a card. */
  readonly protection?: "none" | "protected" | "shadowed";
}

function gnupgKey(key: KeyObject, { protection = "none" }: GnupgOptions): Written {
  const kind = protection === "none" ? "private-key" : `${protection}-private-key`;
  const body = parameters(key, protection === "protected");
  if (protection !== "shadowed") return [kind, body];
  return [
    kind,
    [...(body as readonly Written[]).slice(0, -1), ["shadowed", "t1-v1", [randomBytes(16), "OPENPGP.3"]]],
  ];
}

export const canonicalGnupg = (key: KeyObject, options: GnupgOptions = {}): Buffer =>
  canonical(gnupgKey(key, options));

/** Between parts of the key are line breaks, as GnuPG folds it. */
export const namedGnupg = (key: KeyObject, options: GnupgOptions = {}): string =>
  `Created: 20260101T000000\nKey: ${advanced(gnupgKey(key, options)).replaceAll(" (d", "\n  (d").replaceAll("(q ", "(q\n  ")}\n`;

/** Little-endian, of so many octets. */
const little = (bytes: Buffer, size: number) =>
  Buffer.concat([Buffer.from(bytes).reverse(), Buffer.alloc(size)]).subarray(0, size);

/** `kind`: of a public key, the exponents and factors are left out. */
export function keyBlob(
  key: KeyObject,
  algorithm = "00a40000",
  kind: "private" | "public" = "private",
): Buffer {
  const jwk = jwkOf(key);
  const size = part(jwk, "n").length;
  const numbers = [
    ["n", size],
    ...(kind === "public"
      ? []
      : (["p", "q", "dp", "dq", "qi"] as const).map((name) => [name, size / 2] as const)),
    ...(kind === "public" ? [] : [["d", size] as const]),
  ] as const;
  const bits = Buffer.alloc(4);
  bits.writeUInt32LE(size * 8);
  return Buffer.concat([
    Buffer.from(`${kind === "private" ? "07" : "06"}020000${algorithm}`, "hex"),
    Buffer.from(kind === "private" ? "RSA2" : "RSA1"),
    bits,
    little(part(jwk, "e"), 4),
    ...numbers.map(([name, length]) => little(part(jwk, name), length)),
  ]);
}

export function pvk(key: KeyObject, salt: Buffer = Buffer.alloc(0)): Buffer {
  const blob = keyBlob(key);
  const body = salt.length > 0 ? Buffer.concat([blob.subarray(0, 8), randomBytes(blob.length - 8)]) : blob;
  const header = Buffer.alloc(24);
  const fields = [0xb0b5f11e, 0, 1, Number(salt.length > 0), salt.length, blob.length];
  for (const [at, field] of fields.entries()) header.writeUInt32LE(field, at * 4);
  return Buffer.concat([header, salt, body]);
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const text = (bits.match(/.{1,5}/g) ?? [])
    .map((five) => BASE32[Number.parseInt(five.padEnd(5, "0"), 2)])
    .join("");
  return text.padEnd(Math.ceil(text.length / 8) * 8, "=");
}
