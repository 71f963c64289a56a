import { Buffer } from "node:buffer";
import type { Issue } from "../json/issue.ts";
import { type JsonDocument, jsonPointer, parseJson, printablePointer } from "../json/parse.ts";
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

const START = { pointer: "", line: 1, column: 1 };
const STORE =
  "Store the file as it is: aws secretsmanager put-secret-value --secret-string file://config.json";

const WARNINGS = {
  bom: {
    ...START,
    message: "The config begins with a byte order mark, which was taken off.",
    fix: "Save it without.",
  },
  base64: { ...START, message: "The config is base64, which was decoded.", fix: STORE },
  quoted: {
    ...START,
    message: "The config is a JSON string that holds the JSON, which was unpacked.",
    fix: STORE,
  },
  escaped: {
    ...START,
    message: "The config's quotes are escaped by backslashes, which were taken off.",
    fix: STORE,
  },
} as const satisfies Record<string, Issue>;

const TOO_MANY_LAYERS: Issue = {
  ...START,
  message: "The config is encoded several times over.",
  fix: STORE,
};

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
    if (decoded !== undefined) warnings.push(WARNINGS.base64);
    if (unescaped !== undefined) warnings.push(WARNINGS.escaped);
    const parsed = parseJson(decoded ?? unescaped ?? layer, { maxLength: MAX_CONFIG_LENGTH });
    if (!parsed.ok) return parsed;
    if (parsed.value.bom) warnings.push(WARNINGS.bom);
    const { value, locate } = parsed.value;
    if (typeof value !== "string") {
      const wrapper = wrapperOf(value, locate);
      return wrapper === undefined ? ok({ document: parsed.value, warnings }) : refused([wrapper]);
    }
    warnings.push(WARNINGS.quoted);
    layer = value;
  }
  return refused([TOO_MANY_LAYERS]);
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
  readonly message: string;
  readonly fix: string;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const WRAPPERS: readonly Wrapper[] = [
  {
    inside: (name) => name === "SecretString" || name === "SecretBinary",
    message: "This is the response of GetSecretValue, and the config is inside it.",
    fix: "Store the config alone: aws secretsmanager get-secret-value … --query SecretString --output text gives it.",
  },
  {
    inside: (_name, held) => typeof held === "string" && /^\s*\{\s*\\?"/.test(held),
    message: "The config is a string inside this property.",
    fix: "Store the config alone: use the Plaintext tab of the Secrets Manager console, not Key/value.",
  },
  {
    inside: (_name, held) => isObject(held) && "boxAppSettings" in held,
    message: "The config is inside this property.",
    fix: `Store what the member holds. ${STORE}`,
  },
];

function wrapperOf(value: unknown, locate: JsonDocument["locate"]): Issue | undefined {
  if (!isObject(value) || Array.isArray(value) || "boxAppSettings" in value) return undefined;
  for (const { inside, message, fix } of WRAPPERS) {
    const name = Object.entries(value).find(([name, held]) => inside(name, held))?.[0];
    if (name !== undefined) {
      const at = locate(jsonPointer([name]), "name");
      return { pointer: printablePointer([name]), message, fix, ...at };
    }
  }
  return undefined;
}
