#!/usr/bin/env node
import { completeNode20 } from "../sandbox/node-20.ts";
import { EXIT } from "./command.ts";
import { run } from "./run.ts";
import { systemTerminal } from "./terminal.ts";

// A reader that goes away, as `head` does, is no failure of the command.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

completeNode20();
try {
  process.exitCode = await run(process.argv.slice(2), systemTerminal());
} catch (error) {
  const name = error instanceof Error ? error.name : "an unknown value";
  process.stderr.write(
    `box-sts: This is a defect of box-sts (${name}); please report it with the command that you ran.\n`,
  );
  process.exitCode = EXIT.usage;
}
