import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Box's OpenAPI document, where the environment variable `BOX_OPENAPI` names its file; it is not part of this repository. */
const PATH = process.env.BOX_OPENAPI;
const JSON_TYPE = "application/json";
const NULL = { type: "null" };

/**
 * What a response has that the document's schema for its status refuses. Beside the check by the SDK's types, which runs
 * always, this one knows whole numbers, refusals and statuses; what the document does not mention it accepts.
 * @returns nothing where there is no document
 */
export const documentFaults: (
  call: { readonly method: string; readonly path: string },
  status: number,
  body: unknown,
) => readonly string[] = PATH === undefined || PATH === "" ? () => [] : checkBy(PATH);

function checkBy(path: string): typeof documentFaults {
  const document = JSON.parse(readFileSync(path, "utf8"), asJsonSchema) as OpenApi;
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, validateSchema: false });
  ajv.addSchema(document, "box");
  const validators = new Map<string, ValidateFunction>();
  const faultsOf = (path: string, method: string, status: number, body: unknown): readonly string[] => {
    const responses = document.paths[path]?.[method]?.responses ?? {};
    const listed = String(status) in responses ? String(status) : "default";
    const response = responses[listed];
    if (response === undefined) return [`the document has no status ${status} for ${method} ${path}`];
    if (response.content?.[JSON_TYPE] === undefined || body === undefined) return [];
    const tokens = ["paths", path, method, "responses", listed, "content", JSON_TYPE, "schema"];
    const pointer = tokens.map((token) => token.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
    const schema = `box#/${encodeURI(pointer).replaceAll("#", "%23")}`;
    const validate = validators.get(schema) ?? ajv.compile({ $ref: schema });
    validators.set(schema, validate);
    return validate(body) ? [] : (validate.errors ?? []).filter(isFault).map(textOf);
  };
  return ({ method, path }, status, body) => {
    const name = path.replace(/^\/2\.0/, "");
    // One path that is several calls has a fragment for each further one: `/shared_items#folders`.
    const calls = Object.keys(document.paths).filter(
      (known) => known.split("#")[0] === name && method.toLowerCase() in (document.paths[known] ?? {}),
    );
    const found = calls.map((call) => faultsOf(call, method.toLowerCase(), status, body));
    return (
      found.find((faults) => faults.length === 0) ?? found[0] ?? [`the document has no ${method} ${name}`]
    );
  };
}

/**
 * OpenAPI 3.0 as JSON Schema. `null` beside `allOf` is meant for the whole, and `oneOf` lists schemas of which several
 * fit. An example with a property `$id` would be taken for a schema of that name.
 */
function asJsonSchema(key: string, value: unknown): unknown {
  if (/^examples?$/.test(key)) return undefined;
  // Of a shared link, whose property is `access`.
  if (key === "required" && Array.isArray(value)) return value.filter((name) => name !== "accessed");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { nullable, oneOf, ...others } = value as Readonly<Record<string, unknown>>;
  const isSchema = nullable === undefined || typeof nullable === "boolean";
  if (!isSchema) return value;
  const schema = Array.isArray(oneOf)
    ? { ...others, anyOf: oneOf }
    : { ...others, ...(oneOf ? { oneOf } : {}) };
  const parts = Array.isArray(others.allOf) ? others.allOf : [];
  return nullable === true || parts.some(({ anyOf }) => anyOf?.[0] === NULL)
    ? { anyOf: [NULL, schema] }
    : schema;
}

/**
 * Where the document is wrong by Box's own pages and clients: its list of codes lacks many, it bounds the tags of an item
 * that has none, and an upload's conflict is the file itself, not a list.
 */
const isFault = ({ instancePath, keyword }: ErrorObject): boolean =>
  !(instancePath === "/code" && keyword === "enum") &&
  !(instancePath.endsWith("/tags") && keyword === "minItems") &&
  instancePath !== "/context_info/conflicts";

const textOf = ({ instancePath, message, params }: ErrorObject): string =>
  `by the document ${instancePath || "/"} ${message} (${JSON.stringify(params)})`;
