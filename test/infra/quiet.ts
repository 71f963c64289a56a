/** The CDK announces every bundle on the standard error, of which a run of the tests has hundreds. */
const { stderr } = process;
const write = stderr.write.bind(stderr) as typeof stderr.write;
stderr.write = ((text: string | Uint8Array, ...rest: []) =>
  String(text).startsWith("Bundling asset ") || write(text, ...rest)) as typeof stderr.write;
