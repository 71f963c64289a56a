import type { Buffer } from "node:buffer";
import { OPENSSH_MAGIC } from "../../../../keys/formats.ts";
import { OPENSSH_CIPHERS, OPENSSH_KDFS } from "../../../scan/key-facts.ts";
import { derIdentity, spkiIdentity } from "./fingerprint.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";
import { readSshPublicKey, sshReader } from "./ssh-blob.ts";

/** OpenSSH's own format outside of its PEM. */
export const openssh: KeyFormat = {
  name: "openssh",
  at: ["openssh"],
  find(bytes, { from }) {
    // The length of the cipher's name, which has at most 40 characters: three bytes of zero.
    const size = from + OPENSSH_MAGIC.length;
    if (bytes[size] !== 0 || bytes[size + 1] !== 0 || bytes[size + 2] !== 0) return undefined;
    const found = readOpenSsh(bytes.subarray(from));
    return found && hit(found.key, from, found.size);
  },
};

/** RFC 4253 §6 names are printable ASCII; anything else is no key. */
const CIPHER = /^[a-z0-9@.-]{3,40}$/;
/** ssh-keygen writes and reads one; the format allows more. */
const MAX_KEYS = 16;

/**
 * OpenSSH's own format (PROTOCOL.key) at the start of `bytes`: names of cipher and KDF, the public keys in the
 * clear, then one private part. So its public key is known even where it is encrypted.
 */
export function readOpenSsh(bytes: Buffer): { readonly key: Key; readonly size: number } | undefined {
  if (bytes.toString("latin1", 0, OPENSSH_MAGIC.length) !== OPENSSH_MAGIC) return undefined;
  const reader = sshReader(bytes, OPENSSH_MAGIC.length);
  const cipher = reader.string()?.toString("latin1");
  const kdf = reader.string()?.toString("latin1");
  const options = reader.string();
  const count = reader.number();
  if (!cipher || !kdf || !options || !count || count > MAX_KEYS || !CIPHER.test(cipher)) return undefined;
  const blob = reader.string();
  for (let other = 1; other < count; other++) reader.string();
  const secret = reader.string();
  const known = blob && readSshPublicKey(blob);
  if (!known || !secret || secret.length < 16) return undefined;
  const key: Key = {
    container: "openssh",
    algorithm: known.algorithm,
    encryption: cipher === "none" ? undefined : encryptionOf(kdf, cipher),
    bits: known.bits,
    certainty: "certain",
    identity: (known.key && spkiIdentity(known.key)) ?? derIdentity(blob),
  };
  return { key, size: tagged(cipher) ? Math.min(bytes.length, reader.position + 16) : reader.position };
}

/** By our own tables: a name in the file may be anything, and reports show it. */
const encryptionOf = (kdf: string, cipher: string) =>
  ({
    method: "openssh",
    kdf: OPENSSH_KDFS.find((name) => name === kdf) ?? "unknown",
    cipher: OPENSSH_CIPHERS.find((name) => name === cipher) ?? "unknown",
  }) as const;

/** Authenticated ciphers add a tag of 16 bytes after the private part. */
const tagged = (cipher: string) => cipher.includes("gcm") || cipher.includes("poly1305");
