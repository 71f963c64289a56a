import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLParseError,
} from "yaml";
import { type JsonDocument, MAX_ISSUES } from "../../../schemas/json/parse.ts";
import { pointerSteps } from "../../../schemas/json/pointer.ts";
import { type Position, START } from "../../../schemas/json/position.ts";
import type { MappedIssue } from "./issues.ts";
import type { YAML_ISSUES } from "./yaml-issues.ts";

type YamlCode = keyof typeof YAML_ISSUES | "property_repeated";

interface YamlFile {
  readonly documents: readonly JsonDocument[];
  readonly issues: readonly MappedIssue[];
}

/** What the parser's error codes mean. */
const CODES = {
  ALIAS_PROPS: "yaml_alias_properties",
  BAD_ALIAS: "yaml_alias_unknown",
  BAD_COLLECTION_TYPE: "yaml_collection_tag",
  BAD_DIRECTIVE: "yaml_directive",
  BAD_DQ_ESCAPE: "yaml_escape",
  BAD_INDENT: "yaml_indentation",
  BAD_PROP_ORDER: "yaml_property_order",
  BAD_SCALAR_START: "yaml_reserved_character",
  BLOCK_AS_IMPLICIT_KEY: "yaml_block_as_name",
  BLOCK_IN_FLOW: "yaml_block_in_flow",
  DUPLICATE_KEY: "property_repeated",
  IMPOSSIBLE: "yaml_unparsable",
  KEY_OVER_1024_CHARS: "yaml_name_too_long",
  MISSING_CHAR: "yaml_character_missing",
  MULTILINE_IMPLICIT_KEY: "yaml_name_over_lines",
  MULTIPLE_ANCHORS: "yaml_multiple_anchors",
  MULTIPLE_DOCS: "yaml_second_document",
  MULTIPLE_TAGS: "yaml_multiple_tags",
  NON_STRING_KEY: "yaml_name_not_string",
  RESOURCE_EXHAUSTION: "yaml_too_complex",
  TAB_AS_INDENT: "yaml_tab",
  TAG_RESOLVE_FAILED: "yaml_tag",
  UNEXPECTED_TOKEN: "yaml_unexpected_text",
} as const satisfies Record<ErrorCode, YamlCode>;

/** All documents of a YAML 1.2 file, as JSON sees them. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const issues: MappedIssue[] = [];
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
      const unknown = text.includes("*") ? unknownAlias(document) : undefined;
      if (unknown !== undefined) {
        issues.push({ code: "yaml_alias_unknown", pointer: "", position: place(unknown) });
        continue;
      }
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      const locate: JsonDocument["locate"] = (pointer, part = "value") =>
        place(offsetOf(document.contents, pointer, part));
      documents.push({ value, bom: false, locate });
    }
  } catch {
    // Aliases without end, or nested deeper than the stack.
    issues.push({ code: "yaml_unreadable", pointer: "", position: START });
  }
  return { documents, issues };
}

/** Where the first alias is that has no anchor before it: the parser throws for it when it is resolved. */
function unknownAlias(document: Document): number | undefined {
  const anchors = new Set<string>();
  let offset: number | undefined;
  visit(document, (_key, node) => {
    if (isAlias(node) && !anchors.has(node.source)) {
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor) anchors.add(node.anchor);
    return undefined;
  });
  return offset;
}

/** A duplicate property does not confuse what follows; after any other error the parser only guesses. */
function issuesOf(
  errors: readonly YAMLParseError[],
  place: (offset: number) => Position,
): readonly MappedIssue[] {
  const end = errors.findIndex(({ code }) => code !== "DUPLICATE_KEY");
  return errors
    .slice(0, end === -1 ? MAX_ISSUES : Math.min(end + 1, MAX_ISSUES))
    .map(({ code, pos }) => ({ code: CODES[code], pointer: "", position: place(pos[0]) }));
}

/** Of the property, or of its nearest ancestor. */
function offsetOf(contents: unknown, pointer: string, part: "value" | "name"): number {
  const steps = pointerSteps(pointer);
  let node = contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of steps.entries()) {
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
