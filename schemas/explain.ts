import type { Issue } from "./issue.ts";
import { type JsonDocument, jsonPointer, MAX_ISSUES, printablePointer } from "./json.ts";
import { nearest } from "./nearest.ts";

/** What a generated validator says about one violation. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A validator of `schemas/generated/`; `errors` holds those of its last call. */
export interface SchemaValidator {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** A mistake that is frequent enough for its own advice: a string that fits `looksLike` in the member. */
export interface Hint {
  /** Name of the member, or of the array that holds the string. */
  readonly member: string;
  readonly looksLike: RegExp;
  readonly message: string;
  readonly fix: string;
}

interface Explained {
  readonly schema: SchemaNode;
  readonly value: unknown;
  readonly locate: JsonDocument["locate"];
  readonly hints?: readonly Hint[];
}

/** The annotations of a schema that become text. */
type SchemaNode = { readonly description?: string; readonly examples?: readonly unknown[] } & object;

interface Violation {
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema that was violated. */
  readonly node: SchemaNode;
  /** The value that violates it: to look at, never to print. */
  readonly given: unknown;
}

interface Sentence {
  readonly wrong: (violation: Violation) => string;
  readonly fix?: (violation: Violation) => string | undefined;
  /** Where the issue belongs, below the value that violates the schema. */
  readonly below?: (params: Violation["params"]) => string | number;
}

const names = (node: SchemaNode) => Object.keys("properties" in node ? (node.properties as object) : {});
const meant = (given: unknown, allowed: readonly unknown[]) =>
  typeof given === "string" ? nearest(given, allowed.map(String)) : undefined;
const didYouMean = (name: string | undefined) => (name === undefined ? undefined : `Did you mean ${name}?`);

/** One row for each keyword that our schemas use; other keywords of a schema fall back to `other`. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  type: { wrong: ({ params }) => `The value must be of type ${params.type}` },
  required: { wrong: () => "The member is missing", below: (params) => String(params.missingProperty) },
  additionalProperties: {
    wrong: () => "There is no member of this name",
    fix: ({ params, node }) =>
      didYouMean(meant(params.additionalProperty, names(node))) ?? `Use one of: ${names(node).join(", ")}.`,
    below: (params) => String(params.additionalProperty),
  },
  dependentRequired: {
    wrong: ({ params }) => `This member needs the member ${params.missingProperty} beside it`,
    fix: ({ params }) => `Add ${params.missingProperty}, or remove this member.`,
    below: (params) => String(params.property),
  },
  uniqueItems: {
    wrong: () => "This element repeats an earlier one",
    fix: () => "Remove one of the two.",
    below: (params) => Math.max(Number(params.i), Number(params.j)),
  },
  enum: {
    wrong: () => "The value is not one of those allowed",
    fix: ({ params, given }) => {
      const allowed = params.allowedValues as readonly unknown[];
      return didYouMean(meant(given, allowed)) ?? `Use one of: ${allowed.join(", ")}.`;
    },
  },
  pattern: { wrong: () => "The value is not of the allowed form" },
  const: { wrong: () => "The value is not the allowed one" },
  minLength: { wrong: () => "The value is empty" },
  maxLength: { wrong: ({ params }) => `The value is longer than ${params.limit} characters` },
  minItems: { wrong: () => "The array is empty" },
  maxItems: { wrong: ({ params }) => `The array has more than ${params.limit} elements` },
  minProperties: { wrong: () => "The object is empty" },
  maxProperties: { wrong: ({ params }) => `The object has more than ${params.limit} member` },
};

const other: Sentence = { wrong: () => "The members do not go together" };

/**
 * The violations as issues in the order of the document, at most `MAX_ISSUES`: what is wrong, what the
 * schema's description allows, what to do. No value of the document is in them.
 */
export function explain(errors: readonly SchemaError[], explained: Explained): Issue[] {
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === "type").map((e) => e.instancePath));
  const telling = errors.filter(
    ({ keyword, instancePath, schemaPath }) =>
      // Branches that were tried and failed say nothing that the keyword above them does not say.
      !/\/(?:anyOf|oneOf)\/\d+\/|\/(?:not|if)\//.test(schemaPath) &&
      keyword !== "if" &&
      (keyword === "type" || !mistyped.has(instancePath)),
  );
  const issues = withoutMisspelt(telling.slice(0, MAX_ISSUES).map((error) => issueOf(error, explained)));
  const position = (issue: Issue) => (issue.line ?? 0) * 2 ** 32 + (issue.column ?? 0);
  issues.sort((one, two) => position(one) - position(two));
  if (telling.length > MAX_ISSUES) {
    const message = `There are ${telling.length - MAX_ISSUES} more issues.`;
    issues.push({ pointer: "", message, fix: "Correct these first." });
  }
  return issues;
}

function issueOf(error: SchemaError, { schema, value, locate, hints = [] }: Explained): Issue {
  const { keyword, params } = error;
  const sentence = SENTENCES[keyword] ?? other;
  const node = schemaAt(schema, error.schemaPath);
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

  const subject = keyword === "required" ? memberSchema(node, String(params.missingProperty)) : node;
  const violation = { params, node, given };
  const expected = keyword === "additionalProperties" ? undefined : subject.description;
  const message = `${sentence.wrong(violation)}${expected === undefined ? "." : `; expected: ${expected}`}`;
  const [example] = subject.examples ?? [];
  const likeThis = example === undefined ? "Correct it." : `Write it like ${JSON.stringify(example)}.`;
  return { ...place, message, fix: sentence.fix?.(violation) ?? likeThis };
}

/** A misspelt member is told once, where it stands, and not again as missing. */
function withoutMisspelt(issues: readonly Issue[]): Issue[] {
  const suggested = new Set(
    issues.flatMap(({ pointer, fix }) => {
      const name = /^Did you mean (\w+)\?$/.exec(fix)?.[1];
      return name === undefined ? [] : [`${pointer.slice(0, pointer.lastIndexOf("/"))}/${name}`];
    }),
  );
  return issues.filter(
    ({ pointer, message }) => !(message.startsWith("The member is missing") && suggested.has(pointer)),
  );
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

/** The schema whose keyword the path ends in. */
function schemaAt(schema: SchemaNode, schemaPath: string): SchemaNode {
  const steps = stepsOf(decodeURIComponent(schemaPath.slice(schemaPath.indexOf("#") + 1)));
  return (steps.slice(0, -1).reduce(memberOf, schema) ?? {}) as SchemaNode;
}

const memberSchema = (node: SchemaNode, name: string): SchemaNode =>
  (memberOf(memberOf(node, "properties"), name) ?? {}) as SchemaNode;
