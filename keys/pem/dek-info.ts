import { DEK_CIPHERS, type DekFacts, row } from "../encryption-schemes.ts";

/** `DEK-Info` of a traditionally encrypted key (RFC 1421 §4.6.1.3). */
export interface DekInfo {
  readonly cipher: string;
  /** Upper-case hexadecimal. */
  readonly iv: string;
}

export interface DekHeader extends DekInfo {
  /** `undefined` for a cipher that is not in our table. */
  readonly facts: DekFacts | undefined;
  /** The offset in the text behind the header. */
  readonly end: number;
}

const header = (start: string, between: string) =>
  new RegExp(
    String.raw`${start}Proc-Type\s*:\s*4\s*,\s*ENCRYPTED${between}DEK-Info\s*:\s*([A-Z0-9-]{3,24})\s*,\s*([0-9A-F]{8,64})`,
    "i",
  );

/**
 * `first`: nothing but white space precedes and is between the two lines. `anywhere`: whatever a container puts there, as a log
 * does with each line; up to the next such header, so that a text full of them costs no more than its size.
 */
const PLACES = {
  first: header("^\\s*", "\\s*"),
  anywhere: header("", "(?:(?!Proc-Type)[\\s\\S]){0,4000}?"),
} as const;

/**
 * The headers of traditional encryption in `text`; `undefined` where they are not. Without line breaks base64 follows
 * at once and may pass for more digits of the initialisation vector: the cipher gives their number. `iv` is shorter
 * than that where digits are missing.
 */
export function readDekHeader(text: string, place: keyof typeof PLACES): DekHeader | undefined {
  const match = PLACES[place].exec(text);
  if (!match) return undefined;
  const [found, name = "", digits = ""] = match;
  const cipher = name.toUpperCase();
  const facts = row<DekFacts>(DEK_CIPHERS, cipher);
  const iv = digits.slice(0, facts ? facts.iv * 2 : digits.length).toUpperCase();
  return { cipher, iv, facts, end: match.index + found.length - digits.length + iv.length };
}

/** Whether all digits of the initialisation vector are there. */
export const isWholeDek = ({ iv, facts }: DekHeader): boolean => !facts || iv.length === facts.iv * 2;
