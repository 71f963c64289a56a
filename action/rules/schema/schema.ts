import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { explainBy, type SchemaError } from "../../../schemas/json/explain.ts";
import { isObject } from "../../../schemas/json/is-object.ts";
import { inOrder } from "../../../schemas/json/issue.ts";
import { pointerSteps, printablePointer } from "../../../schemas/json/pointer.ts";
import { ok, type Result, refused } from "../../../schemas/result.ts";
import type { Content } from "../../scan/content.ts";
import type { Finding } from "../../scan/finding.ts";
import type { ScanProblem } from "../../scan/problem.ts";
import type { Rule } from "../../scan/rule.ts";
import { baseName } from "../../scan/text.ts";
import { globMatcher, globProgress } from "./glob.ts";
import { findingOf } from "./issue-finding.ts";
import { type MappedIssue, mappedIssueText } from "./issues.ts";
import { ANY_KEYWORDS } from "./keywords.ts";
import { mappedRole, readMapped } from "./mapped-document.ts";
import { TimeLimitExceeded, withTimeLimit } from "./time-limit.ts";

/** A line of the input `schemas`, with the schema as loaded. */
export interface SchemaMapping {
  readonly glob: string;
  /** For messages. */
  readonly schemaPath: string;
  /** What the file holds, parsed. */
  readonly schema: unknown;
}

/** Mapped files may be this large; a larger one is reported, because nothing in it was scanned. */
export const MAX_MAPPED_BYTES = 16 * 1_048_576;

/** Formats are not checked: the drafts leave it open, and no two validators agree on them. */
const OPTIONS = {
  allErrors: true,
  strict: false,
  verbose: true,
  validateFormats: false,
  messages: false,
  logger: false,
} as const;

/** Drafts by the `$schema` of the document, without protocol and fragment. */
const DRAFTS = {
  "json-schema.org/draft/2020-12/schema": Ajv2020,
  "json-schema.org/draft/2019-09/schema": Ajv2019,
  "json-schema.org/draft-07/schema": Ajv,
} as const;

type Draft = keyof typeof DRAFTS;

/** Validators of schemas: a draft's own schema takes longer to compile than a user's, so each is compiled once. */
const checkers = new Map<Draft, Ajv>();

function checkerOf(draft: Draft): Ajv {
  const checker = checkers.get(draft) ?? new DRAFTS[draft](OPTIONS);
  checkers.set(draft, checker);
  return checker;
}

/** What one document may take; a pattern may try without end, and everyone who can change a schema can write one. */
const MILLISECONDS = 2000;

interface Compiled {
  /** It took too long once: no other document is validated against it. */
  slow: boolean;
  /** What one document may take. */
  readonly milliseconds: number;
  readonly matches: (path: string) => boolean;
  readonly progress: (folder: string) => string;
  readonly schema: object;
  readonly validate: ValidateFunction;
}

/**
 * The rule that holds files against the users' own schemas, or what is wrong with the first schema that cannot
 * be used. Loads ajv's compiler: import this file only where there are mappings.
 * @param milliseconds what one document may take against one schema
 */
export function schemaRule(
  mappings: readonly SchemaMapping[],
  milliseconds = MILLISECONDS,
): Result<Rule, ScanProblem> {
  const compiled: Compiled[] = [];
  for (const mapping of mappings) {
    const one = compile(mapping, milliseconds);
    if (!one.ok) return one;
    compiled.push(one.value);
  }
  const find = (content: Content): readonly Finding[] => {
    const mapped = compiled.filter(({ matches }) => matches(content.path));
    if (mapped.length === 0) return [];
    const issues =
      content.whole && content.bytes.length <= MAX_MAPPED_BYTES
        ? issuesOf(content, mapped)
        : tooLarge(content);
    return issues.map((issue) =>
      findingOf(content, issue, mappedIssueText(issue), {
        rule: "schema",
        kind: "document of a user's schema",
        certainty: "certain",
      }),
    );
  };
  const role = (path: string) => {
    const mapped = compiled.flatMap(({ matches }, at) => (matches(path) ? [at] : []));
    return mapped.length === 0 ? "" : `${mappedRole(path)} ${mapped.join(" ")}`;
  };
  const folderRole = (path: string) =>
    [baseName(path) === ".vscode", ...compiled.map(({ progress }) => progress(path))].join(" ");
  return ok({ id: "schema", ofDocuments: true, role, folderRole, find });
}

