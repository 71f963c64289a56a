import { PLACEHOLDER_PATTERN } from "../box-config/placeholders.ts";

type Json = unknown;
type Schema = Readonly<Record<string, Json>>;

const NAME = "placeholder";
const SUFFIX = `|${PLACEHOLDER_PATTERN})$`;

/**
 * The schema of committed configs as editors and other validators get it: it accepts the same documents as the one that
 * our validator is compiled from. Every editor and command line prints a `pattern` that a value does not fit; twice
 * negated, the pattern of the placeholders, with its 5,000 characters, is in one place and in no message.
 */
export function publishedSchema(committed: object): object {
  const definition = {
    description: "Empty, a reference to the place where the value is kept, or a placeholder.",
    type: "string",
    pattern: `^(?:${PLACEHOLDER_PATTERN})?$`,
  };
  return { ...(published(committed) as Schema), definitions: { [NAME]: definition } };
}

const PLACEHOLDER = { not: { not: { $ref: `#/definitions/${NAME}` } } };

function published(node: Json): Json {
  if (Array.isArray(node)) return node.map(published);
  if (typeof node !== "object" || node === null) return node;
  const properties = Object.entries(node).map(([name, value]) => [name, published(value)]);
  const { pattern, ...others } = Object.fromEntries(properties) as Record<string, Json>;
  if (typeof pattern !== "string") return Object.fromEntries(properties);
  if (pattern === `^(?:${PLACEHOLDER_PATTERN})?$`) return { ...others, ...PLACEHOLDER };
  if (!pattern.endsWith(SUFFIX)) return { ...others, pattern };
  const own = pattern.slice("^(?:".length, -SUFFIX.length);
  return {
    ...others,
    anyOf: [
      { type: "string", pattern: `^(?:${own})$` },
      { type: "string", minLength: 1, ...PLACEHOLDER },
    ],
  };
}

const RENAMED: Readonly<Record<string, string>> = { dependentRequired: "dependencies", $defs: "definitions" };

/**
 * The same schema in draft-07, which VS Code and SchemaStore take in full. It compiles in ajv's strict mode without
 * exceptions, as SchemaStore compiles what is sent in.
 */
export function draft07(schema: object): object {
  const older = declared(renamed(schema)) as Schema;
  return {
    ...older,
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: `${String(older.$id)}:draft-07`,
  };
}

/** Each required property is declared beside `required` too, without further constraints: strict mode requires it in branches. */
function declared(node: Json): Json {
  if (Array.isArray(node)) return node.map(declared);
  if (typeof node !== "object" || node === null) return node;
  const schema = Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, declared(value)]),
  ) as Schema;
  const { required, properties = {} } = schema;
  if (!Array.isArray(required)) return schema;
  const missing = required.filter((name) => !Object.hasOwn(properties as object, String(name)));
  if (missing.length === 0) return schema;
  return {
    type: "object",
    ...schema,
    properties: { ...(properties as object), ...Object.fromEntries(missing.map((name) => [name, true])) },
  };
}

function renamed(node: Json): Json {
  if (Array.isArray(node)) return node.map(renamed);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [RENAMED[name] ?? name, renamed(value)]),
  );
}
