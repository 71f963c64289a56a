import { wrapLines } from "../action/report/wrap-lines.ts";
import { OPTIONS } from "../sandbox/cli/options.ts";
import { runSandbox } from "../sandbox/cli/run.ts";
import { BOX_STS } from "../sandbox/cli/start-command.ts";
import type { Terminal } from "./terminal.ts";

/** `box-sts sandbox` is what `npm start` runs in a clone: the same options, files and output. */
export const sandbox = {
  options: {
    ...OPTIONS,
    only: { type: "string", choices: ["box"] },
    config: { type: "string", value: "FILE" },
    policy: { type: "string", value: "FILE" },
    env: { type: "string", value: "FILE" },
  } as const,
  run: (args: readonly string[], terminal: Terminal): Promise<number> =>
    runSandbox(args, BOX_STS, { ...terminal, out: (text) => terminal.out(wrapLines(text, terminal)) }),
};
