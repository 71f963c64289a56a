import { ApiRefusal } from "./errors.ts";

/** The refusal of a parameter, with Box's `context_info`. */
export function invalidParameter(name: string, message: string): ApiRefusal {
  return badRequest("invalid_parameter", name, message);
}

export function missingParameter(name: string): ApiRefusal {
  return badRequest("missing_parameter", name, `'${name}' is required`);
}

function badRequest(reason: string, name: string, message: string): ApiRefusal {
  return new ApiRefusal("bad_request", { context: { errors: [{ reason, name, message }] } });
}

type Body = Readonly<Record<string, unknown>>;

/** A text of the body; `undefined` where it has none. @throws ApiRefusal where it is anything else */
export function optionalText(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || typeof value === "string") return value;
  throw invalidParameter(name, `Invalid value for '${name}': expected a string`);
}

export function requiredText(body: Body, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === "") throw missingParameter(name);
  return value;
}

/** A time of the body such as `2026-11-01T00:00:00-07:00`, in milliseconds since 1970. */
export function optionalTime(body: Body, name: string): number | undefined {
  const text = optionalText(body, name);
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw invalidParameter(name, `Invalid value for '${name}': expected a date and time`);
  return time;
}

export function optionalFlag(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || typeof value === "boolean") return value;
  throw invalidParameter(name, `Invalid value for '${name}': expected true or false`);
}

/** The id of the object `name` in the body, as in `{ "parent": { "id": "0" } }`; a number is read as Box does. */
export function optionalIdIn(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  const id: unknown = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  if (typeof id === "number" || typeof id === "string") return String(id);
  throw missingParameter(`${name}.id`);
}

export function requiredIdIn(body: Body, name: string): string {
  const id = optionalIdIn(body, name);
  if (id === undefined) throw missingParameter(name);
  return id;
}

/** Whether a flag of the query is on. Python's SDKs write `True`, the others `true`. */
export const flagOf = (query: URLSearchParams, name: string): boolean =>
  query.get(name)?.toLowerCase() === "true";

/** The names in `fields`; `undefined` where the call has none. */
export function fieldsOf(query: URLSearchParams): readonly string[] | undefined {
  const names = query
    .getAll("fields")
    .flatMap((list) => list.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.length === 0 ? undefined : names;
}
