import type { Issue } from "../json/issue.ts";
import { nearest } from "../json/nearest.ts";
import { type JsonDocument, MAX_ISSUES } from "../json/parse.ts";
import { jsonPointer, printablePointer } from "../json/pointer.ts";

type Properties = Readonly<Record<string, object>>;

/**
 * The properties of `value` that an open schema does not describe, with the name that was probably meant or the
 * place where the property belongs. At most `MAX_ISSUES`.
 */
export function unknownProperties(schema: object, value: unknown, locate: JsonDocument["locate"]): Issue[] {
  const homes = homesOf(schema);
  const issues: Issue[] = [];
  const visit = (node: object, held: unknown, path: readonly string[]): void => {
    const properties = propertiesOf(node);
    if (properties === undefined || typeof held !== "object" || held === null || Array.isArray(held)) return;
    for (const [name, inner] of Object.entries(held)) {
      const child = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (child !== undefined) visit(child, inner, [...path, name]);
      else if (issues.length < MAX_ISSUES)
        issues.push(unknown([...path, name], Object.keys(properties), homes, locate));
    }
  };
  visit(schema, value, []);
  return issues;
}

function unknown(
  path: readonly string[],
  siblings: readonly string[],
  homes: ReadonlyMap<string, string>,
  locate: JsonDocument["locate"],
): Issue {
  const name = path.at(-1) ?? "";
  const place = { pointer: printablePointer(path, homes), position: locate(jsonPointer(path), "name") };
  const home = homes.get(name);
  if (home !== undefined) return { ...place, code: "property_misplaced", facts: { home } };
  const suggestion = nearest(name, siblings);
  return suggestion === undefined
    ? { ...place, code: "property_unknown" }
    : { ...place, code: "property_misspelt", suggestion };
}

const propertiesOf = (node: object): Properties | undefined =>
  "properties" in node ? (node.properties as Properties) : undefined;

/** For each name in the schema, the pointer of the object that it belongs in. */
function homesOf(schema: object, path: readonly string[] = []): Map<string, string> {
  const properties = Object.entries(propertiesOf(schema) ?? {});
  return new Map(
    properties.flatMap(([name, node]) => [
      [name, jsonPointer(path)] as const,
      ...homesOf(node, [...path, name]),
    ]),
  );
}