type BrokenCode =
  | "schema_not_object"
  | "schema_draft_unknown"
  | "schema_async"
  | "schema_reference"
  | "schema_keyword";

function compile(
  { glob, schemaPath, schema }: SchemaMapping,
  milliseconds: number,
): Result<Compiled, ScanProblem> {
  const broken = (code: BrokenCode) => refused({ code, schema: schemaPath });
  if (typeof schema === "boolean")
    return compile({ glob, schemaPath, schema: schema ? {} : { not: {} } }, milliseconds);
  if (!isObject(schema)) return broken("schema_not_object");
  const { $schema = "https://json-schema.org/draft/2020-12/schema" } = schema as { $schema?: unknown };
  const draft = String($schema)
    .replace(/^https?:\/\//, "")
    .replace(/#$/, "");
  if (!Object.hasOwn(DRAFTS, draft)) return broken("schema_draft_unknown");
  if ("$async" in schema) return broken("schema_async");
  try {
    const checker = checkerOf(draft as Draft);
    if (!checker.validateSchema(schema)) {
      const pointer = printablePointer(pointerSteps(checker.errors?.[0]?.instancePath ?? ""));
      return refused({ code: "schema_invalid", schema: schemaPath, pointer });
    }
    // Of its own: schemas may have the same `$id`.
    const ajv = new DRAFTS[draft as Draft]({ ...OPTIONS, validateSchema: false });
    return ok({
      matches: globMatcher(glob),
      progress: globProgress(glob),
      schema,
      validate: ajv.compile(schema),
      slow: false,
      milliseconds,
    });
  } catch (error) {
    return broken(error instanceof Error && "missingRef" in error ? "schema_reference" : "schema_keyword");
  }
}

function issuesOf(content: Content, mapped: readonly Compiled[]): readonly MappedIssue[] {
  const { documents, issues } = readMapped(content.path, content.bytes, MAX_MAPPED_BYTES);
  const violations = documents.flatMap(({ value, locate }) =>
    mapped.flatMap((one) =>
      violationsOf(one, value, (errors) =>
        explainBy(ANY_KEYWORDS, errors, { schema: one.schema, value, locate }),
      ),
    ),
  );
  return inOrder<MappedIssue>([...issues, ...violations]);
}

function violationsOf(
  compiled: Compiled,
  value: unknown,
  explained: (errors: readonly SchemaError[]) => readonly MappedIssue[],
): readonly MappedIssue[] {
  const { validate, milliseconds } = compiled;
  if (compiled.slow) return [tooSlow(milliseconds)];
  try {
    return withTimeLimit(milliseconds, () =>
      validate(value) ? [] : explained(withoutBranches(validate.errors ?? []) as readonly SchemaError[]),
    );
  } catch (error) {
    compiled.slow = error instanceof TimeLimitExceeded;
    if (compiled.slow) return [tooSlow(milliseconds)];
    // A schema that refers to itself without end, or a pattern that V8 gives up on.
    return [UNCHECKED];
  }
}

/** Alternatives by `$ref` lose the path by which the explanation knows the failures inside them. */
function withoutBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  return errors.filter(
    (error) =>
      !choices.some(
        ({ instancePath, schemaPath, keyword }) =>
          (error.instancePath === instancePath || error.instancePath.startsWith(`${instancePath}/`)) &&
          !error.schemaPath.startsWith(schemaPath.slice(0, -keyword.length)),
      ),
  );
}

const UNCHECKED: MappedIssue = { code: "schema_unchecked", pointer: "" };

const tooSlow = (milliseconds: number): MappedIssue => ({
  code: "schema_too_slow",
  facts: { seconds: milliseconds / 1000 },
  pointer: "",
});

const tooLarge = ({ start }: Content): readonly MappedIssue[] =>
  start.line === 1 && start.column === 1
    ? [{ code: "document_too_large", facts: { mebibytes: MAX_MAPPED_BYTES / 1_048_576 }, pointer: "" }]
    : [];
