/**
 * Whether `value` fits `pattern`: characters match themselves and `*` matches any run of characters, also an
 * empty one, inside one segment. Segments end at `:` and `/`. The whole value must fit; a `*` in the value is
 * an ordinary character. Time is linear in the two lengths, whatever they hold: no regular expressions and
 * no backtracking.
 */
export function matchesPattern(pattern: string, value: string): boolean {
  let patternStart = 0;
  let valueStart = 0;
  for (;;) {
    const patternEnd = segmentEnd(pattern, patternStart);
    const valueEnd = segmentEnd(value, valueStart);
    // The separators must be the same one, or both texts must end here (charCodeAt is then NaN).
    if (!Object.is(pattern.charCodeAt(patternEnd), value.charCodeAt(valueEnd))) return false;
    const segment = pattern.slice(patternStart, patternEnd);
    if (!matchesSegment(segment, value.slice(valueStart, valueEnd))) return false;
    if (patternEnd === pattern.length) return true;
    patternStart = patternEnd + 1;
    valueStart = valueEnd + 1;
  }
}

function segmentEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== ":" && text[end] !== "/") end++;
  return end;
}

/**
 * The literal chunks between the stars must follow each other in `value`, the first at its start and the
 * last at its end. Taking each at its leftmost place leaves most room for the next, so no choice is ever
 * taken back.
 */
function matchesSegment(pattern: string, value: string): boolean {
  const chunks = pattern.split("*");
  const first = chunks[0] ?? "";
  const last = chunks.at(-1) ?? "";
  if (chunks.length === 1) return pattern === value;
  if (first.length + last.length > value.length) return false;
  if (!value.startsWith(first) || !value.endsWith(last)) return false;
  const end = value.length - last.length;
  let at = first.length;
  for (const chunk of chunks.slice(1, -1)) {
    at = endOfFirst(chunk, value, at, end);
    if (at === -1) return false;
  }
  return true;
}

/**
 * Where the leftmost `chunk` within `value[start, end)` ends, or -1. Knuth, Morris and Pratt: `indexOf` is
 * quadratic on texts like "aaaa…".
 */
function endOfFirst(chunk: string, value: string, start: number, end: number): number {
  const borders = bordersOf(chunk);
  let matched = 0;
  let at = start;
  while (matched < chunk.length) {
    if (at === end) return -1;
    if (value[at] === chunk[matched]) {
      at++;
      matched++;
    } else if (matched === 0) at++;
    else matched = borders[matched - 1] ?? 0;
  }
  return at;
}

/** For each prefix of `chunk`, the length of the longest shorter prefix that it also ends with. */
function bordersOf(chunk: string): Uint32Array {
  const borders = new Uint32Array(chunk.length);
  let length = 0;
  for (let at = 1; at < chunk.length; at++) {
    while (length > 0 && chunk[at] !== chunk[length]) length = borders[length - 1] ?? 0;
    if (chunk[at] === chunk[length]) length++;
    borders[at] = length;
  }
  return borders;
}
