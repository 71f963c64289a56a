import { createScanner } from "jsonc-parser";

/** jsonc-parser's `SyntaxKind`, which is a const enum and cannot be imported one file at a time. */
const TOKEN = { closeBrace: 2, closeBracket: 4, comma: 5, endOfFile: 17 } as const;
const COMMENTS: ReadonlySet<number> = new Set([12, 13]);
const SPACES: ReadonlySet<number> = new Set([14, 15]);
const VALUE_ENDS: ReadonlySet<number> = new Set([TOKEN.closeBrace, TOKEN.closeBracket, 7, 8, 9, 10, 11]);

type Span = readonly [start: number, end: number];

/**
 * JSON with comments and trailing commas as plain JSON of the same length: both become spaces, line breaks
 * stay, so every position is that of the given text. Anything else that is not JSON is left for the parser.
 * jsonc-parser's own `stripComments` leaves trailing commas, and its 3.3.1 writes a space too many for each comment.
 */
export function asJson(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  for (const [start, end] of gapsOf(text)) {
    pieces.push(text.slice(copied, start), text.slice(start, end).replace(/[^\r\n]/g, " "));
    copied = end;
  }
  return pieces.join("") + text.slice(copied);
}

/** Comments and trailing commas, in order. */
function gapsOf(text: string): readonly Span[] {
  const scanner = createScanner(text, false);
  const gaps: Span[] = [];
  let comma: Span | undefined;
  let previous = 0;
  for (let kind: number = scanner.scan(); kind !== TOKEN.endOfFile; kind = scanner.scan()) {
    if (SPACES.has(kind)) continue;
    const start = scanner.getTokenOffset();
    const span: Span = [start, start + scanner.getTokenLength()];
    if (COMMENTS.has(kind)) {
      gaps.push(span);
      continue;
    }
    if (comma && (kind === TOKEN.closeBrace || kind === TOKEN.closeBracket)) gaps.push(comma);
    comma = kind === TOKEN.comma && VALUE_ENDS.has(previous) ? span : undefined;
    previous = kind;
  }
  return gaps.sort(([one], [two]) => one - two);
}
