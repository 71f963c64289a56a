import { Buffer } from "node:buffer";
import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** SHA-256 of the SubjectPublicKeyInfo: the same for every copy of a key, in any format. */
export function spkiIdentity(key: KeyObject): string | undefined {
  try {
    const open = key.type === "public" ? key : createPublicKey(key);
    return `spki-sha256:${sha256(spkiOf(open))}`;
  } catch {
    return undefined;
  }
}

/** A key with a compressed point keeps it; by way of a JWK, which has both coordinates, it loses it. */
function spkiOf(key: KeyObject): Buffer {
  const spki = key.export({ type: "spki", format: "der" });
  const { namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  // No JWK has this curve.
  if (namedCurve === "secp224r1" || spki.length >= ((CURVE_BITS[namedCurve] ?? 0) * 2) / 8) return spki;
  const whole = createPublicKey({ key: key.export({ format: "jwk" }), format: "jwk" });
  return whole.export({ type: "spki", format: "der" });
}

/** SHA-256 of the bytes themselves: DER, ciphertext, or the secret part of a format that is neither. */
export const derIdentity = (...parts: readonly Uint8Array[]): string =>
  `der-sha256:${sha256(Buffer.concat(parts))}`;

/** Size that is visible in a key: of its modulus, or of its curve. */
export function keyBits(key: KeyObject): number | undefined {
  const details = key.asymmetricKeyDetails;
  return details?.modulusLength ?? CURVE_BITS[details?.namedCurve ?? ""];
}

const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp256k1: 256,
  secp224r1: 224,
  secp384r1: 384,
  secp521r1: 521,
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
