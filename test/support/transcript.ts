/** One line of a transcript in a document, by what it claims. */
export type TranscriptLine =
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "json"; readonly properties: readonly string[] }
  | { readonly kind: "elision" }
  | { readonly kind: "output"; readonly text: string };

/**
 * Reads a `console` block: `$ ` begins a command, which continues after a backslash at a line's end; `…` on a line of its
 * own leaves lines out; a line with `{` is a JSON object, in which `…` leaves values or properties out.
 */
export function parseTranscript(block: string): readonly TranscriptLine[] {
  const lines = block.replaceAll("\\\n", "\\\0").split("\n");
  return lines.map((line): TranscriptLine => {
    const text = line.replaceAll("\0", "\n");
    if (text.startsWith("$ ")) return { kind: "command", text: text.slice(2) };
    if (text === "…") return { kind: "elision" };
    if (text.startsWith("{")) return { kind: "json", properties: Object.keys(withoutElisions(text)) };
    return { kind: "output", text };
  });
}

const withoutElisions = (json: string): object => JSON.parse(json.replace(/,…\}$/, "}").replace("[…]", "[]"));

/** A line without what differs from run to run: addresses, times, ids and durations are digits. */
const shapeOf = (line: string): string => line.replaceAll(/\d[\d.:]*/g, "0");

/** The lines of `shown` that `printed` does not have in this order, by their shapes. */
export function missingLines(shown: readonly string[], printed: readonly string[]): readonly string[] {
  const shapes = printed.map(shapeOf);
  let at = 0;
  return shown.filter((line) => {
    const found = shapes.indexOf(shapeOf(line), at);
    if (found !== -1) at = found + 1;
    return found === -1;
  });
}
