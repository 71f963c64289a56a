#!/usr/bin/env node
import { watchOutput } from "../action/output.ts";
import { completeNode20 } from "../sandbox/process/node-20.ts";
import { EXIT } from "./command.ts";
import { run } from "./run.ts";
import { systemTerminal } from "./terminal.ts";

const statusOf = watchOutput("box-sts");
completeNode20();
try {
  process.exitCode = statusOf(await run(process.argv.slice(2), systemTerminal()));
} catch (error) {
  const name = error instanceof Error ? error.name : "an unknown value";
  process.stderr.write(
    `box-sts: This is a defect of box-sts (${name}); please report it with the command that you ran.\n`,
  );
  process.exitCode = EXIT.usage;
}
