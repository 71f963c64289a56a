import { isObject } from "./is-object.ts";
import { type Issue, type IssueCode, type IssuePlace, inOrder, type PlainIssueCode } from "./issue.ts";
import { KEYWORDS, type Keyword, type SchemaNode } from "./keywords.ts";
import { type JsonDocument, MAX_ISSUES } from "./parse.ts";
import { jsonPointer, parentPointer, pointerSteps, printablePointer, valueAt } from "./pointer.ts";
import type { SchemaCode, SchemaFacts } from "./schema-issues.ts";

/** A generated validator's report of one violation. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema that was violated; without it, it is looked up by `schemaPath`. */
  readonly parentSchema?: object;
}

/** A validator of `schemas/generated/`; `errors` holds those of its last call. */
export interface SchemaValidator {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** A mistake that is frequent enough for a code of its own: a string that fits `looksLike` in the property. */
export interface Hint {
  /** Name of the property, or of the array that holds the string. */
  readonly property: string;
  readonly looksLike: RegExp;
  readonly code: PlainIssueCode;
}

interface Explained {
  readonly schema: SchemaNode;
  readonly value: unknown;
  readonly locate: JsonDocument["locate"];
  readonly hints?: readonly Hint[];
  /** Pointers of properties that are missing only because of a misspelt name, which another issue reports. */
  readonly misspelt?: ReadonlySet<string>;
}

/** A violation of a schema whose keywords have other codes than those of our own schemas, too. */
export type Violated<Code extends string> = IssuePlace & {
  readonly code: Code;
  readonly facts: SchemaFacts;
};

/** For a keyword without a row; a test keeps our schemas from needing it. */
const UNFORESEEN: Keyword = { code: "value_not_allowed" };

/**
 * The violations of one of our own schemas as issues in the order of the document, at most `MAX_ISSUES`. No value of the
 * document is in them.
 */
export function explain(errors: readonly SchemaError[], explained: Explained): Issue[] {
  return explainBy(KEYWORDS, errors, explained);
}

/** The same of any schema, by a table of its keywords. */
export function explainBy<Code extends string>(
  keywords: Readonly<Record<string, Keyword<Code | SchemaCode>>>,
  errors: readonly SchemaError[],
  explained: Explained,
): (Issue | Violated<Code | SchemaCode>)[] {
  const relevant = withoutEchoes(withoutMet(errors, explained.misspelt ?? new Set()));
  const issues = inOrder(
    withoutMisspelt(relevant.slice(0, MAX_ISSUES).map((error) => issueOf(error, explained, keywords))),
  );
  if (relevant.length > MAX_ISSUES) {
    const { position } = issues.at(-1) ?? {};
    const facts = { count: relevant.length - MAX_ISSUES };
    issues.push({ code: "issues_omitted", facts, pointer: "", ...(position && { position }) });
  }
  return issues;
}

/** Without alternatives that fail only because of a misspelt property. */
function withoutMet(errors: readonly SchemaError[], misspelt: ReadonlySet<string>): readonly SchemaError[] {
  if (misspelt.size === 0) return errors;
  const met = errors.filter(
    ({ keyword, instancePath, params }) =>
      keyword === "required" && misspelt.has(`${instancePath}/${params.missingProperty}`),
  );
  return errors.filter(
    ({ keyword, instancePath, schemaPath }) =>
      keyword !== "anyOf" ||
      !met.some((one) => one.instancePath === instancePath && one.schemaPath.startsWith(`${schemaPath}/`)),
  );
}

/**
 * One error for one mistake: a failed branch adds nothing to the keyword above it, and a value of the wrong type fails
 * everything else as well.
 */
function withoutEchoes(errors: readonly SchemaError[]): readonly SchemaError[] {
  const outside = errors.filter(
    ({ schemaPath }) => !/\/(?:anyOf|oneOf)\/\d+\/|\/(?:not|if)\//.test(schemaPath),
  );
  const mistyped = new Map<string, SchemaError>();
  for (const error of outside.filter(({ keyword }) => keyword === "type")) {
    const known = mistyped.get(error.instancePath);
    // The property itself is described at the shortest path; conditions below it repeat the type.
    if (known === undefined || error.schemaPath.length < known.schemaPath.length)
      mistyped.set(error.instancePath, error);
  }
  return outside.filter(
    (error) => error.keyword !== "if" && [undefined, error].includes(mistyped.get(error.instancePath)),
  );
}

const NAMES = new WeakMap<object, ReadonlySet<string>>();

/** The names of all properties that a schema describes. */
function namesIn(schema: object): ReadonlySet<string> {
  const known = NAMES.get(schema);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [keyword, inner] of Object.entries(node)) {
      if (keyword === "properties" && isObject(inner)) for (const name of Object.keys(inner)) names.add(name);
      visit(inner);
    }
  };
  visit(schema);
  NAMES.set(schema, names);
  return names;
}

