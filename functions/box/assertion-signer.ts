import type { KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { JwtAppConfig } from "../../schemas/box-config/parse.ts";
import type { AssertionClaims, AssertionSigner } from "../broker/ports.ts";

/**
 * Signs assertions as JWS Compact Serialization (RFC 7515 §7.1). Always with `kid`: with two keys registered, as in
 * every rotation, Box cannot choose without it.
 * @param key opened; `jose.importPKCS8` would refuse the encrypted PKCS#8 that the Developer Console writes
 */
export function assertionSigner(
  key: KeyObject,
  { algorithm: alg, publicKeyID: kid }: Pick<JwtAppConfig, "algorithm" | "publicKeyID">,
) {
  return {
    publicKeyID: kid,
    sign: (claims: AssertionClaims) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: "JWT", kid }).sign(key),
  } satisfies AssertionSigner;
}

/**
 * Loads WebCrypto, with which jose signs. Node loads it where it is first used: for a few milliseconds of the first
 * token, unless something else has to be waited for meanwhile. Never throws.
 */
export function loadWebCrypto(): void {
  crypto.subtle.digest("SHA-256", new Uint8Array()).catch(() => {});
}
