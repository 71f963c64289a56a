import "reflect-metadata";
import { KeyObject, randomBytes } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** What a TLS server on loopback needs, and what its clients have to trust; all PEM. */
export interface Certificates {
  /** The authority's certificate. Its key is gone: nothing else will ever be signed with it. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
const LIFE_DAYS = 30;

/** A new authority, and a certificate of it for `localhost` and `127.0.0.1`, valid for a month. */
export async function newCertificates(now = new Date()): Promise<Certificates> {
  const [authority, server] = await Promise.all([newKeyPair(), newKeyPair()]);
  const issuer = `CN=box-sts sandbox CA ${randomBytes(4).toString("hex")}`;
  const common = {
    issuer,
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + LIFE_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    signingKey: authority.privateKey,
  };
  const ca = await X509CertificateGenerator.create({
    ...common,
    subject: issuer,
    publicKey: authority.publicKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const cert = await X509CertificateGenerator.create({
    ...common,
    subject: "CN=localhost",
    publicKey: server.publicKey,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
      await SubjectKeyIdentifierExtension.create(server.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const key = KeyObject.from(server.privateKey).export({ format: "pem", type: "pkcs8" }).toString();
  return { ca: `${ca.toString("pem")}\n`, cert: `${cert.toString("pem")}\n`, key };
}

const newKeyPair = () => crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
