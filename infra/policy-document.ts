import { readFileSync } from "node:fs";
import { Annotations } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { formatIssue } from "../schemas/json/issue.ts";
import { didYouMean } from "../schemas/json/nearest.ts";
import { type Policy, readPolicy } from "../schemas/policy/parse.ts";
import { matchesPattern } from "../schemas/policy/pattern.ts";
import { policyWarnings } from "../schemas/policy/warnings.ts";
import { orReport } from "./report-errors.ts";
import { SynthError } from "./synth-error.ts";

/** A valid policy with the text that is shipped. */
interface PolicyDocumentFile {
  readonly text: string;
  readonly policy: Policy;
  /** What is valid and probably not meant, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the policy document at a path. A mistake fails the synth, and nothing is returned; what is valid and probably not
 * meant is a warning.
 */
export function policyDocument(scope: Construct, path: string): PolicyDocumentFile | undefined {
  const document = orReport(
    scope,
    () => readPolicyDocument(path),
    () => undefined,
  );
  for (const [index, warning] of (document?.warnings ?? []).entries()) {
    Annotations.of(scope).addWarningV2(`box-sts:policy-${index}`, warning);
  }
  return document;
}

/** @throws {SynthError} with pointer, line and column of each mistake */
function readPolicyDocument(path: string): PolicyDocumentFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new SynthError(`policy: ${path} cannot be read; give the path of a policy document.`);
  }
  const read = readPolicy(text);
  if (read.ok) {
    const warnings = policyWarnings(read.value).map((issue) => `${path} ${formatIssue(issue)}`);
    return { text, policy: read.value.policy, warnings };
  }
  throw new SynthError(read.error.map((issue) => `${path} ${formatIssue(issue)}`).join("\n"));
}

/** Statements about apps that are not configured. */
export function unmatchedStatements({ statements }: Policy, apps: readonly string[]): readonly string[] {
  return statements
    .filter(({ app }) => !apps.some((name) => matchesPattern(app, name)))
    .map(
      ({ id, app }) =>
        `The policy's statement ${id} names the app "${app}", which is not configured; add it to apps, or remove the statement.${didYouMean(app, apps)}`,
    );
}
