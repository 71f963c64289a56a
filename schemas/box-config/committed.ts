import schema from "../box-config-committed.schema.json" with { type: "json" };
import validate from "../generated/box-config-committed.js";
import { explain, misspeltIn, withoutMisspelt } from "../json/explain.ts";
import { type Issue, inOrder } from "../json/issue.ts";
import type { JsonDocument } from "../json/parse.ts";
import { valueAt } from "../json/pointer.ts";
import type { Position } from "../json/position.ts";
import { SECRET_PROPERTIES, type SecretProperty } from "./committed-schema.ts";
import { type KindProperties, kindIssues } from "./kind.ts";
import { CONFIG_HINTS } from "./parse.ts";
import { isPlaceholder } from "./placeholders.ts";
import { unknownProperties } from "./unknown-properties.ts";

/** A secret property with a value of its own where only a placeholder may be. */
export interface OpenSecret {
  readonly pointer: SecretProperty;
  readonly position: Position;
  /** For inspection, never for output. */
  readonly value: string;
}

interface CheckedCommit {
  /** Everything but the open secrets, in the order of the document. */
  readonly issues: readonly Issue[];
  readonly open: readonly OpenSecret[];
}

/**
 * Everything that forbids committing a Box config: violations of `box-config-committed.schema.json`, unknown
 * properties, properties of several kinds of apps, and secrets in plain text. Nothing is repaired.
 */
export function checkCommittedConfig({ value, locate }: JsonDocument): CheckedCommit {
  const violations = validate(value) ? [] : (validate.errors ?? []);
  const isOpen = new Set(
    violations.filter(({ keyword }) => keyword === "pattern").map(({ instancePath }) => instancePath),
  );
  const open = (Object.keys(SECRET_PROPERTIES) as SecretProperty[])
    .filter((pointer) => isOpen.has(pointer))
    .map((pointer) => ({ pointer, value: String(valueAt(value, pointer)), position: locate(pointer) }))
    // The schema accepts no space around a placeholder; here it does no harm.
    .filter((secret) => !isPlaceholder(secret.value));
  const shape = violations.filter(
    ({ keyword, instancePath }) => keyword !== "pattern" || !Object.hasOwn(SECRET_PROPERTIES, instancePath),
  );
  const unknown = unknownProperties(schema, value, locate);
  const issues = [
    ...explain(shape, { schema, value, locate, hints: CONFIG_HINTS, misspelt: misspeltIn(unknown) }),
    ...unknown,
    // Of a value of another type it is not known what it was meant to be.
    ...(shape.length > 0 ? [] : kindIssues(value as KindProperties, locate)),
  ];
  return { issues: inOrder(withoutMisspelt(issues)), open };
}
