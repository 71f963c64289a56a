import { printParseErrorCode, visit } from "jsonc-parser";
import { ok, type Result, refused } from "../result.ts";
import { foreignCode, SYNTAX_ERRORS } from "./errors.ts";
import type { Issue } from "./issue.ts";
import { jsonPointer, type Path, parentPointer, printablePointer } from "./pointer.ts";
import { type Position, START } from "./position.ts";

/** A parsed document that knows where each of its properties is in the text. */
export interface JsonDocument {
  /** What `JSON.parse` makes of it; `__proto__` is an own property and changes no prototype. */
  readonly value: unknown;
  /** Whether a byte order mark was taken off. */
  readonly bom: boolean;
  /**
   * Position of a property: of its value, or of its name. A pointer that leads nowhere gives its nearest ancestor,
   * so that a missing property is shown at the object that lacks it.
   */
  locate(pointer: string, part?: "value" | "name"): Position;
}

interface JsonLimits {
  /** UTF-16 code units; default 1 MiB. */
  readonly maxLength?: number;
  /** Nesting of objects and arrays; default 64. The walk recurses, so this also guards the stack. */
  readonly maxDepth?: number;
}

/** At most so many issues of one document are reported. */
export const MAX_ISSUES = 100;

const STRICT = { disallowComments: true, allowTrailingComma: false } as const;

/** Of the whole document. */
const DOCUMENT = { pointer: "", position: START } as const;

/**
 * RFC 8259 with nothing added: no comments, no trailing commas, no property twice in one object. A byte order
 * mark is taken off and reported. Every issue has a position; none quotes the document.
 */
export function parseJson(text: string, limits: JsonLimits = {}): Result<JsonDocument, readonly Issue[]> {
  const { document, issues } = readJson(text, limits);
  return document === undefined || issues.length > 0 ? refused(issues) : ok(document);
}

/**
 * The same, for a reader that continues after errors: duplicate properties are issues, and the document holds the
 * last of them. Without a document there is at least one issue.
 */
export function readJson(
  text: string,
  limits: JsonLimits = {},
): { readonly document: JsonDocument | undefined; readonly issues: readonly Issue[] } {
  const { maxLength = 1_048_576, maxDepth = 64 } = limits;
  const nothing = (issue: Issue) => ({ document: undefined, issues: [issue] });
  const bom = text.startsWith("\uFEFF");
  const body = bom ? text.slice(1) : text;
  if (body.length > maxLength)
    return nothing({ ...DOCUMENT, code: "json_too_large", facts: { characters: maxLength } });
  if (body.trim() === "") return nothing({ ...DOCUMENT, code: "json_empty" });
  if (body.includes("\0") || /^[\uFFFD\uFFFE]/.test(body))
    return nothing({ ...DOCUMENT, code: "json_encoding" });

  const written = asWritten(body, maxDepth);
  if (written) return { document: { ...written, bom, locate: locator(body) }, issues: [] };
  const { fatal, duplicates } = walk(body, maxDepth);
  if (fatal !== undefined) return nothing(fatal);
  try {
    return { document: { value: JSON.parse(body), bom, locate: locator(body) }, issues: duplicates };
  } catch {
    // Not seen so far; its message quotes the text, so it is dropped.
    return nothing({ ...DOCUMENT, code: "json_malformed" });
  }
}

/**
 * The value of a text that `JSON.stringify` writes exactly so, which therefore has no duplicates. Most documents come
 * from a program, and this spares a cold start the walk.
 */
function asWritten(body: string, maxDepth: number): { readonly value: unknown } | undefined {
  if ((body.match(/[[{]/g)?.length ?? 0) > maxDepth) return undefined;
  const text = body.trimEnd();
  try {
    const value: unknown = JSON.parse(body);
    const isWritten = JSON.stringify(value) === text || JSON.stringify(value, null, 2) === text;
    return isWritten ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** The first syntax error, and the duplicate properties before it. */
function walk(
  body: string,
  maxDepth: number,
): { readonly fatal?: Issue; readonly duplicates: readonly Issue[] } {
  const duplicates: Issue[] = [];
  const names: Set<string>[] = [];
  let depth = 0;
  let fatal: Issue | undefined;
  const stop = (issue: Issue, line: number, character: number): never => {
    fatal = { ...issue, position: { line: line + 1, column: character + 1 } };
    throw STRICT;
  };
  const enter = (_offset: number, _length: number, line: number, character: number) => {
    if (++depth > maxDepth)
      stop({ pointer: "", code: "json_too_deep", facts: { levels: maxDepth } }, line, character);
  };
  try {
    visit(
      body,
      {
        onArrayBegin: enter,
        onArrayEnd: () => void depth--,
        onObjectBegin: (...at) => {
          enter(at[0], at[1], at[2], at[3]);
          names.push(new Set());
        },
        onObjectEnd: () => {
          depth--;
          names.pop();
        },
        onObjectProperty: (name, _offset, _length, line, character, path) => {
          const seen = names.at(-1);
          if (seen?.has(name) && duplicates.length < MAX_ISSUES) {
            const pointer = printablePointer([...path(), name]);
            const position = { line: line + 1, column: character + 1 };
            duplicates.push({ code: "property_repeated", pointer, position });
          }
          seen?.add(name);
        },
        // Everything after the first error is guesswork, and unbounded recursion: leave at once.
        onError: (code, offset, _length, line, character) => {
          const foreign = foreignCode(lineAt(body, offset, character), character);
          const issue = foreign ?? SYNTAX_ERRORS[printParseErrorCode(code)] ?? "json_malformed";
          stop({ pointer: "", code: issue }, line, character);
        },
      },
      STRICT,
    );
  } catch (thrown) {
    if (thrown !== STRICT) throw thrown;
  }
  return fatal === undefined ? { duplicates } : { fatal, duplicates };
}

/** The beginning of the line on which an offset is; text far behind it is irrelevant to the place. */
function lineAt(body: string, offset: number, character: number): string {
  const start = offset - character;
  return body.slice(start, offset + 100).split(/\r|\n/, 1)[0] ?? "";
}

/** Positions of all properties, found at the first call: a valid document costs nothing here. */
function locator(body: string): JsonDocument["locate"] {
  let positions: Map<string, Position> | undefined;
  return (pointer, part = "value") => {
    positions ??= positionsOf(body);
    const named = part === "name" ? positions.get(`name:${pointer}`) : undefined;
    let at = named ?? positions.get(pointer);
    for (let rest = pointer; at === undefined && rest !== ""; ) {
      rest = parentPointer(rest);
      at = positions.get(rest);
    }
    return at ?? START;
  };
}

function positionsOf(body: string): Map<string, Position> {
  const positions = new Map<string, Position>();
  const value = (line: number, character: number, path: () => Path) =>
    void positions.set(jsonPointer(path()), { line: line + 1, column: character + 1 });
  visit(
    body,
    {
      onObjectBegin: (_offset, _length, line, character, path) => value(line, character, path),
      onArrayBegin: (_offset, _length, line, character, path) => value(line, character, path),
      onLiteralValue: (_value, _offset, _length, line, character, path) => value(line, character, path),
      onObjectProperty: (name, _offset, _length, line, character, path) => {
        const pointer = jsonPointer([...path(), name]);
        positions.set(`name:${pointer}`, { line: line + 1, column: character + 1 });
      },
    },
    STRICT,
  );
  return positions;
}
