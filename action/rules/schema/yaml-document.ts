import {
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLParseError,
} from "yaml";
import type { Issue } from "../../../schemas/json/issue.ts";
import { type JsonDocument, MAX_ISSUES, type Position } from "../../../schemas/json/parse.ts";

interface YamlFile {
  readonly documents: readonly JsonDocument[];
  readonly issues: readonly Issue[];
}

const NOT_YAML: Issue = {
  pointer: "",
  message:
    "The document is not YAML that can be read: it is nested too deep, or its aliases grow without end.",
  fix: "Simplify it.",
  line: 1,
  column: 1,
};

type Reason = Pick<Issue, "message" | "fix">;

const reason = (why: string, fix: string): Reason => ({ message: `The document is not YAML: ${why}.`, fix });

/** What the parser's error codes mean; its own messages quote the text. */
const REASONS = {
  ALIAS_PROPS: reason("an alias has a tag or an anchor", "Remove it: an alias is the node that it names."),
  BAD_ALIAS: { message: "This alias has no anchor.", fix: "Add the anchor before it, or write the value." },
  BAD_COLLECTION_TYPE: reason(
    "a tag does not fit the list or object behind it",
    "Correct or remove the tag.",
  ),
  BAD_DIRECTIVE: reason("a line that begins with % is no directive", "Correct it, or quote the text."),
  BAD_DQ_ESCAPE: {
    message: "This string has a backslash that starts no YAML escape.",
    fix: String.raw`Write a backslash as \\, or use single quotes.`,
  },
  BAD_INDENT: { message: "This line is not indented like its neighbours.", fix: "Align it with them." },
  BAD_PROP_ORDER: reason("an anchor or tag is not in front of its value", "Move it there, on the same line."),
  BAD_SCALAR_START: reason("a value begins with a reserved character", "Quote the value."),
  BLOCK_AS_IMPLICIT_KEY: reason(
    "a list or object is in the place of a name",
    "Write it on a line of its own.",
  ),
  BLOCK_IN_FLOW: reason(
    "a block is inside of brackets",
    "Write it with brackets too, or remove the outer ones.",
  ),
  DUPLICATE_KEY: { message: "This property occurs twice in the same object.", fix: "Keep one of them." },
  IMPOSSIBLE: reason("the parser gave up here", "Check indentation, quotes and brackets."),
  KEY_OVER_1024_CHARS: reason("a name is longer than 1,024 characters", "Close its quote, or shorten it."),
  MISSING_CHAR: {
    message: "A character is missing here.",
    fix: "Close the quote or bracket, or add the colon.",
  },
  MULTILINE_IMPLICIT_KEY: reason("a name goes over several lines", "Add the colon, or quote the text."),
  MULTIPLE_ANCHORS: reason("a value has two anchors", "Keep one of them."),
  MULTIPLE_DOCS: reason("there is a second document", "Separate documents by a line with ---."),
  MULTIPLE_TAGS: reason("a value has two tags", "Keep one of them."),
  NON_STRING_KEY: reason("a name is no string", "Quote it."),
  RESOURCE_EXHAUSTION: reason("it is nested too deep, or has too many aliases", "Simplify it."),
  TAB_AS_INDENT: { message: "A tab indents this line.", fix: "Indent by spaces." },
  TAG_RESOLVE_FAILED: reason(
    "a tag is not known, or its value does not fit it",
    "Correct or remove the tag.",
  ),
  UNEXPECTED_TOKEN: reason(
    "something is here that cannot follow what is before it",
    "Check quotes, colons and indentation.",
  ),
} as const satisfies Record<ErrorCode, Reason>;

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
      if (document.errors.length > 0) {
        issues.push(...issuesOf(document.errors, place));
        continue;
      }
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

/** A duplicate property does not confuse what follows; after any other error the parser only guesses. */
function issuesOf(errors: readonly YAMLParseError[], place: (offset: number) => Position): readonly Issue[] {
  const end = errors.findIndex(({ code }) => code !== "DUPLICATE_KEY");
  return errors
    .slice(0, end === -1 ? MAX_ISSUES : Math.min(end + 1, MAX_ISSUES))
    .map(({ code, pos }) => ({ pointer: "", ...REASONS[code], ...place(pos[0]) }));
}

/** Of the property, or of its nearest ancestor. */
function offsetOf(contents: unknown, pointer: string, part: "value" | "name"): number {
  const steps = pointer.split("/").slice(1);
  let node = contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, escaped] of steps.entries()) {
    const step = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    const { key, value } = childOf(node, step);
    const seen = part === "name" && index === steps.length - 1 ? (key ?? value) : (value ?? key);
    if (seen === undefined) return offset;
    // The target of an alias may be anywhere: stay where it is used.
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
