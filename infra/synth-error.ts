/** Ends `synth` with one sentence that names the member and the remedy; has no stack, because the reader deploys. */
export class SynthError extends Error {
  override readonly name = "SynthError";

  constructor(sentence: string) {
    super(sentence);
    this.stack = "";
  }
}
