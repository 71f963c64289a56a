/**
 * Ends `synth` with one sentence that names the property and the remedy. It has no stack, because its reader deploys.
 * @example
 * ```ts
 * import { App } from "aws-cdk-lib";
 * import { BoxTokenStack, SynthError } from "box-sts/infra";
 *
 * try {
 *   BoxTokenStack.fromFile(new App(), "deploy.json");
 * } catch (error) {
 *   if (!(error instanceof SynthError)) throw error;
 *   console.error(error.message);
 *   process.exitCode = 1;
 * }
 * ```
 */
export class SynthError extends Error {
  override readonly name = "SynthError";

  constructor(sentence: string) {
    super(sentence);
    this.stack = "";
  }
}
