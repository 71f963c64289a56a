#!/usr/bin/env node
import { main } from "./cli/run.ts";
import { defectSentence } from "./scan/defect.ts";

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`box-config-lint: ${defectSentence(error)}\n`);
  process.exitCode = 2;
}
