import { FORMATS, OPTIONS } from "../action/cli/options.ts";
import { main } from "../action/cli/run.ts";
import { defectSentence } from "../action/scan/defect.ts";
import { EXIT } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/**
 * `box-sts lint` is `box-config-lint`: the same arguments, output and exit status. `--json`, which every command of
 * `box-sts` has, is its `--format json`.
 */
export const lint = {
  options: {
    ...OPTIONS,
    format: { type: "string", choices: FORMATS },
    "fail-on": { type: "string", choices: ["partial", "certain", "never"] },
    config: { type: "string", value: "FILE" },
    json: { type: "boolean" },
  } as const,
  operands: ["PATH"],
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const end = args.indexOf("--");
    const options = end === -1 ? args : args.slice(0, end);
    const written = options.map((option) => (option === "--json" ? "--format=json" : option));
    try {
      return await main([...written, ...args.slice(options.length)]);
    } catch (error) {
      terminal.err(`box-config-lint: ${defectSentence(error)}\n`);
      return EXIT.usage;
    }
  },
};
