import type { Issue } from "../json/issue.ts";
import { nearest } from "../json/nearest.ts";
import { type JsonDocument, jsonPointer, MAX_ISSUES, printablePointer } from "../json/parse.ts";

type Members = Readonly<Record<string, object>>;

/**
 * The properties of `value` that an open schema does not describe, with the name that was probably meant or the
 * place where the property belongs. At most `MAX_ISSUES`.
 */
export function unknownMembers(schema: object, value: unknown, locate: JsonDocument["locate"]): Issue[] {
  const homes = homesOf(schema);
  const issues: Issue[] = [];
  const visit = (node: object, held: unknown, path: readonly string[]): void => {
    const members = membersOf(node);
    if (members === undefined || typeof held !== "object" || held === null || Array.isArray(held)) return;
    for (const [name, inner] of Object.entries(held)) {
      const child = Object.hasOwn(members, name) ? members[name] : undefined;
      if (child !== undefined) visit(child, inner, [...path, name]);
      else if (issues.length < MAX_ISSUES)
        issues.push(unknown([...path, name], Object.keys(members), homes, locate));
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
  const meant = nearest(name, siblings);
  const home = homes.get(name);
  return {
    pointer: printablePointer(path),
    message: "No member of this name is known here; it is ignored.",
    ...mistakeOf(meant, home),
    ...locate(jsonPointer(path), "name"),
  };
}

/** @param home pointer of the object that the name belongs into */
function mistakeOf(
  meant: string | undefined,
  home: string | undefined,
): Required<Pick<Issue, "fix" | "property">> {
  if (home !== undefined) {
    const fix = `It belongs into ${home === "" ? "the document itself" : home}.`;
    return { fix, property: { is: "misplaced" } };
  }
  if (meant !== undefined) return { fix: `Did you mean ${meant}?`, property: { is: "misspelt", meant } };
  return { fix: "Remove it, unless Box has added it.", property: { is: "unknown" } };
}

const membersOf = (node: object): Members | undefined =>
  "properties" in node ? (node.properties as Members) : undefined;

/** For each name in the schema, the pointer of the object that it belongs into. */
function homesOf(schema: object, path: readonly string[] = []): Map<string, string> {
  const members = Object.entries(membersOf(schema) ?? {});
  return new Map(
    members.flatMap(([name, node]) => [
      [name, jsonPointer(path)] as const,
      ...homesOf(node, [...path, name]),
    ]),
  );
}
