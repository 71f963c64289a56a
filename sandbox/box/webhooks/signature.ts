import { createHmac } from "node:crypto";
import type { SignatureKeys } from "../state.ts";

/**
 * The headers that sign a delivery, with both keys of the app: HMAC-SHA256 over the body's bytes and then the
 * timestamp's, in base64. An app without a key sends no header for it.
 */
export function signatureHeaders(
  body: Buffer,
  timestamp: string,
  { primary, secondary }: SignatureKeys,
): Readonly<Record<string, string>> {
  const signed = (key: string) => createHmac("sha256", key).update(body).update(timestamp).digest("base64");
  return {
    "box-signature-version": "1",
    "box-signature-algorithm": "HmacSHA256",
    ...(primary === undefined ? {} : { "box-signature-primary": signed(primary) }),
    ...(secondary === undefined ? {} : { "box-signature-secondary": signed(secondary) }),
  };
}

/** `2026-11-01T03:00:00-07:00`: Box writes its own offset, in whole seconds. @param now milliseconds since 1970 */
export function boxTimestamp(now: number): string {
  const offsetHours = -7;
  return `${new Date(now + offsetHours * 3_600_000).toISOString().slice(0, 19)}-07:00`;
}

/** JSON as Box's PHP writes it: slashes and everything beyond ASCII are escaped. */
export function boxJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("/", "\\/")
    .replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
