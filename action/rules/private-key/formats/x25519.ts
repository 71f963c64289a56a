import { Buffer } from "node:buffer";
import { createPrivateKey } from "node:crypto";
import { mayOpen } from "../budget.ts";
import { derIdentity, spkiIdentity } from "./fingerprint.ts";
import type { Key } from "./key.ts";

/** PKCS#8 of an X25519 key, up to its 32 octets (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");

/** The X25519 key of these octets in a format that has no more than them; `undefined` where the budget is used up. */
export function x25519Key(container: "age" | "wireguard", secret: Buffer): Key | undefined {
  if (!mayOpen()) return undefined;
  return {
    container,
    algorithm: "x25519",
    encryption: undefined,
    bits: undefined,
    certainty: "certain",
    identity: publicIdentity(secret) ?? derIdentity(secret),
  };
}

function publicIdentity(secret: Buffer): string | undefined {
  const key = Buffer.concat([PKCS8, secret]);
  return secret.length === 32
    ? spkiIdentity(createPrivateKey({ key, format: "der", type: "pkcs8" }))
    : undefined;
}
