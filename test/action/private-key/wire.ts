import {
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { elements, readWholeDer } from "../../../keys/der.ts";

/** Private keys as SSH tools write them, and key formats that Node cannot export. */
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const str = (value: string | Uint8Array) =>
  Buffer.concat([u32(Buffer.from(value).length), Buffer.from(value)]);
const mpint = (url: string | undefined) => {
  const bytes = Buffer.from(url ?? "", "base64url");
  return str((bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
};

/** `x`, or `p`, `q`, `g` and `y`; JWK has no DSA. */
function dsaNumbers(key: KeyObject, secret: boolean): readonly Uint8Array[] {
  const spki = readWholeDer(createPublicKey(key).export({ type: "spki", format: "der" }));
  const [algorithm, open] = elements(spki)!;
  const parameters = elements(elements(algorithm)![1])!.map(({ content }) => content);
  const y = readWholeDer(open!.content.subarray(1))!.content;
  if (!secret) return [...parameters, y];
  return [
    readWholeDer(elements(readWholeDer(key.export({ type: "pkcs8", format: "der" })))![2]!.content)!.content,
  ];
}

export function sshPublicBlob(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === "dsa")
    return Buffer.concat([str("ssh-dss"), ...dsaNumbers(key, false).map(str)]);
  const jwk = createPublicKey(key).export({ format: "jwk" });
  if (jwk.kty === "RSA") return Buffer.concat([str("ssh-rsa"), mpint(jwk.e), mpint(jwk.n)]);
  if (jwk.kty === "OKP")
    return Buffer.concat([str(`ssh-${jwk.crv?.toLowerCase()}`), str(Buffer.from(jwk.x ?? "", "base64url"))]);
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(jwk.x ?? "", "base64url"),
    Buffer.from(jwk.y ?? "", "base64url"),
  ]);
  return Buffer.concat([str("ecdsa-sha2-nistp256"), str("nistp256"), str(point)]);
}

function sshSecret(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === "dsa") return Buffer.concat(dsaNumbers(key, true).map(str));
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") return Buffer.concat([jwk.d, jwk.qi, jwk.p, jwk.q].map(mpint));
  if (jwk.kty === "EC") return mpint(jwk.d);
  const [secret, open] = [jwk.d, jwk.x].map((part) => Buffer.from(part ?? "", "base64url"));
  return str(Buffer.concat([secret!, open!]));
}

/** PROTOCOL.key of OpenSSH. Encrypted, the private part is random: no code here could open it anyway. */
export function opensshDer(key: KeyObject, encrypted = false): Buffer {
  const blob = sshPublicBlob(key);
  const check = randomBytes(4);
  const plain = Buffer.concat([check, check, blob, sshSecret(key), str("a comment")]);
  const padding = Buffer.from(Array.from({ length: (8 - (plain.length % 8)) % 8 }, (_, at) => at + 1));
  const names = encrypted
    ? [str("aes256-ctr"), str("bcrypt"), str(Buffer.concat([str(randomBytes(16)), u32(16)]))]
    : [str("none"), str("none"), str("")];
  const secret = encrypted ? randomBytes(16 * Math.ceil(plain.length / 16)) : Buffer.concat([plain, padding]);
  return Buffer.concat([Buffer.from("openssh-key-v1\0"), ...names, u32(1), str(blob), str(secret)]);
}

export function opensshPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** PuTTY's own format, versions 2 and 3 (appendix C of its manual). */
export function putty(key: KeyObject, version: 2 | 3, passphrase?: string): string {
  const blob = sshPublicBlob(key);
  const plain = sshSecret(key);
  const padded = Buffer.concat([plain, createHash("sha1").update(plain).digest()]).subarray(
    0,
    16 * Math.ceil(plain.length / 16),
  );
  const cipher = createCipheriv("aes-256-cbc", randomBytes(32), Buffer.alloc(16)).setAutoPadding(false);
  const secret = passphrase ? Buffer.concat([cipher.update(padded), cipher.final()]) : plain;
  const mac = createHmac(version === 2 ? "sha1" : "sha256", "putty")
    .update(blob)
    .update(secret)
    .digest("hex");
  const wrap = (bytes: Buffer) => bytes.toString("base64").match(/.{1,64}/g) ?? [];
  const derivation =
    passphrase && version === 3
      ? [
          "Key-Derivation: Argon2id",
          "Argon2-Memory: 8192",
          "Argon2-Passes: 13",
          "Argon2-Parallelism: 1",
          `Argon2-Salt: ${randomBytes(16).toString("hex")}`,
        ]
      : [];
  return `${[
    `PuTTY-User-Key-File-${version}: ${blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()}`,
    `Encryption: ${passphrase ? "aes256-cbc" : "none"}`,
    "Comment: imported-key",
    `Public-Lines: ${wrap(blob).length}`,
    ...wrap(blob),
    ...derivation,
    `Private-Lines: ${wrap(secret).length}`,
    ...wrap(secret),
    `Private-MAC: ${mac}`,
  ].join("\n")}\n`;
}

/** `RSA.ToXmlString(true)` of .NET. */
export function xmlKey(key: KeyObject): string {
  const jwk = key.export({ format: "jwk" }) as Record<string, string>;
  const elements = {
    Modulus: "n",
    Exponent: "e",
    P: "p",
    Q: "q",
    DP: "dp",
    DQ: "dq",
    InverseQ: "qi",
    D: "d",
  };
  const inside = Object.entries(elements).map(
    ([name, property]) => `<${name}>${Buffer.from(jwk[property]!, "base64url").toString("base64")}</${name}>`,
  );
  return `<RSAKeyValue>${inside.join("")}</RSAKeyValue>\n`;
}

const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** An age identity: Bech32 (BIP 173) of the 32 octets of an X25519 key. */
export function age(secret: Buffer): string {
  const name = "age-secret-key-";
  const bits = [...secret].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const words = (bits.match(/.{1,5}/g) ?? []).map((word) => Number.parseInt(word.padEnd(5, "0"), 2));
  const codes = [...name].map((char) => char.charCodeAt(0));
  let sum = 1;
  const all = [
    ...codes.map((code) => code >> 5),
    0,
    ...codes.map((code) => code & 31),
    ...words,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  for (const word of all) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (let bit = 0; bit < 5; bit++) if ((top >> bit) & 1) sum ^= GENERATOR[bit]!;
  }
  sum ^= 1;
  const check = [0, 1, 2, 3, 4, 5].map((at) => (sum >> (5 * (5 - at))) & 31);
  return `${name}1${[...words, ...check].map((word) => CHARSET[word]).join("")}`.toUpperCase();
}
