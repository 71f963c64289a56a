const PASSES = 8;

const NAMED: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: "<",
  gt: ">",
  nbsp: " ",
  newline: "\n",
  tab: "\t",
  plus: "+",
  equals: "=",
  sol: "/",
  hyphen: "-",
  dash: "-",
  amp: "&",
};

/**
 * What JSON, source code, XML, HTML and URLs write for a character of ASCII, one or many times over: a run of
 * backslashes, `%25` or `&amp;` counts as one. Every pattern is linear, and none touches a character of base64.
 */
const ESCAPES: readonly (readonly [RegExp, string | ((match: string, ...groups: string[]) => string)])[] = [
  [/\\+u\{?0{0,6}([0-7][0-9a-f])\}?/gi, (_, hex) => character(hex, 16)],
  [/\\+u(?:feff|20[012][0-9a-f])/gi, " "],
  [/\\+x([0-7][0-9a-f])/gi, (_, hex) => character(hex, 16)],
  [/\\+([01][0-7]{2})/g, (_, octal) => character(octal, 8)],
  [/\\+r\\+n|\\+[nr]/g, "\n"],
  [/\\+t/g, "\t"],
  [/\\+(["'`/+=$%&<>#:,{}[\]-])/g, "$1"],
  [/\\+(?=\s|$)/g, ""],
  [/%(?:25)*([0-7][0-9a-f])/gi, (_, hex) => character(hex, 16)],
  [/&(?:amp;){0,4}#(?:x0{0,6}([0-7]?[0-9a-f])|0{0,6}([0-9]{1,3}));/gi, reference],
  [/&(?:amp;){0,4}([a-z]{2,7});/gi, (match, name) => NAMED[name?.toLowerCase() ?? ""] ?? match],
];

/** `text` without escapes. The length may only shrink. */
export function withoutEscapes(text: string): string {
  let plain = text;
  for (let pass = 0; pass < PASSES && /[\\%&]/.test(plain); pass++) {
    const before = plain;
    for (const [pattern, replacement] of ESCAPES)
      plain =
        typeof replacement === "string"
          ? plain.replace(pattern, replacement)
          : plain.replace(pattern, replacement);
    if (plain === before) break;
  }
  return plain;
}

function reference(match: string, hex: string | undefined, decimal: string | undefined): string {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code < 0x80 ? String.fromCharCode(code) : match;
}

const character = (digits: string | undefined, radix: number) =>
  String.fromCharCode(Number.parseInt(digits ?? "20", radix));
