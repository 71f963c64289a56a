import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { bits, context, integer, octets, oid, sequence, set, TRUE, utcTime, utf8 } from "./der.ts";

/** What a TLS server on loopback needs, and what its clients have to trust; all PEM. */
export interface Certificates {
  /** The authority's certificate. Its key is gone: nothing else will ever be signed with it. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const DAY_MS = 86_400_000;
const LIFE_DAYS = 30;

/** X.509 extensions (RFC 5280 §4.2.1); node:crypto reads certificates but does not make any. */
const EXTENSIONS = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** A new authority, and a certificate of it for `localhost` and `127.0.0.1`, valid for a month. */
export function newCertificates(now = new Date()): Certificates {
  const authority = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const server = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const issuer = name(`box-sts sandbox CA ${randomBytes(4).toString("hex")}`);
  const validity = sequence(
    utcTime(new Date(now.getTime() - DAY_MS)),
    utcTime(new Date(now.getTime() + LIFE_DAYS * DAY_MS)),
  );
  const issue = (subject: Buffer, publicKey: KeyObject, extensions: readonly Buffer[]): string => {
    const body = sequence(
      context(0, integer(2), { constructed: true }),
      integer(serialNumber()),
      ECDSA_WITH_SHA256,
      issuer,
      validity,
      subject,
      publicKey.export({ format: "der", type: "spki" }),
      context(3, sequence(...extensions), { constructed: true }),
    );
    const signature = sign("sha256", body, authority.privateKey);
    return pem(sequence(body, ECDSA_WITH_SHA256, bits(signature)));
  };
  return {
    ca: issue(issuer, authority.publicKey, [
      critical("basicConstraints", sequence(TRUE, integer(0))),
      critical("keyUsage", bits(Buffer.from([0b0000_0110]), 1)),
      extension("subjectKeyIdentifier", octets(keyId(authority.publicKey))),
    ]),
    cert: issue(name("localhost"), server.publicKey, [
      critical("keyUsage", bits(Buffer.from([0b1000_0000]), 7)),
      extension("extendedKeyUsage", sequence(oid("1.3.6.1.5.5.7.3.1"))),
      extension(
        "subjectAltName",
        sequence(context(2, Buffer.from("localhost")), context(7, Buffer.from([127, 0, 0, 1]))),
      ),
      extension("subjectKeyIdentifier", octets(keyId(server.publicKey))),
      extension("authorityKeyIdentifier", sequence(context(0, keyId(authority.publicKey)))),
    ]),
    key: server.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}

/** Random, positive, and without leading zeros. */
function serialNumber(): Buffer {
  return Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
}

const name = (common: string): Buffer => sequence(set(sequence(oid("2.5.4.3"), utf8(common))));

const extension = (kind: keyof typeof EXTENSIONS, value: Buffer): Buffer =>
  sequence(oid(EXTENSIONS[kind]), octets(value));

const critical = (kind: keyof typeof EXTENSIONS, value: Buffer): Buffer =>
  sequence(oid(EXTENSIONS[kind]), TRUE, octets(value));

const keyId = (key: KeyObject): Buffer =>
  createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest()
    .subarray(0, 20);

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
