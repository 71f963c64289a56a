/**
 * Whether `value` fits `pattern`: characters match themselves and `*` matches any run of characters, also an
 * empty one, inside one segment. Segments end at `:` and `/`. The whole value must fit; a `*` in the value is
 * an ordinary character. No regular expressions and no backtracking: the time is linear in the value, times at most
 * the 128 characters that the schema allows a segment with a star.
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
    const found = value.indexOf(chunk, at);
    if (found === -1) return false;
    at = found + chunk.length;
  }
  return at <= end;
}
