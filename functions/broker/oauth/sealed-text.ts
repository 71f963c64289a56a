import { seal, unseal } from "../shared-cache/sealed-record.ts";
import type { ServiceKey } from "../shared-cache/service-keys.ts";

/** What a sealed text is for: the associated data of its encryption, so that one kind does not open as another. */
export type Purpose = "invitation" | "authorization";

/** The version of the service secret with this id, without I/O; undefined where the process does not have it. */
export type KeyById = (id: string) => ServiceKey | undefined;

/** Longer texts are not opened: what we seal is shorter by far. */
const MAX_LENGTH = 4_096;
/** The version's id, then the sealed record, in characters that neither a URL nor a cookie (RFC 6265 §4.1.1) escapes. */
const FORM = /^([A-Za-z0-9_.-]{1,64})\.([A-Za-z0-9_-]+)$/;

/**
 * A record as one word that only holders of the service secret can write or read.
 * @throws {RangeError} where the record is too large to be read again
 */
export function sealText(record: unknown, purpose: Purpose, key: ServiceKey): string {
  const { keyId, bytes } = seal(record, purpose, key);
  const text = `${keyId}.${Buffer.from(bytes).toString("base64url")}`;
  if (text.length > MAX_LENGTH || !FORM.test(text)) throw new RangeError(`The ${purpose} is too long.`);
  return text;
}

/** The record; undefined where the text was not sealed for this purpose with a key that is known, or was changed. */
export function unsealText(text: string, purpose: Purpose, keyById: KeyById): unknown {
  if (text.length > MAX_LENGTH) return undefined;
  const [, keyId = "", encoded = ""] = FORM.exec(text) ?? [];
  const bytes = Buffer.from(encoded, "base64url");
  // One record has one text: the last character of Base64 may hold bits that decoding drops.
  if (bytes.toString("base64url") !== encoded) return undefined;
  const key = keyId === "" ? undefined : keyById(keyId);
  return key && unseal({ keyId, bytes }, purpose, key);
}
