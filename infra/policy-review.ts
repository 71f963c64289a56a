import { Stack } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import type { Policy, Statement } from "../schemas/policy/parse.ts";

/** Writes the policy into the metadata of the service's template. */
export function addReviewLines(service: IConstruct, policy: Policy): void {
  for (const [statement, line] of Object.entries(reviewLines(policy))) {
    Stack.of(service).addMetadata(`box-sts policy of ${service.node.path}, statement ${statement}`, line);
  }
}

/**
 * The policy as lines for the metadata of a template, one for each statement, so that `cdk diff` and `cdk deploy` show
 * who gains and who loses what; in the functions' asset a change would be another hash. Equal rights give equal
 * lines, in whatever order and layout the document has them.
 */
function reviewLines({ statements }: Policy): Readonly<Record<string, string>> {
  return Object.fromEntries(statements.map((statement) => [statement.id, lineOf(statement)]));
}

/** First the caller, the app and the subject, then every other property that is present. */
function lineOf({ id: _, caller, app, subjects, ...rights }: Statement): string {
  const others = Object.entries(rights).toSorted(([one], [two]) => (one < two ? -1 : 1));
  return [["caller", caller], ["app", app], ["subjects", subjects], ...others]
    .map(([name, value]) => (value === true ? name : `${name} ${textOf(value)}`))
    .join("; ");
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).toSorted().join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${textOf(inner)}`)
    .toSorted()
    .join(" ");
}
