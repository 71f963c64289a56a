import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/**
 * `node tools/synth.ts -c config=FILE [--output FOLDER]`: what `cdk synth --quiet` does, with the settings of
 * `cdk.json`, without the CDK's command line. Ends with the app's exit code, which is not 0 where cdk-nag finds
 * something.
 */
const { values } = parseArgs({
  options: {
    context: { type: "string", short: "c", multiple: true, default: [] },
    output: { type: "string", default: "cdk.out" },
  },
});
const { app, context } = JSON.parse(readFileSync("cdk.json", "utf8"));
const given = values.context.map((pair) => [
  pair.slice(0, pair.indexOf("=")),
  pair.slice(pair.indexOf("=") + 1),
]);

const { status } = spawnSync(app, {
  shell: true,
  stdio: "inherit",
  env: {
    ...process.env,
    CDK_OUTDIR: values.output,
    // A process that something started: it reports what cdk-nag finds, and throws nothing.
    CDK_APP_MODE: "process",
    CDK_CONTEXT_JSON: JSON.stringify({
      ...context,
      "aws:cdk:enable-asset-metadata": true,
      ...Object.fromEntries(given),
    }),
  },
});
process.exitCode = status ?? 1;
