import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { writePem } from "../../../keys/pem/pem.ts";
import {
  boxStyleDer,
  boxStylePem,
  integerDer,
  octets,
  oidDer,
  PASSPHRASE,
  pbes2Pem,
  pkcs1Pem,
  pkcs8,
  pkcs8Pem,
  pkcs12PbePem,
  rsaKeyPair,
  scryptPem,
  sequence,
  tlv,
  traditionalPem,
} from "../../keys.ts";
import { armour, ecdhMaterial, fingerprintOf, packet, rsaMaterial, secretBody, userId } from "./openpgp.ts";
import { age, opensshDer, opensshPem, putty, xmlKey } from "./wire.ts";

/** A key as a file may contain it, and what a finding must say of it. Made when the tests run. */
export interface KindOfKey {
  /** `pem`: base64 in lines; `text`: any other text; `der`: bytes. */
  readonly form: "pem" | "text" | "der";
  readonly content: Buffer;
  readonly kind: string;
  readonly identity: string;
}

const rsa = rsaKeyPair(2048).privateKey;
const small = rsaKeyPair(1024).privateKey;
/**
 * A short key whose base64 does not have the letter n, and does not end in r. Where line breaks have become the letter n,
 * a key of one or two lines that has one of these can be read in two ways (`docs/rules.md`), and the tests need one result.
 */
function readOneWay(generate: () => KeyObject): KeyObject {
  for (;;) {
    const key = generate();
    const forms = [key.export({ type: "pkcs8", format: "der" }), secondForm(key)];
    if (forms.every((form) => !/n|r=*$/.test(form.toString("base64")))) return key;
  }
}

/** SEC 1 of a key on a curve; nothing else for others. */
const secondForm = (key: KeyObject): Buffer =>
  key.asymmetricKeyType === "ec" ? key.export({ type: "sec1", format: "der" }) : Buffer.alloc(0);

