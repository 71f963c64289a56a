import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { acknowledge } from "./acknowledgements.ts";
import { reportedErrors } from "./report-errors.ts";
import { BoxTokenStack } from "./stack.ts";
import { SynthError } from "./synth-error.ts";

/** `cdk deploy -c config=deploy.json`, or `npm run synth` */
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
  const errors = reportedErrors(app);
  if (errors.length > 0) throw new SynthError(errors.join("\n"));
}

try {
  main();
} catch (error) {
  // Anything else is a defect of ours, which keeps its stack.
  if (!(error instanceof SynthError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
