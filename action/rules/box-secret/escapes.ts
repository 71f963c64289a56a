/*
 * Text before a value in the form that people write, where it is escaped for an address or for HTML, or typeset. Texts
 * are latin1: a character of UTF-8 is two or three of them.
 */

/** How such text ends: `%3D`, `%22`, `&quot;`, a byte of a typographic quotation mark or of a space. */
const ESCAPED = /(?:%[2-7][0-9A-Fa-f]|&(?:quot|apos|#34|#39|#x22|#x27);|[\x80-\xff])["'\s]{0,4}$/;
/** What `ESCAPED` matches at most is 10. */
const ESCAPED_CHARACTERS = 16;

const PLAIN: readonly (readonly [escaped: RegExp, plain: string])[] = [
  [/&(?:quot|#34|#x22);/g, '"'],
  [/&(?:apos|#39|#x27);/g, "'"],
  // The spaces U+00A0 and U+202F.
  [/\xc2\xa0|\xe2\x80\xaf/g, " "],
  [/\xe2\x80[\x98-\x9b]/g, "'"],
  // “ ” „ « »
  [/\xe2\x80[\x9c-\x9f]|\xc2[\xab\xbb]/g, '"'],
  [/\xe2\x80[\x90-\x95]/g, "-"],
  // The colon of Chinese and Japanese fonts.
  [/\xef\xbc\x9a/g, ":"],
];

/** The text without escapes, if it ends with one. */
export function unescaped(text: string): string {
  if (!ESCAPED.test(text.slice(-ESCAPED_CHARACTERS))) return text;
  const decoded = text.replace(/%([2-7][0-9A-Fa-f])/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return PLAIN.reduce((plain, [escaped, by]) => plain.replace(escaped, by), decoded);
}
