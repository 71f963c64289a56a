import { ok, type Result, refused } from "../../schemas/result.ts";
import { unknownName } from "../faults/fault-text.ts";
import type { HttpRequest } from "../http/server.ts";

/** Fields by name; each was sent once. */
export type Fields = ReadonlyMap<string, string>;

/** The fields of a form's body. A refusal is a sentence with the names that are allowed. */
export function readFields({ headers, body }: HttpRequest, names: readonly string[]): Result<Fields, string> {
  const type = headers["content-type"] ?? "";
  if (/^(?:application\/json|multipart\/)/i.test(type)) {
    return refused(`Send a form (application/x-www-form-urlencoded, as curl -d does), not ${type}.`);
  }
  return checked(new URLSearchParams(body.toString()), "field", names);
}

/** The parameters of the query. */
export function readQuery({ query }: HttpRequest, names: readonly string[]): Result<Fields, string> {
  return checked(new URLSearchParams(query), "parameter", names);
}

function checked(given: URLSearchParams, kind: string, names: readonly string[]): Result<Fields, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of given) {
    if (!names.includes(name)) return refused(unknownName(kind, name, names));
    if (fields.has(name)) return refused(`The ${kind} ${name} was sent twice; send it once.`);
    fields.set(name, value);
  }
  return ok(fields);
}

/** @returns `undefined` unless it is `true` or `false` */
export const readBoolean = (text: string): boolean | undefined =>
  text === "true" ? true : text === "false" ? false : undefined;
