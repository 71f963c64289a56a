import { Annotations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { SynthError } from "./synth-error.ts";

/**
 * What the deployer can repair is not thrown: an error that a CDK app does not catch ends it with Node's frame, and hides
 * every later mistake. As annotations the CDK's command prints all of them, each with its construct, and deploys nothing.
 */
export function report(scope: IConstruct, sentences: readonly string[]): void {
  const known = new Set(reportedAt(scope));
  for (const sentence of sentences) {
    if (!known.has(sentence)) Annotations.of(scope).addError(sentence);
  }
}

/** What `make` gives; if it ends with a `SynthError`, that is reported at `scope` and `otherwise` decides. */
export function orReport<Made>(scope: IConstruct, make: () => Made, otherwise: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SynthError)) throw error;
    report(scope, error.message.split("\n"));
    return otherwise();
  }
}

/** Has what `find` finds at the end of the synth, when every grant is known, reported at `scope`. */
export function reportAtSynth(scope: IConstruct, find: () => readonly string[]): void {
  scope.node.addValidation({
    validate: () => {
      report(scope, find());
      return [];
    },
  });
}

/** Every mistake that is reported in the tree, in the order of the tree. */
export const reportedErrors = (root: IConstruct): readonly string[] =>
  root.node.findAll().flatMap(reportedAt);

const reportedAt = ({ node }: IConstruct): readonly string[] =>
  node.metadata.filter(({ type }) => type === "aws:cdk:error").map(({ data }) => String(data));
