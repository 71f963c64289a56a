import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Rule } from "./rules/rule.ts";
import type { SchemaMapping } from "./rules/schema.ts";
import type { Problem } from "./sources/source.ts";

export interface UsersSchemas {
  /** One rule where something is mapped. */
  readonly rules: readonly Rule[];
  readonly globs: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * The users' mappings, lines `glob=schema` with the schema's path relative to `root`. A line that cannot be used
 * is a problem, and the others still count.
 */
export async function usersSchemas(lines: readonly string[], root: string): Promise<UsersSchemas> {
  const problems: Problem[] = [];
  const mappings: SchemaMapping[] = [];
  for (const line of lines.map((text) => text.trim()).filter((text) => text !== "")) {
    const read = await readMapping(line, root);
    if (typeof read === "string") problems.push(read);
    else mappings.push(read);
  }
  if (mappings.length === 0) return { rules: [], globs: [], problems };
  const { schemaRule } = await import("./rules/schema.ts");
  const rules: Rule[] = [];
  for (const mapping of mappings) {
    const rule = schemaRule([mapping]);
    if (rule.ok) rules.push(rule.value);
    else problems.push(rule.error);
  }
  return { rules, globs: mappings.map(({ glob }) => glob), problems };
}

async function readMapping(line: string, root: string): Promise<SchemaMapping | Problem> {
  const equals = line.lastIndexOf("=");
  const [glob, schemaPath] = [line.slice(0, Math.max(equals, 0)).trim(), line.slice(equals + 1).trim()];
  if (glob === "" || schemaPath === "")
    return `The mapping "${line}" names no glob and schema; write it as: conf/*.json=conf.schema.json`;
  let text: string;
  try {
    text = await readFile(resolve(root, schemaPath), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return `The schema ${schemaPath} cannot be read (${code}); name a file relative to the root of the repository.`;
  }
  try {
    return { glob, schemaPath, schema: JSON.parse(text) as unknown };
  } catch {
    return `${schemaPath} cannot be used as a schema: it is not JSON; write a JSON Schema.`;
  }
}
