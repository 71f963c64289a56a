import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { Issue } from "../../schemas/issue.ts";
import { type JsonDocument, MAX_ISSUES, type Position } from "../../schemas/json.ts";

interface YamlFile {
  readonly documents: readonly JsonDocument[];
  readonly issues: readonly Issue[];
}

const NOT_YAML: Issue = {
  pointer: "",
  message: "The document is not YAML.",
  fix: "Check its indentation, quotes and brackets; the place is where the parser gave up.",
  line: 1,
  column: 1,
};

/** What the parser's error codes mean; its own messages quote the text. */
const ERRORS: Readonly<Record<string, Pick<Issue, "message" | "fix">>> = {
  DUPLICATE_KEY: { message: "This member stands twice in the same object.", fix: "Keep one of them." },
  TAB_AS_INDENT: { message: "A tab indents this line.", fix: "Indent by spaces." },
  BAD_INDENT: { message: "This line is not indented like its neighbours.", fix: "Align it with them." },
  MISSING_CHAR: {
    message: "A character is missing here.",
    fix: "Close the quote or bracket, or add the colon.",
  },
  BAD_ALIAS: { message: "This alias has no anchor.", fix: "Add the anchor before it, or write the value." },
  BAD_DQ_ESCAPE: {
    message: "This string has a backslash that starts no YAML escape.",
    fix: String.raw`Write a backslash as \\, or use single quotes.`,
  },
};

/** All documents of a YAML 1.2 file, as JSON sees them. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const issues: Issue[] = [];
  const documents: JsonDocument[] = [];
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    for (const document of parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })) {
      for (const { code, pos } of document.errors.slice(0, MAX_ISSUES))
        issues.push({ ...NOT_YAML, ...ERRORS[code], ...place(pos[0]) });
      if (document.errors.length > 0) continue;
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      const locate: JsonDocument["locate"] = (pointer, part = "value") =>
        place(offsetOf(document.contents, pointer, part));
      documents.push({ value, bom: false, locate });
    }
  } catch {
    // Aliases without end, or nested deeper than the stack.
    issues.push(NOT_YAML);
  }
  return { documents, issues };
}

/** Of the member, or of its nearest ancestor. */
function offsetOf(contents: unknown, pointer: string, part: "value" | "name"): number {
  const steps = pointer.split("/").slice(1);
  let node = contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, escaped] of steps.entries()) {
    const step = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    const { key, value } = childOf(node, step);
    const seen = part === "name" && index === steps.length - 1 ? (key ?? value) : (value ?? key);
    if (seen === undefined) return offset;
    // What an alias stands for may be anywhere: stay where it is used.
    offset = seen.range?.[0] ?? offset;
    if (isAlias(value)) return offset;
    node = value ?? null;
  }
  return offset;
}

interface Child {
  readonly key?: Node;
  readonly value?: Node;
}

function childOf(node: Node | null, step: string): Child {
  if (isSeq(node)) return shown(undefined, node.items[Number(step)]);
  if (!isMap(node)) return {};
  const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : String(key)) === step);
  return shown(pair?.key, pair?.value);
}

const shown = (key: unknown, value: unknown): Child => ({
  ...(isNode(key) ? { key } : {}),
  ...(isNode(value) ? { value } : {}),
});
