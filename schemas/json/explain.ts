import type { Issue } from "./issue.ts";
import { type JsonDocument, jsonPointer, MAX_ISSUES, printablePointer } from "./parse.ts";
import { type SchemaNode, SENTENCES, type Sentence } from "./schema-sentences.ts";

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

/** A mistake that is frequent enough for its own advice: a string that fits `looksLike` in the property. */
export interface Hint {
  /** Name of the property, or of the array that holds the string. */
  readonly member: string;
  readonly looksLike: RegExp;
  readonly message: string;
  readonly fix: string;
}

interface Explained {
  readonly schema: SchemaNode;
  readonly value: unknown;
  /** By keyword; those of our own schemas if absent. */
  readonly sentences?: Readonly<Record<string, Sentence>>;
  readonly locate: JsonDocument["locate"];
  readonly hints?: readonly Hint[];
  /** Pointers of properties that are missing only because of a misspelt name, which another issue reports. */
  readonly misspelt?: ReadonlySet<string>;
}

/** For a keyword without a row; a test keeps our schemas from needing it. */
const UNFORESEEN: Sentence = { wrong: () => "The value is not allowed" };

/**
 * The violations as issues in the order of the document, at most `MAX_ISSUES`: what is wrong, what the
 * schema's description allows, what to do. No value of the document is in them.
 */
export function explain(errors: readonly SchemaError[], explained: Explained): Issue[] {
  const telling = withoutEchoes(withoutMet(errors, explained.misspelt ?? new Set()));
  const issues = inOrder(
    withoutMisspelt(telling.slice(0, MAX_ISSUES).map((error) => issueOf(error, explained))),
  );
  if (telling.length > MAX_ISSUES) {
    const message = `There are ${telling.length - MAX_ISSUES} more issues.`;
    const { line, column } = issues.at(-1) ?? {};
    const place = line === undefined || column === undefined ? {} : { line, column };
    issues.push({ ...place, pointer: "", message, fix: "Correct these first." });
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

/** In the order of the document. */
export const inOrder = (issues: readonly Issue[]): Issue[] =>
  issues.toSorted((one, two) => (one.line ?? 0) - (two.line ?? 0) || (one.column ?? 0) - (two.column ?? 0));

/**
 * One error for one mistake: a failed branch adds nothing to the keyword above it, and a value of the wrong type fails everything else as well.
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

function issueOf(error: SchemaError, explained: Explained): Issue {
  const { schema, value, locate, hints = [], sentences = SENTENCES } = explained;
  const { keyword, params } = error;
  const sentence = sentences[keyword] ?? UNFORESEEN;
  const steps = error.parentSchema ? [] : stepsOf(decodeURIComponent(error.schemaPath.slice(1))).slice(0, -1);
  const root = error.parentSchema ?? schema;
  const node = nodeAt(root, steps);
  const path = stepsOf(error.instancePath);
  const given = path.reduce(memberOf, value);
  const below = sentence.below?.(params);
  const full = below === undefined ? path : [...path, below];
  const place = {
    pointer: printablePointer(full),
    ...locate(jsonPointer(full), keyword === "additionalProperties" ? "name" : "value"),
  };
  const member = path.findLast((step) => !/^\d+$/.test(step));
  const hint = hints.find(
    (row) => row.member === member && typeof given === "string" && row.looksLike.test(given),
  );
  if (hint !== undefined) return { ...place, message: hint.message, fix: hint.fix };

  const subject = described(
    root,
    keyword === "required" ? [...steps, "properties", String(params.missingProperty)] : steps,
  );
  const violation = { params, node, given };
  const wrong = sentence.wrong(violation);
  const examples = subject.examples?.map((example) => JSON.stringify(example)).join(" or ");
  const likeThis = examples === undefined ? undefined : `Write it like ${examples}.`;
  const expected = subject.description === undefined ? "." : `; expected: ${subject.description}`;
  const property = sentence.property?.(violation);
  return {
    ...place,
    ...(property !== undefined && { property }),
    message: sentence.complete ? wrong : wrong + expected,
    fix: sentence.fix?.(violation) ?? likeThis ?? sentence.otherwise ?? "Correct it.",
  };
}

/** Pointers of the properties that misspelt ones were meant to be. */
export const misspeltIn = (issues: readonly Issue[]): ReadonlySet<string> =>
  new Set(
    issues.flatMap(({ pointer, property }) =>
      property?.is === "misspelt" ? [`${pointer.slice(0, pointer.lastIndexOf("/"))}/${property.meant}`] : [],
    ),
  );

/** Without the missing properties of which a misspelt form is reported: one mistake, one issue. */
export function withoutMisspelt(issues: readonly Issue[]): Issue[] {
  const suggested = misspeltIn(issues);
  return issues.filter(({ pointer, property }) => !(property?.is === "missing" && suggested.has(pointer)));
}

const stepsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const memberOf = (value: unknown, step: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, step)
    ? (value as Record<string, unknown>)[step]
    : undefined;

const nodeAt = (schema: SchemaNode, steps: readonly string[]) =>
  (steps.reduce(memberOf, schema) ?? {}) as SchemaNode;

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
