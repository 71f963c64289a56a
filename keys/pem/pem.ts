import { Buffer } from "node:buffer";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { KEY_CONTAINERS } from "../formats.ts";
import { recogniseKey } from "../structure.ts";
import { findBlock, type PemBlock } from "./blocks.ts";
import { readBody } from "./body.ts";
import { damage, type PemDamage, type PemRepair } from "./damage.ts";
import type { DekInfo } from "./dek-info.ts";
import { isPlaceholder } from "./placeholder.ts";
import { unwrap } from "./wrappings.ts";

/** Characters of input that are read; a 16,384-bit key in base64 in base64 has 23,000. */
export const MAX_PEM_LENGTH = 65_536;

/** Characters; an Ed25519 key in PEM, the shortest, has 119. A longer text that is no PEM is something else. */
const LONGEST_PLACEHOLDER = 200;

/** A PEM that was read from a text in any state, and the repairs that it took. */
export interface Pem {
  /** Canonical: 64 columns, line feeds, one at the end. */
  readonly pem: string;
  readonly label: string;
  /** Headers of a traditionally encrypted key; its `der` is ciphertext. */
  readonly dek: DekInfo | undefined;
  readonly der: Uint8Array;
  /** Empty exactly if the given text already was canonical. */
  readonly repairs: readonly PemRepair[];
}

/**
 * Reads the one PEM in `text`, undoing what environment variables and copy-paste do to it. It never guesses:
 * a repair has one possible result, or the structure of the key proves it. Linear in the length of `text`.
 */
export function readPem(text: string): Result<Pem, PemDamage> {
  if (text.length > MAX_PEM_LENGTH) return refused(damage("too_large"));
  if (text.trim() === "") return refused(damage("empty"));
  const canonical = readCanonical(text);
  if (canonical) return ok(canonical);
  const unwrapped = unwrap(text);
  const found = findBlock(unwrapped.text);
  if (!found.ok) return found;
  const read = found.value ? readBlock(found.value) : readBare(unwrapped.text, text);
  if (!read.ok) return read;
  const { label, dek, der } = read.value;
  const pem = writePem(label, der, dek);
  const repairs = [...new Set([...unwrapped.repairs, ...read.value.repairs])];
  if (repairs.length === 0 && pem !== text)
    repairs.push(`${text}\n` === pem ? "trailing-newline" : "whitespace");
  return ok({ pem, label, dek, der, repairs });
}

/** The canonical PEM (RFC 7468 §2, strict form) of `der`, with RFC 1421 headers for a `dek`. */
export function writePem(label: string, der: Uint8Array, dek?: DekInfo): string {
  const headers = dek ? `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${dek.cipher},${dek.iv}\n\n` : "";
  return `-----BEGIN ${label}-----\n${headers}${wrap(der).join("\n")}\n-----END ${label}-----\n`;
}

const CANONICAL =
  /^-----BEGIN ((?:ENCRYPTED |RSA )?PRIVATE KEY)-----\n([A-Za-z0-9+/=\n]+)-----END \1-----\n?$/;

/** What nearly every secret holds, a key as programs write it: at a cold start, the search for damage costs more. */
function readCanonical(text: string): Pem | undefined {
  const [, label, body] = CANONICAL.exec(text) ?? [];
  if (label === undefined || body === undefined) return undefined;
  const der = Buffer.from(body, "base64");
  const pem = writePem(label, der);
  const repairs: PemRepair[] = pem === text ? [] : ["trailing-newline"];
  const isWhole = pem === text || pem === `${text}\n`;
  return isWhole && recogniseKey(der) ? { pem, label, dek: undefined, der, repairs } : undefined;
}

type Unlaid = Omit<Pem, "pem">;

function readBlock(block: PemBlock): Result<Unlaid, PemDamage> {
  const lines = block.inside.split("\n");
  const body = readBody(lines, block.label);
  if (!body.ok) return body;
  const repairs = [...block.repairs, ...repairsAround(block)];
  repairs.push(...body.value.repairs, ...layout(lines, body.value.der, body.value.dek));
  return ok({ ...body.value, label: block.label, repairs });
}

/** A body that lost its BEGIN and END lines, where the structure says what it is. */
function readBare(text: string, given: string): Result<Unlaid, PemDamage> {
  if (/PuTTY-User-Key-File|BEGIN PGP|BEGIN SSH2|"kty"|<RSAKeyValue>/.test(text))
    return refused(damage("other_format"));
  const body = text.replace(/\s+/g, "");
  const der = /^[A-Za-z0-9+/_-]+={0,2}$/.test(body) ? Buffer.from(body, "base64") : undefined;
  const structure = der && recogniseKey(der);
  if (der && structure) {
    const label = KEY_CONTAINERS[structure.container].labels[0];
    return ok({ label, dek: undefined, der, repairs: ["armor"] });
  }
  const isExample = given.length < LONGEST_PLACEHOLDER && isPlaceholder(given);
  return refused(damage(isExample ? "placeholder" : "no_pem"));
}

function repairsAround({ before, after }: PemBlock): PemRepair[] {
  if (/[A-Za-z0-9]/.test(before + after)) return ["surrounding-text"];
  return /[^\s]/.test(before + after) ? ["quotes"] : [];
}

function layout(lines: readonly string[], der: Uint8Array, dek: DekInfo | undefined): PemRepair[] {
  const spaced = lines.some((line) => line.trim() !== line || (!dek && /\s/.test(line)));
  if (lines.length === 1) {
    const only = (lines[0] ?? "").trim().replace(/:\s/g, ":");
    return [/\s/.test(only) ? "spaces-for-newlines" : "missing-newlines"];
  }
  const filled = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.includes(":"));
  const columns =
    filled.map((line) => line.length).join() ===
    wrap(der)
      .map((line) => line.length)
      .join();
  return [...(spaced ? (["whitespace"] as const) : []), ...(columns ? [] : (["line-length"] as const))];
}

function wrap(der: Uint8Array): readonly string[] {
  return (
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  );
}
