import { Buffer } from "node:buffer";
import { withoutEscapes } from "./escapes.ts";
import type { Run } from "./runs.ts";

/**
 * 1 where base64 may begin three bytes of text, by its first character (six bits of the first byte): `I` to `f`
 * for printable ASCII, `C` and `D` for white space, `A` for the NULs of UTF-16.
 */
const BEGINS_TEXT = new Uint8Array(128);
for (const char of "ACDIJKLMNOPQRSTUVWXYZabcdef") BEGINS_TEXT[char.charCodeAt(0)] = 1;

const GROUPS = 9;
const NEAR = 96;
const SIZES = [16 * 1024, 128 * 1024, 1024 * 1024];
const SHORTEST_LINE = 20;

export interface Decoded {
  readonly bytes: Buffer;
  /** Offset after the last encoded character that was taken. */
  readonly end: number;
}

/**
 * The text that a run of base64 (or hexadecimal digits) spells, together with the runs of the same width that
 * follow it; `undefined` where it spells something else, as an image or a hash.
 */
export function encodedText(bytes: Buffer, run: Run): Decoded | undefined {
  if (isHexText(bytes, run)) return decoded(bytes, run, "hex", 0);
  const glued = base64Shift(bytes, run);
  return glued === undefined ? undefined : decoded(bytes, run, "base64", glued);
}

/** Characters of the run before the base64 of text begins: something may be glued to it. */
function base64Shift(bytes: Buffer, { from, to }: Run): number | undefined {
  const middle = Math.floor((to - from) / 8) * 4;
  const groups = Math.min(GROUPS, Math.floor((to - from - middle - 3) / 4));
  return [0, 1, 2, 3].find((shift) => {
    let misses = 0;
    for (let group = 0; group < groups; group++)
      misses += 1 - (BEGINS_TEXT[bytes[from + shift + middle + 4 * group] as number] as number);
    return (
      misses === 0 &&
      isText(Buffer.from(bytes.toString("latin1", from + shift + middle, to).slice(0, 48), "base64"))
    );
  });
}

function isText(bytes: Buffer): boolean {
  let printable = 0;
  let nuls = 0;
  for (const byte of bytes) {
    if (byte === 0) nuls++;
    else if ((byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13 || byte === 9) printable++;
  }
  const whole = bytes.length - (nuls * 3 > bytes.length ? nuls : 0);
  return printable >= whole * 0.9;
}

function isHexText(bytes: Buffer, { from, to }: Run): boolean {
  const text = bytes.toString("latin1", from, Math.min(to, from + 40));
  return /^(?:[2-7][0-9a-f]|0[9ad]|00)+$/i.test(text) && isText(Buffer.from(text, "hex"));
}

function decoded(bytes: Buffer, run: Run, encoding: "base64" | "hex", glued: number): Decoded {
  const from = run.from + glued;
  const { text, end } = wrapped(bytes, { from, to: run.to });
  return { bytes: Buffer.from(text, encoding), end };
}

/** The run and its following lines, where it is wrapped. */
function wrapped(bytes: Buffer, run: Run): { readonly text: string; readonly end: number } {
  const alone = { text: bytes.toString("latin1", run.from, run.to), end: run.to };
  const near = withoutEscapes(bytes.toString("latin1", run.to, run.to + NEAR + run.to - run.from));
  if (run.to - run.from > 512 || !/[A-Za-z0-9+/_-]{4}/.test(near)) return alone;
  for (const size of SIZES) {
    const text = withoutEscapes(bytes.toString("latin1", run.from, run.from + size));
    const { lines, ended } = sameWidthLines(text, alone.text.length);
    if (lines.length < 2) return alone;
    if (!ended && run.from + size < bytes.length && size !== SIZES.at(-1)) continue;
    return { text: lines.join(""), end: endOfLines(bytes, run.from, lines) };
  }
  return alone;
}

function sameWidthLines(text: string, width: number) {
  const lines: string[] = [];
  let last = 0;
  for (const match of text.matchAll(/[A-Za-z0-9+/_-]+/g)) {
    const glued = match[0].length - width;
    const line = glued > 0 && glued < 4 && /^[+/n-]/.test(match[0]) ? match[0].slice(glued) : match[0];
    if (match.index - last > NEAR) return { lines, ended: true };
    if (line.length === width) lines.push(line);
    else if (line.length > width || (line.length < width && isRest(line))) {
      if (line.length < width) lines.push(line);
      return { lines, ended: true };
    } else continue;
    last = match.index + match[0].length;
  }
  return { lines, ended: last < text.length - NEAR };
}

/** Comment words and the like stand between lines as well; a last line has more of an encoded look. */
const isRest = (line: string) => line.length >= SHORTEST_LINE || /[0-9A-Z].*[a-z]|[a-z].*[0-9A-Z]/.test(line);

function endOfLines(bytes: Buffer, from: number, lines: readonly string[]): number {
  const width = lines[0]?.length ?? 0;
  const full = lines.findLast((line) => line.length === width) ?? "";
  const at = bytes
    .subarray(from, from + lines.length * (width + NEAR))
    .lastIndexOf(Buffer.from(full, "latin1"));
  return at < 0 ? from + lines.join("").length : from + at + full.length;
}
