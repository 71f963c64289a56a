import type { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject } from "node:crypto";
import { mayOpen } from "../budget.ts";

/** The public key that a JWK is of; undefined where it is none, or the budget has no room for it. */
export const publicKeyFromJwk = (key: Record<string, string>): KeyObject | undefined =>
  opened(() => createPublicKey({ key, format: "jwk" }));

/** The same of a SubjectPublicKeyInfo in DER. */
export const publicKeyFromSpki = (key: Buffer): KeyObject | undefined =>
  opened(() => createPublicKey({ key, format: "der", type: "spki" }));

function opened(open: () => KeyObject): KeyObject | undefined {
  if (!mayOpen()) return undefined;
  try {
    return open();
  } catch {
    return undefined;
  }
}
