import type { Buffer } from "node:buffer";
import { count } from "../budget.ts";
import type { Run } from "../search/runs.ts";

/** The mark of a string of bytes, of wide characters or of C#, and its quotation mark, escaped where all is in JSON. */
const OPENING = String.raw`[bBL@]?\\?["'${"`"}]`;
/** The quotation mark at the end, which is escaped behind an odd number of backslashes: the others are of the string. */
const CLOSING = String.raw`(?:(?<=(?<!\\)(?:\\\\){0,8})\\)?["'${"`"}]`;
/** The end of a line, also of one that is a string of JSON, as in a notebook. */
const BREAK = String.raw`(?:\r?\n|(?:\\r)?\\n(?:",\r?\n\s{0,40}")?)`;
/** What joins two strings, and may be at the end of a line or at the beginning of the next. */
const OPERATOR = String.raw`(?:\.\.|<<|[+.&])[ \t]{0,16}`;
/** `key += `, `$key .= `. */
const APPENDS = String.raw`[$\w.]{1,40}[ \t]{0,16}[+.]=[ \t]{0,16}`;

/**
 * Where one string literal ends and the next begins: on one line both have the same quotation mark; on two lines it may
 * be another, because a line break is in no literal.
 */
const JOINT = new RegExp(
  [
    String.raw`(["'${"`"}])[ \t]{0,16}[+.]\s{0,64}[bBL@]?\1`,
    String.raw`${CLOSING}\)?;?[ \t]{0,16}(?:${OPERATOR})?\\{0,2}${BREAK}\s{0,64}(?:${APPENDS}|${OPERATOR})?${OPENING}`,
  ].join("|"),
  "g",
);

/** The text as one literal, as the compiler or an operator joins it. */
export function withoutJoints(text: string): string {
  count(text.length);
  return text.replace(JOINT, "");
}

/** Characters of the longest joint, with some room. */
const REACH = 240;

/** The joint that has the byte at `at` in it. */
export function jointAt(bytes: Buffer, at: number): Run | undefined {
  const start = Math.max(0, at - REACH);
  count(2 * REACH);
  for (const { index, 0: joint } of bytes.toString("latin1", start, at + REACH).matchAll(JOINT)) {
    const from = start + index;
    if (from <= at && at < from + joint.length) return { from, to: from + joint.length };
  }
  return undefined;
}
