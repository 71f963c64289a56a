import { Buffer } from "node:buffer";
import { isObject } from "../json/is-object.ts";
import type { Issue } from "../json/issue.ts";
import { type JsonDocument, parseJson } from "../json/parse.ts";
import { jsonPointer, printablePointer } from "../json/pointer.ts";
import { START } from "../json/position.ts";
import { ok, type Result, refused } from "../result.ts";

/** Secrets Manager holds 64 KiB; twice that leaves room for escapes and base64. */
const MAX_CONFIG_LENGTH = 131_072;

/** Quoted base64 of an escaped document is the worst seen; more layers are no accident. */
const MAX_LAYERS = 3;

interface Unwrapped {
  /** Positions count in the innermost text. */
  readonly document: JsonDocument;
  readonly warnings: readonly Issue[];
}

/** About the text around the document. */
const DOCUMENT = { pointer: "", position: START } as const;

/**
 * The JSON document of a config that may have been wrapped on its way into the secret: base64, a string
 * in a string, escaped quotes. Each of these can mean only one thing, so it is undone and reported. A config
 * inside another object could mean several; it is refused, and the message names the remedy.
 */
export function unwrapConfig(text: string): Result<Unwrapped, readonly Issue[]> {
  const warnings: Issue[] = [];
  let layer = text;
  for (let layers = 0; layers <= MAX_LAYERS; layers++) {
    const decoded = fromBase64(layer);
    const unescaped = decoded === undefined ? fromEscaped(layer) : undefined;
    if (decoded !== undefined) warnings.push({ ...DOCUMENT, code: "config_base64" });
    if (unescaped !== undefined) warnings.push({ ...DOCUMENT, code: "config_escaped" });
    const parsed = parseJson(decoded ?? unescaped ?? layer, { maxLength: MAX_CONFIG_LENGTH });
    if (!parsed.ok) return parsed;
    if (parsed.value.bom) warnings.push({ ...DOCUMENT, code: "config_byte_order_mark" });
    const { value, locate } = parsed.value;
    if (typeof value !== "string") {
      const wrapper = wrapperOf(value, locate);
      return wrapper === undefined ? ok({ document: parsed.value, warnings }) : refused([wrapper]);
    }
    warnings.push({ ...DOCUMENT, code: "config_quoted" });
    layer = value;
  }
  return refused([{ ...DOCUMENT, code: "config_too_many_layers" }]);
}

/** No JSON object or string is made of base64 characters alone, so there is nothing to confuse it with. */
function fromBase64(text: string): string | undefined {
  if (text.length > MAX_CONFIG_LENGTH) return undefined;
  const compact = text.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(compact)) return undefined;
  const decoded = Buffer.from(compact, "base64").toString("utf8");
  return /^\uFEFF?\s*[{"]/.test(decoded) ? decoded : undefined;
}

/** `{\"boxAppSettings\":…`: no JSON object has a backslash before its first name. */
function fromEscaped(text: string): string | undefined {
  if (!/^\s*\{\s*\\[nrt"]/.test(text)) return undefined;
  try {
    return JSON.parse(`"${text.trim()}"`);
  } catch {
    return undefined;
  }
}

interface Wrapper {
  readonly inside: (name: string, held: unknown) => boolean;
  readonly code: "config_in_secret_value" | "config_in_string" | "config_in_property";
}

const WRAPPERS: readonly Wrapper[] = [
  {
    inside: (name) => name === "SecretString" || name === "SecretBinary",
    code: "config_in_secret_value",
  },
  {
    inside: (_name, held) => typeof held === "string" && /^\s*\{\s*\\?"/.test(held),
    code: "config_in_string",
  },
  { inside: (_name, held) => isObject(held) && "boxAppSettings" in held, code: "config_in_property" },
];

function wrapperOf(value: unknown, locate: JsonDocument["locate"]): Issue | undefined {
  if (!isObject(value) || "boxAppSettings" in value) return undefined;
  for (const { inside, code } of WRAPPERS) {
    const name = Object.entries(value).find(([name, held]) => inside(name, held))?.[0];
    if (name !== undefined) {
      const position = locate(jsonPointer([name]), "name");
      return { code, pointer: printablePointer([name]), position };
    }
  }
  return undefined;
}
