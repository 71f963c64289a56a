import { readFileSync } from "node:fs";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { parseDeployConfig } from "../schemas/deploy.ts";
import { formatIssue } from "../schemas/issue.ts";
import { acknowledge } from "./acknowledgements.ts";
import { BoxTokenStack } from "./stack.ts";
import { SynthError } from "./synth-error.ts";

/** `npx cdk deploy -c config=deploy.json` */
function main(): void {
  const app = new App();
  const path: unknown = app.node.tryGetContext("config");
  if (typeof path !== "string") {
    throw new SynthError(
      "Say what to deploy: -c config=deploy.json (docs/deploy.md; examples/deploy has one).",
    );
  }
  const stack = new BoxTokenStack(app, path, readDeployConfig(path));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledge(stack);
  app.synth();
}

function readDeployConfig(path: string) {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new SynthError(`${path} cannot be read; -c config=… takes the path of a deploy.json.`);
  }
  const parsed = parseDeployConfig(text);
  if (parsed.ok) return parsed.value;
  throw new SynthError(parsed.error.map((issue) => `${path} ${formatIssue(issue)}`).join("\n"));
}

try {
  main();
} catch (error) {
  if (!(error instanceof SynthError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
