import { createCipheriv, generateKeyPair, type KeyObject, pbkdf2Sync, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { integer, octets, oid, sequence } from "./der.ts";

/** A key pair as the Developer Console makes it: the private half is only ever shown encrypted. */
export interface BoxKeyPair {
  readonly publicKey: KeyObject;
  /** `-----BEGIN ENCRYPTED PRIVATE KEY-----`. */
  readonly encryptedPrivateKey: string;
}

const PBES2 = oid("1.2.840.113549.1.5.13");
const PBKDF2 = oid("1.2.840.113549.1.5.12");
const DES_EDE3_CBC = oid("1.2.840.113549.3.7");

const SALT_BYTES = 8;
const ITERATIONS = 2_048;
const TRIPLE_DES_KEY_BYTES = 24;
const BLOCK_BYTES = 8;
/** A shorter PKCS#8 would give another outer length than the console's keys have; it is rare. */
const SHORTEST_USUAL_PKCS8 = 1_216;

const generate = promisify(generateKeyPair);

/** A new RSA-2048 pair. */
export async function newBoxKeyPair(passphrase: string): Promise<BoxKeyPair> {
  for (;;) {
    const { publicKey, privateKey } = await generate("rsa", { modulusLength: 2_048 });
    const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
    if (pkcs8.length >= SHORTEST_USUAL_PKCS8) {
      return { publicKey, encryptedPrivateKey: encryptedPem(pkcs8, passphrase) };
    }
  }
}

/**
 * PKCS#8 encrypted as the console does it (RFC 8018): PBES2, PBKDF2 with HMAC-SHA1 (left out, as it is the
 * default), 2,048 iterations, 8-byte salt, des-ede3-cbc. Node's own export chooses HMAC-SHA256.
 */
function encryptedPem(pkcs8: Buffer, passphrase: string): string {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(BLOCK_BYTES);
  const key = pbkdf2Sync(passphrase, salt, ITERATIONS, TRIPLE_DES_KEY_BYTES, "sha1");
  const cipher = createCipheriv("des-ede3-cbc", key, iv);
  const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
  const derivation = sequence(PBKDF2, sequence(octets(salt), integer(ITERATIONS)));
  const scheme = sequence(PBES2, sequence(derivation, sequence(DES_EDE3_CBC, octets(iv))));
  const lines =
    sequence(scheme, octets(encrypted))
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines.join("\n")}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}