const ec = readOneWay(() => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
const ed25519 = readOneWay(() => generateKeyPairSync("ed25519").privateKey);
const x25519 = generateKeyPairSync("x25519").privateKey;
const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey;

const pss = generateKeyPairSync("rsa-pss", { modulusLength: 1024 }).privateKey;

/** With the structure of a key of 8,192 bits, which would take minutes to make: no check covers its primes. */
const large = (() => {
  const integer = (size: number) => {
    const bytes = randomBytes(size);
    bytes[0] = 0x80 | (bytes[0] ?? 0);
    bytes[size - 1] = 1 | (bytes[size - 1] ?? 0);
    return tlv(0x02, Buffer.concat([Buffer.alloc(1), bytes]));
  };
  const [n, d, ...factors] = [1024, 1024, 512, 512, 512, 512, 512].map(integer);
  return sequence(integerDer(0), n!, integerDer(65_537), d!, ...factors);
})();

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const open = (key: KeyObject) =>
  `spki-sha256:${sha256(createPublicKey(key).export({ type: "spki", format: "der" }))}`;
const closed = (der: Uint8Array) => `der-sha256:${sha256(der)}`;
const bodyOf = (pem: string) =>
  Buffer.from(pem.replace(/-----.*-----|Proc-Type:.*|DEK-Info:.*|\s/g, ""), "base64");

const pem = (content: string, kind: string, identity = closed(bodyOf(content))): KindOfKey => ({
  form: "pem",
  content: Buffer.from(content),
  kind,
  identity,
});
const text = (content: string, kind: string, identity: string): KindOfKey => ({
  ...pem(content, kind, identity),
  form: "text",
});
const der = (content: Buffer, kind: string, identity = closed(content)): KindOfKey => ({
  form: "der",
  content,
  kind,
  identity,
});

const sec1 = ec.export({ type: "sec1", format: "der" });
const jwk = (key: KeyObject, more = {}) =>
  `${JSON.stringify({ ...key.export({ format: "jwk" }), ...more }, null, 2)}\n`;

const dsaDer = () => dsa.export({ type: "pkcs8", format: "der" });

const pfx = (() => {
  const data = "1.2.840.113549.1.7.1";
  const bag = sequence(oidDer("1.2.840.113549.1.12.10.1.2"), tlv(0xa0, boxStyleDer(rsa)));
  const inner = sequence(sequence(oidDer(data), tlv(0xa0, octets(sequence(bag)))));
  return sequence(integerDer(3), sequence(oidDer(data), tlv(0xa0, octets(inner))));
})();

const openPgp = rsaMaterial(rsa);
const openPgpKey = (protection: "plain" | "iterated") =>
  Buffer.concat([
    packet(5, secretBody(4, openPgp, protection), "old"),
    userId("box"),
    packet(7, secretBody(4, ecdhMaterial(), protection), "old"),
  ]);

/** What the Box Developer Console lets one download. */
export const boxConfig = (privateKey = boxStylePem(rsa), passphrase = PASSPHRASE) =>
  `${JSON.stringify(
    {
      boxAppSettings: {
        clientID: randomBytes(16).toString("hex"),
        clientSecret: randomBytes(16).toString("hex"),
        appAuth: { publicKeyID: "ab12cd34", privateKey, passphrase },
      },
      enterpriseID: "123456",
    },
    null,
    2,
  )}\n`;

const box = "encrypted PKCS#8 private key (PBES2, PBKDF2 with HMAC-SHA1, DES-EDE3-CBC)";
const scheme = (name: string) => `encrypted PKCS#8 private key (${name})`;

export const KINDS: Readonly<Record<string, KindOfKey>> = {
  "pkcs1-rsa": pem(pkcs1Pem(rsa), "PKCS#1 RSA private key", open(rsa)),
  "pkcs8-rsa": pem(pkcs8Pem(rsa), "PKCS#8 RSA private key", open(rsa)),
  "pkcs8-rsa-1024": pem(pkcs8Pem(small), "PKCS#8 RSA private key", open(small)),
  "pkcs8-any": pem(pkcs8Pem(rsa).replaceAll("PRIVATE", "ANY PRIVATE"), "PKCS#8 RSA private key", open(rsa)),
  "pkcs8-box": pem(boxStylePem(rsa), box),
  "pkcs8-aes": pem(pbes2Pem(rsa, "aes-256-cbc"), scheme("PBES2, PBKDF2 with HMAC-SHA256, AES-256-CBC")),
  "pkcs8-pbe": pem(pkcs12PbePem(rsa), scheme("pbeWithSHAAnd3-KeyTripleDES-CBC")),
  "pkcs8-scrypt": pem(scryptPem(ec, PASSPHRASE, 1_024), scheme("PBES2, scrypt, AES-256-CBC")),
  "pkcs8-rsa-pss": pem(pkcs8Pem(pss), "PKCS#8 RSA-PSS private key", open(pss)),
  "pkcs1-rsa-8192": pem(
    writePem("RSA PRIVATE KEY", large),
    "PKCS#1 RSA private key",
    open(createPrivateKey({ key: large, format: "der", type: "pkcs1" })),
  ),
  "pkcs8-ec": pem(pkcs8Pem(p384), "PKCS#8 EC private key", open(p384)),
  "pkcs8-ed25519": pem(pkcs8Pem(ed25519), "PKCS#8 Ed25519 private key", open(ed25519)),
  "pkcs8-dsa": pem(pkcs8Pem(dsa), "PKCS#8 DSA private key", open(dsa)),
  "sec1-ec": pem(writePem("EC PRIVATE KEY", sec1), "SEC 1 EC private key", open(ec)),
  "traditional-rsa": pem(
    traditionalPem(rsa, "des-ede3-cbc"),
    "encrypted RSA private key (traditional, DES-EDE3-CBC)",
  ),
  "traditional-aes": pem(
    traditionalPem(small, "aes-128-cbc"),
    "encrypted RSA private key (traditional, AES-128-CBC)",
  ),
  "openssh-rsa": pem(opensshPem(opensshDer(rsa)), "OpenSSH RSA private key", open(rsa)),
  "openssh-ed25519": pem(opensshPem(opensshDer(ed25519)), "OpenSSH Ed25519 private key", open(ed25519)),
  "openssh-encrypted": pem(
    opensshPem(opensshDer(ec, true)),
    "encrypted OpenSSH ECDSA private key (bcrypt, aes256-ctr)",
    open(ec),
  ),
  openpgp: pem(armour(openPgpKey("plain")), "OpenPGP RSA secret key", fingerprintOf(4, openPgp)),
  "openpgp-encrypted": pem(
    armour(openPgpKey("iterated"), "PRIVATE", ["Version: GnuPG v1"]),
    "encrypted OpenPGP RSA secret key",
    fingerprintOf(4, openPgp),
  ),
  "putty-2": text(putty(rsa, 2), "PuTTY 2 RSA private key", open(rsa)),
  "putty-3": text(putty(ed25519, 3), "PuTTY 3 Ed25519 private key", open(ed25519)),
  "putty-3-encrypted": text(putty(rsa, 3, "x"), "encrypted PuTTY 3 RSA private key (aes256-cbc)", open(rsa)),
  "jwk-rsa": text(jwk(rsa, { kid: "1", use: "sig" }), "JWK RSA private key", open(rsa)),
  "jwk-ec": text(jwk(ec), "JWK EC private key", open(ec)),
  "jwk-okp": text(jwk(ed25519), "JWK Ed25519 private key", open(ed25519)),
  jwks: text(
    JSON.stringify({ keys: [createPublicKey(ec).export({ format: "jwk" }), rsa.export({ format: "jwk" })] }),
    "JWK RSA private key",
    open(rsa),
  ),
  xml: text(xmlKey(rsa), ".NET XML RSA private key", open(rsa)),
  age: text(
    `${age(Buffer.from(x25519.export({ format: "jwk" }).d!, "base64url"))}\n`,
    "age X25519 private key",
    open(x25519),
  ),
  "box-config": text(boxConfig(), box, open(rsa)),
  "der-pkcs1": der(rsa.export({ type: "pkcs1", format: "der" }), "PKCS#1 RSA private key", open(rsa)),
  "der-pkcs8": der(pkcs8(rsa), "PKCS#8 RSA private key", open(rsa)),
  "der-box": der(boxStyleDer(rsa), box),
  "der-sec1": der(sec1, "SEC 1 EC private key", open(ec)),
  "der-ed25519": der(pkcs8(ed25519), "PKCS#8 Ed25519 private key", open(ed25519)),
  "der-dsa": der(dsaDer(), "PKCS#8 DSA private key", open(dsa)),
  pkcs12: der(pfx, "PKCS#12 key store with a private key"),
};
