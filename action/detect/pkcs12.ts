import { Buffer } from "node:buffer";
import { derIdentity } from "./identity.ts";
import type { Key } from "./key.ts";

/** `pkcs-12-keyBag` and `pkcs-12-pkcs8ShroudedKeyBag` (RFC 7292 §4.2), as DER. */
const KEY_BAG = Buffer.from("060b2a864886f70d010c0a0101", "hex");
const SHROUDED_KEY_BAG = Buffer.from("060b2a864886f70d010c0a0102", "hex");

/**
 * A PKCS#12 file that says in the clear that it holds a private key, as those of OpenSSL, Java, Windows and macOS
 * do. One without such a bag holds certificates (a trust store) and is not reported.
 */
export function readPkcs12(bytes: Buffer): Key | undefined {
  const encrypted = bytes.includes(SHROUDED_KEY_BAG);
  if (!encrypted && !bytes.includes(KEY_BAG)) return undefined;
  return {
    kind: "PKCS#12 key store with a private key",
    certainty: "certain",
    bits: undefined,
    encrypted,
    identity: derIdentity(bytes),
  };
}
