/** The CDK announces every bundle on the standard error, of which a run of the tests has hundreds. */
const { stderr } = process;
const write = stderr.write.bind(stderr) as typeof stderr.write;
stderr.write = ((text: string | Uint8Array, ...rest: []) =>
  String(text).startsWith("Bundling asset ") || write(text, ...rest)) as typeof stderr.write;

// The CDK's own rules cost a second for each process and 0.1 s for each synth, and here their findings would only be
// printed. `synth.ts` starts processes of their own, where they count.
process.env.CDK_VALIDATION = "false";

// A tenth of a synth writes down where each construct was made.
process.env.CDK_CONTEXT_JSON = JSON.stringify({ "aws:cdk:disable-creation-stack-traces": true });
