import { Buffer } from "node:buffer";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { declaredSize } from "../der.ts";
import { recogniseKey } from "../structure.ts";
import { damage, type PemDamage, type PemDamageKind, type PemRepair } from "./damage.ts";
import { type DekHeader, type DekInfo, isWholeDek, readDekHeader } from "./dek-info.ts";
import { withoutLostBreaks } from "./lost-line-breaks.ts";
import { isPlaceholder } from "./placeholder.ts";

/** What is between the BEGIN and END lines of a PEM. */
export interface PemBody {
  readonly dek: DekInfo | undefined;
  /** What the base64 encodes: DER, an OpenSSH key, or ciphertext under a `dek`. */
  readonly der: Uint8Array;
  readonly repairs: readonly PemRepair[];
}

/** Characters of less than 30 bytes: no key is so short. */
const SHORTEST_BODY = 40;
/** Enough to show how long the key says it is. */
const HEAD_CHARS = 16;

/** Reads the lines between BEGIN and END: one line per element, without line ends. */
export function readBody(lines: readonly string[], label: string): Result<PemBody, PemDamage> {
  const header = readHeader(lines.join("\n"));
  if (!header.ok) return header;
  const { dek, rest } = header.value;
  const verify = dek ? ciphertextVerdict(dek) : label.endsWith("PRIVATE KEY") ? keyVerdict : anyVerdict;
  let first: PemDamageKind | undefined;
  for (const { repair, text } of readings(rest)) {
    const decoded = decode(text, verify);
    if (decoded.ok)
      return ok({
        dek: dek && { cipher: dek.cipher, iv: dek.iv },
        der: decoded.value,
        repairs: [...(repair ? [repair] : []), ...spelling(text)],
      });
    first ??= decoded.error;
  }
  const short = rest.replace(/\s+/g, "").length < SHORTEST_BODY;
  return refused(damage(short || isPlaceholder(rest) ? "placeholder" : (first ?? "truncated")));
}

function readHeader(text: string): Result<{ dek: DekHeader | undefined; rest: string }, PemDamage> {
  if (!/Proc-Type|DEK-Info/i.test(text)) return ok({ dek: undefined, rest: text });
  const dek = readDekHeader(text, "first");
  return dek && isWholeDek(dek) ? ok({ dek, rest: text.slice(dek.end) }) : refused(damage("bad_headers"));
}

/** How the body may be meant. A later reading counts only if the structure inside comes out complete. */
function* readings(body: string): Generator<{ repair?: PemRepair; text: string }> {
  const plain = body.replace(/\s+/g, "");
  yield { text: plain };
  const spaced = body.replace(/[\r\n]+/g, "");
  if (spaced !== plain) yield { repair: "plus-signs", text: spaced.replaceAll(" ", "+") };
  for (const text of restoredLines(plain)) yield { repair: "lost-backslashes", text };
}

/** `nMIIE…nABCD…n`: what is left of `\n` where a shell took the backslash. */
function* restoredLines(text: string): Generator<string> {
  const [mark] = /^r?n/.exec(text) ?? [];
  if (mark === undefined) return;
  const body = text.slice(mark.length);
  const size = declaredSize(Buffer.from(body.slice(0, HEAD_CHARS), "base64"));
  const chars = size === undefined ? undefined : Math.ceil((size * 4) / 3);
  for (const restored of withoutLostBreaks(body, chars))
    yield restored.padEnd(Math.ceil(restored.length / 4) * 4, "=");
}

function decode(
  text: string,
  verify: (bytes: Uint8Array) => PemDamageKind | undefined,
): Result<Uint8Array, PemDamageKind> {
  if (!/^[A-Za-z0-9+/_-]*={0,3}$/.test(text)) return refused("bad_characters");
  if (text.replace(/=+$/, "").length % 4 === 1) return refused("truncated");
  const bytes = Buffer.from(text, "base64");
  const kind = bytes.length === 0 ? "truncated" : verify(bytes);
  return kind ? refused(kind) : ok(bytes);
}

function spelling(text: string): PemRepair[] {
  const repairs: PemRepair[] = [];
  if (/[_-]/.test(text)) repairs.push("base64url");
  if (text.length % 4 !== 0) repairs.push("base64-padding");
  return repairs;
}

function keyVerdict(bytes: Uint8Array): PemDamageKind | undefined {
  if (recogniseKey(bytes)) return undefined;
  const size = bytes[0] === 0x30 ? declaredSize(bytes) : undefined;
  if (size === undefined || size === bytes.length) return "not_a_key";
  return size > bytes.length ? "truncated" : "overlong";
}

function ciphertextVerdict({ facts }: DekHeader) {
  return (bytes: Uint8Array): PemDamageKind | undefined =>
    bytes.length % (facts?.block ?? 1) === 0 ? undefined : "truncated";
}

function anyVerdict(): undefined {
  return undefined;
}
