import { createHmac, timingSafeEqual } from "node:crypto";

/** The two signature keys of an app, as the Developer Console shows them; Box signs with each that exists. */
export interface WebhookKeys {
  readonly primaryKey?: string;
  readonly secondaryKey?: string;
}

/** What is signed, and the signatures that came with it: 32 bytes each. */
export interface SignedBody {
  /** As it was sent, to the byte. */
  readonly body: Buffer;
  /** The text of `box-delivery-timestamp`, as it was sent. */
  readonly timestamp: string;
  readonly primary?: Buffer;
  readonly secondary?: Buffer;
}

/** Instead of a key or a signature that does not exist: the work is the same, and its result is not used. */
const NO_KEY = "no key";
const NO_SIGNATURE = Buffer.alloc(32);

/**
 * Whether one of the signatures is the HMAC-SHA256, with the key of its name, over the body's bytes and then the
 * timestamp's (https://developer.box.com/guides/webhooks/v2/signatures-v2). Takes as long whatever exists and matches.
 * Box signs the bytes that it sends, hence no other form of the body is tried.
 */
export function isSigned(signed: SignedBody, keys: WebhookKeys): boolean {
  const primary = matches(signed, keys.primaryKey, signed.primary);
  const secondary = matches(signed, keys.secondaryKey, signed.secondary);
  return primary || secondary;
}

function matches(
  { body, timestamp }: SignedBody,
  key: string | undefined,
  given: Buffer | undefined,
): boolean {
  const computed = createHmac("sha256", key ?? NO_KEY)
    .update(body)
    .update(timestamp)
    .digest();
  const isEqual = timingSafeEqual(computed, given ?? NO_SIGNATURE);
  return isEqual && key !== undefined && given !== undefined;
}
