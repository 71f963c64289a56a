import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { ServiceKey } from "./service-keys.ts";
import type { Sealed } from "./table.ts";

const CIPHER = "aes-256-gcm";
/** The first byte of every sealed record: another layout gets another number. */
const LAYOUT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + IV_BYTES;
/** DynamoDB's limit for an item is 400 KB; Box's tokens have some 30 to 2,000 characters. */
const MAX_SEALED_BYTES = 64 * 1024;

/**
 * Encrypts a record with AES-256-GCM under a key of its own, derived (HKDF-SHA-256, RFC 5869) from the service secret
 * with the item's key as salt. The item's key is authenticated too: a record that is moved to another item does not open.
 * @param iv 12 bytes, used for this record alone: random, unless a test chooses them
 */
export function seal(
  record: unknown,
  itemKey: string,
  { id, secret }: ServiceKey,
  iv: Uint8Array = randomBytes(IV_BYTES),
): Sealed {
  const cipher = createCipheriv(CIPHER, itemSecret(secret, itemKey), iv);
  cipher.setAAD(Buffer.from(itemKey));
  const text = Buffer.concat([cipher.update(JSON.stringify(record), "utf8"), cipher.final()]);
  return { keyId: id, bytes: Buffer.concat([Buffer.of(LAYOUT), iv, text, cipher.getAuthTag()]) };
}

/** The record, or undefined if these bytes were not sealed with this key for this item, whole and unchanged. */
export function unseal({ bytes }: Sealed, itemKey: string, { secret }: ServiceKey): unknown {
  const isWhole = bytes.length > HEAD_BYTES + TAG_BYTES && bytes.length <= MAX_SEALED_BYTES;
  if (!isWhole || bytes[0] !== LAYOUT) return undefined;
  try {
    const iv = bytes.subarray(1, HEAD_BYTES);
    const decipher = createDecipheriv(CIPHER, itemSecret(secret, itemKey), iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(itemKey));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString("utf8"));
  } catch {
    return undefined;
  }
}

function itemSecret(secret: Uint8Array, itemKey: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, itemKey, "box-sts shared cache 1", 32));
}
