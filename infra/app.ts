import { App, Errors, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { acknowledge } from "./acknowledgements.ts";
import { mistakesIn } from "./mistakes.ts";
import { BoxTokenStack } from "./stack.ts";
import { SynthError } from "./synth-error.ts";

/** `npx cdk deploy -c config=deploy.json` */
function main(): void {
  // Otherwise CDK synthesises what is half made when the process ends, and reports what follows from that.
  const app = new App({ autoSynth: false });
  const path: unknown = app.node.tryGetContext("config");
  if (typeof path !== "string") {
    throw new SynthError(
      "Say what to deploy: -c config=deploy.json (docs/deploy.md; examples/deploy has one).",
    );
  }
  const stack = BoxTokenStack.fromFile(app, path);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledge(stack);
  app.synth();
  const mistakes = mistakesIn(app);
  if (mistakes.length > 0) throw new SynthError(mistakes.join("\n"));
}

/** The sentences of an error that the deployer can repair; `undefined` for a defect of ours, which keeps its stack. */
function sentencesOf(error: unknown): string | undefined {
  if (error instanceof SynthError) return error.message;
  // What CDK itself refuses in what the deployer wrote; `cdk --debug` shows where.
  if (Errors.isValidationError(error) && process.env.CDK_DEBUG === undefined) return error.message;
  return undefined;
}

try {
  main();
} catch (error) {
  const sentences = sentencesOf(error);
  if (sentences === undefined) throw error;
  process.stderr.write(`${sentences}\n`);
  process.exitCode = 1;
}
