/** Ends `synth` with one sentence that names the property and the remedy. It has no stack, because its reader deploys. */
export class SynthError extends Error {
  override readonly name = "SynthError";

  constructor(sentence: string) {
    super(sentence);
    this.stack = "";
  }
}
