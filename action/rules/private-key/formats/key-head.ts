import { Buffer } from "node:buffer";
import { declaredSize } from "../../../../keys/der.ts";
import { OPENSSH_MAGIC } from "../../../../keys/formats.ts";
import type { KeyFacts } from "../../../scan/key-facts.ts";
import { startsLikeGnupg } from "./gnupg.ts";
import { startsLikeJks } from "./jks.ts";
import { msKeySize } from "./ms-blob.ts";
import { startsLikeOpenPgp } from "./openpgp.ts";

/** A DER length. */
const LENGTH = "(?:[\\0-\\x7f]|\\x81[\\x80-\\xff]|\\x82[\\x01-\\xff][\\s\\S]|\\x83[\\x01-\\xff][\\s\\S]{2})";
/** The arc of RSA Security's PKCS: 1.2.840.113549.1. */
const PKCS_ARC = "\\x2a\\x86\\x48\\x86\\xf7\\x0d\\x01";

const head = (pattern: string) => new RegExp(`^${pattern.replaceAll("LEN", LENGTH)}`);

/** How the DER of a private key begins, and what that shows of it. */
const HEADS = [
  {
    container: "pkcs1",
    algorithm: "rsa",
    pattern: head("\\x30LEN\\x02\\x01[\\0\\x01]\\x02(?=[\\s\\S])(?![\\x01-\\x07])LEN?"),
  },
  {
    container: "pkcs8",
    pattern: head("\\x30LEN\\x02\\x01[\\0\\x01]\\x30LEN\\x06[\\x03-\\x0b][\\x28-\\x2b\\x60]"),
  },
  {
    container: "encrypted-pkcs8",
    encryption: "unnamed",
    pattern: head(`\\x30LEN\\x30LEN\\x06[\\x09\\x0a]${PKCS_ARC}[\\x05\\x0c]`),
  },
  {
    container: "sec1",
    algorithm: "ec",
    pattern: head("\\x30LEN\\x02\\x01\\x01\\x04[\\x0e-\\x48]"),
  },
  {
    container: "pkcs12",
    pattern: head(`\\x30(?:LEN|\\x80)\\x02\\x01\\x03\\x30(?:LEN|\\x80)\\x06\\x09${PKCS_ARC}\\x07`),
  },
] as const satisfies readonly (Omit<KeyHead, "size"> & { readonly pattern: RegExp })[];

/** First bytes of the formats that are neither DER nor packets. Every file is checked, and most end here. */
const OTHER_FIRST = new Set(
  ["\xfe", "\xce", "\x07", "\x1e", "(", ..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map(codeOf),
);

/** What each of them begins with is in no other file. */
function otherHead(bytes: Uint8Array): KeyHead | undefined {
  if (!OTHER_FIRST.has(bytes[0] ?? 0)) return undefined;
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (startsLikeJks(start)) return { container: "jks", size: undefined };
  const size = msKeySize(start);
  if (size !== undefined) return { container: "pvk", size };
  return startsLikeGnupg(start) ? { container: "gnupg", size: undefined } : undefined;
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}

const OPENPGP = { container: "openpgp", size: undefined } as const;
const OPENSSH = { container: "openssh", size: undefined } as const;
const SEQUENCE = 0x30;
/** Bytes that show every head whole. */
export const HEAD_BYTES = 32;
/** A 16,384-bit key takes 9,300; OpenSSH and PKCS#12 add names, certificates and comments. */
const LARGEST_KEY = 64 * 1024;

export interface KeyHead extends Partial<Pick<KeyFacts, "algorithm" | "encryption">> {
  readonly container: KeyFacts["container"];
  /** Bytes of the whole key; `undefined` if the head does not give the length. */
  readonly size: number | undefined;
}

/** What a private key the bytes begin like; `undefined` if like none. */
export function keyHead(bytes: Uint8Array): KeyHead | undefined {
  if (bytes[0] !== SEQUENCE && bytes[0] !== OPENSSH_MAGIC.charCodeAt(0))
    return startsLikeOpenPgp(bytes) ? OPENPGP : otherHead(bytes);
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES)).toString(
    "latin1",
  );
  if (start.startsWith(OPENSSH_MAGIC.slice(0, Math.max(9, start.length)))) return OPENSSH;
  const found = HEADS.find(({ pattern }) => pattern.test(start));
  if (!found) return undefined;
  const size = declaredSize(bytes);
  if (size !== undefined && size > LARGEST_KEY) return undefined;
  const { pattern: _, ...shown } = found;
  return { ...shown, size };
}
