import { readFileSync } from "node:fs";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { parseDeployConfig } from "../schemas/deploy.ts";
import { formatIssue } from "../schemas/issue.ts";
import { acknowledge } from "./acknowledgements.ts";
import { BoxTokenStack } from "./stack.ts";
import { SynthError } from "./synth-error.ts";

/** `cdk deploy -c config=deploy.json`, or `npm run synth` */
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

/** The sentences of an error that the deployer can repair; `undefined` for a defect of ours, which keeps its stack. */
function sentencesOf(error: unknown): string | undefined {
  if (error instanceof SynthError) return error.message;
  // CDK's error for everything that `addValidation` found: a heading, then a line per sentence with its construct.
  const [heading, ...lines] = error instanceof Error ? error.message.split("\n") : [];
  if (heading !== "Validation failed with the following errors:") return undefined;
  return lines.map((line) => line.replace(/^\s*\[[^\]]*\] /, "")).join("\n");
}

try {
  main();
} catch (error) {
  const sentences = sentencesOf(error);
  if (sentences === undefined) throw error;
  process.stderr.write(`${sentences}\n`);
  // At once: before an ordinary end, CDK would synthesise what is half made, and report what follows from that.
  process.exit(1);
}
