import { readFile } from "node:fs/promises";
import { posix, resolve } from "node:path";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { SchemaMapping } from "../rules/schema/schema.ts";
import type { ScanProblem } from "../scan/problem.ts";
import type { Rule } from "../scan/rule.ts";
import type { OpenRepository } from "../sources/git/open-repository.ts";

/** Where schemas are read: in a commit, or on the disk where that has none of the name or is null. */
export interface SchemaSource {
  readonly repository: OpenRepository;
  /** Its root: paths are relative to it. */
  readonly root: string;
  readonly commit: string | null;
}

export interface UsersSchemas {
  /** One rule where something is mapped. */
  readonly rules: readonly Rule[];
  readonly globs: readonly string[];
  readonly problems: readonly ScanProblem[];
  /** About schemas that are taken from the disk because the commit does not have them. */
  readonly notices: readonly string[];
}

/**
 * The users' mappings, lines `glob=schema` with the schema's path relative to the root. A line that cannot be used
 * is a problem, and the others still count.
 */
export async function usersSchemas(lines: readonly string[], source: SchemaSource): Promise<UsersSchemas> {
  const problems: ScanProblem[] = [];
  const notices: string[] = [];
  const mappings: SchemaMapping[] = [];
  for (const line of lines.map((text) => text.trim()).filter((text) => text !== "")) {
    const read = await readMapping(line, source, notices);
    if (read.ok) mappings.push(read.value);
    else problems.push(read.error);
  }
  if (mappings.length === 0) return { rules: [], globs: [], problems, notices };
  const { schemaRule } = await import("../rules/schema/schema.ts");
  const rules: Rule[] = [];
  for (const mapping of mappings) {
    const rule = schemaRule([mapping]);
    if (rule.ok) rules.push(rule.value);
    else problems.push(rule.error);
  }
  return { rules, globs: mappings.map(({ glob }) => glob), problems, notices };
}

async function readMapping(
  line: string,
  source: SchemaSource,
  notices: string[],
): Promise<Result<SchemaMapping, ScanProblem>> {
  const equals = line.lastIndexOf("=");
  const [glob, schemaPath] = [line.slice(0, Math.max(equals, 0)).trim(), line.slice(equals + 1).trim()];
  if (glob === "" || schemaPath === "") return refused({ code: "mapping_invalid", mapping: line });
  let text: string;
  try {
    text = await schemaText(schemaPath, source, notices);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return refused({ code: "schema_unreadable", schema: schemaPath, reason });
  }
  try {
    return ok({ glob, schemaPath, schema: JSON.parse(text) as unknown });
  } catch {
    return refused({ code: "schema_not_json", schema: schemaPath });
  }
}

/** From the commit, so that a change is not validated against a schema that it has changed as well. */
async function schemaText(path: string, source: SchemaSource, notices: string[]): Promise<string> {
  const { repository, root, commit } = source;
  if (commit === null) return readFile(resolve(root, path), "utf8");
  const committed = await repository.fileAt(commit, posix.normalize(path));
  if (committed !== undefined) return committed;
  const text = await readFile(resolve(root, path), "utf8");
  notices.push(
    `The schema ${path} is not in the commit ${commit.slice(0, 12)}, which decides: the one on the disk counts until it is there.`,
  );
  return text;
}