function issueOf<Code extends string>(
  error: SchemaError,
  { schema, value, locate, hints = [] }: Explained,
  keywords: Readonly<Record<string, Keyword<Code | SchemaCode>>>,
): Issue | Violated<Code | SchemaCode> {
  const { keyword, params } = error;
  const row = keywords[keyword] ?? UNFORESEEN;
  const steps = error.parentSchema
    ? []
    : pointerSteps(decodeURIComponent(error.schemaPath.slice(1))).slice(0, -1);
  const root = error.parentSchema ?? schema;
  const node = nodeAt(root, steps);
  const path = pointerSteps(error.instancePath);
  const given = valueAt(value, path);
  const below = row.below?.(params);
  const full = below === undefined ? path : [...path, below];
  const place = {
    pointer: printablePointer(full, namesIn(schema)),
    position: locate(jsonPointer(full), keyword === "additionalProperties" ? "name" : "value"),
  };
  const property = path.findLast((step) => !/^\d+$/.test(step));
  const hint = hints.find(
    (one) => one.property === property && typeof given === "string" && one.looksLike.test(given),
  );
  if (hint !== undefined) return { ...place, code: hint.code };

  const violation = { params, node, given };
  const subject = described(
    root,
    keyword === "required" ? [...steps, "properties", String(params.missingProperty)] : steps,
  );
  const suggestion = row.suggestion?.(violation);
  return {
    ...place,
    code: typeof row.code === "string" ? row.code : row.code(violation),
    facts: {
      expected: subject.description,
      examples: subject.examples?.map((example) => JSON.stringify(example)),
      ...row.facts?.(violation),
    },
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** The codes of a property whose name is close to one that the schema has. */
const MISSPELT: ReadonlySet<string> = new Set([
  "property_misspelt",
  "property_not_allowed",
] satisfies readonly IssueCode[]);

type Coded = IssuePlace & { readonly code: string };

/** Pointers of the properties that misspelt ones were meant to be. */
export const misspeltIn = (issues: readonly Coded[]): ReadonlySet<string> =>
  new Set(
    issues.flatMap(({ code, pointer, suggestion }) =>
      MISSPELT.has(code) && suggestion !== undefined ? [`${parentPointer(pointer)}/${suggestion}`] : [],
    ),
  );

/** Without the missing properties of which a misspelt form is reported: one mistake, one issue. */
export function withoutMisspelt<One extends Coded>(issues: readonly One[]): One[] {
  const suggested = misspeltIn(issues);
  return issues.filter(({ code, pointer }) => !(code === "property_missing" && suggested.has(pointer)));
}

const nodeAt = (schema: SchemaNode, steps: readonly string[]) => (valueAt(schema, steps) ?? {}) as SchemaNode;

/** A condition's branch only tightens a property; its description is where the property is introduced. */
function described(schema: SchemaNode, steps: readonly string[]): SchemaNode {
  const node = nodeAt(schema, steps);
  return node.description === undefined
    ? nodeAt(
        schema,
        steps.filter((step) => step !== "else"),
      )
    : node;
}
