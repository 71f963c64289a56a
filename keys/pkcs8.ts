import { type DerNode, elements, readDer, readWholeDer, TAG, writeDer } from "./der.ts";
import type { KeyAlgorithm } from "./formats.ts";

/** Octets of the private keys of RFC 8410, which are an OCTET STRING of their own inside of PKCS#8. */
const CURVE_OCTETS: Partial<Record<KeyAlgorithm, number>> = { ed25519: 32, x25519: 32, ed448: 57, x448: 56 };

/** What RFC 5958 §2 allows behind the key: attributes and the public key, which some programs tag explicitly. */
const OPTIONAL_TAGS: ReadonlySet<number> = new Set([0xa0, 0x81, 0xa1]);

/** Version 0, and nothing else. */
const VERSION = writeDer(0x02, new Uint8Array(1));

/**
 * The same key as the oldest PKCS#8 has it (RFC 5208): version 0, without attributes and public key, and without
 * the parameters that RFC 8410 §3 forbids and some programs write as NULL. So that every OpenSSL opens what any
 * opens. `bytes` themselves, where they are something else.
 */
export function asPlainPkcs8(bytes: Uint8Array, algorithm: KeyAlgorithm | undefined): Uint8Array {
  const [version, identifier, key, ...optional] = elements(readWholeDer(bytes)) ?? [];
  if (version?.tag !== TAG.integer || !identifier || key?.tag !== TAG.octetString) return bytes;
  const octets = algorithm && CURVE_OCTETS[algorithm];
  const isPlain = version.content[0] === 0 && optional.length === 0;
  if (isPlain && octets === undefined) return bytes;
  if (!optional.every(({ tag }) => OPTIONAL_TAGS.has(tag))) return bytes;
  if (octets !== undefined && readWholeDer(key.content)?.content.length !== octets) return bytes;
  const named = octets === undefined ? identifier.content : firstElement(identifier);
  return writeDer(
    TAG.sequence,
    VERSION,
    writeDer(TAG.sequence, named),
    writeDer(TAG.octetString, key.content),
  );
}

const firstElement = ({ content }: DerNode) => content.subarray(0, readDer(content)?.size);
