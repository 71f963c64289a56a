import type { Buffer } from "node:buffer";
import { derIdentity } from "./fingerprint.ts";
import { rsaFromParts } from "./jwk.ts";
import type { Key } from "./key.ts";
import { sshReader } from "./ssh-blob.ts";

const MAGIC = 0x3f6ff9eb;
/** Of the names of the two kinds of keys: `if-modn{sign{rsa-pkcs1-sha1},…}` and `dl-modp{…}`. */
const ALGORITHMS: Readonly<Record<string, "rsa" | "dsa">> = { "if-modn": "rsa", "dl-modp": "dsa" };
/** Bytes: a key of 512 bits. */
const SHORTEST = 128;

/** The key of ssh.com's own format, which `puttygen -O private-sshcom` writes too. Its label says ENCRYPTED in any case. */
export function readSshCom(content: Buffer): Key | undefined {
  const reader = sshReader(content);
  if (reader.number() !== MAGIC || reader.number() !== content.length) return undefined;
  const [kind, cipher, secret] = [reader.string(), reader.string()?.toString("latin1"), reader.string()];
  const algorithm = ALGORITHMS[kind?.toString("latin1", 0, 7) ?? ""];
  if (!algorithm || cipher === undefined || secret === undefined || secret.length < SHORTEST)
    return undefined;
  const isOpen = cipher === "none";
  return (
    (isOpen && algorithm === "rsa" ? openRsa(secret) : undefined) ?? {
      container: "sshcom",
      algorithm,
      encryption: isOpen ? undefined : "unnamed",
      bits: undefined,
      certainty: "certain",
      identity: derIdentity(secret),
    }
  );
}

/** The public exponent, the private one and the modulus, each behind its size in bits. */
function openRsa(secret: Buffer): Key | undefined {
  let at = 4;
  const [e, , n] = [0, 1, 2].map(() => {
    const from = at + 4;
    if (from > secret.length) return undefined;
    at = from + Math.ceil(secret.readUInt32BE(at) / 8);
    return secret.subarray(from, at).toString("base64url");
  });
  return e && n ? rsaFromParts("sshcom", n, e) : undefined;
}
