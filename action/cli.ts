#!/usr/bin/env node
import { main } from "./cli/run.ts";
import { watchOutput } from "./output.ts";
import { defectSentence } from "./scan/defect.ts";

const statusOf = watchOutput("box-config-lint");
try {
  process.exitCode = statusOf(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`box-config-lint: ${defectSentence(error)}\n`);
  process.exitCode = 2;
}
