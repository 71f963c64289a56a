/*
 * What people write instead of a key, or of a part of one. What they write for a whole value of a config is in
 * `schemas/box-config/placeholders.ts`, which is made for JSON Schema and not imported here (docs/architecture.md).
 */

/** Dots and stars; in Latin-1 the character for three dots is three characters. */
const ELLIPSIS = String.raw`\.{3}|…|\u00e2\u0080\u00a6|\*{3}`;
const SHARED_WORDS = "redact|omitted";

const MARKS = new RegExp(String.raw`${ELLIPSIS}|[<>[\]{}$]|([^\s])\1{15}`);
const WORDS = new RegExp(`${SHARED_WORDS}|placeholder|your.?(?:private|key)|key.?here|paste|changeme`, "i");
const LEFT_OUT = new RegExp(
  String.raw`${ELLIPSIS}|<|\[|x{6}|${SHARED_WORDS}|snip|truncat|cut here|your[ _-]`,
  "i",
);

/** Whether a text that holds no key is a placeholder: dots, stars, brackets, `x…x`, "REDACTED" and the like. */
export const isPlaceholder = (text: string): boolean => MARKS.test(text) || WORDS.test(text);

/** Whether a text says that a part of it was left out. */
export const isLeftOut = (text: string): boolean => LEFT_OUT.test(text);
