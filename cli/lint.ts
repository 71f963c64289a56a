import { FORMATS, OPTIONS } from "../action/cli/options.ts";
import { main } from "../action/cli/run.ts";
import { defectSentence } from "../action/scan/defect.ts";
import { EXIT } from "./command.ts";
import type { Terminal } from "./terminal.ts";

const NAME = "box-sts lint";

const CONTRADICTION =
  "--json and --format contradict each other: --json means --format json. Leave one of them out.";

/** The value of the first `--format`; undefined where there is none. */
function formatOf(options: readonly string[]): string | undefined {
  const at = options.findIndex((option) => /^--format(?:=|$)/.test(option));
  return at === -1 ? undefined : (/=(.*)/s.exec(options[at] ?? "")?.[1] ?? options[at + 1] ?? "");
}

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
    const format = formatOf(options);
    if (options.includes("--json") && format !== undefined && format !== "json") {
      terminal.err(`${NAME}: ${CONTRADICTION}\n`);
      return EXIT.usage;
    }
    // Once: an option that is repeated is refused.
    const asJson = format === undefined ? ["--format=json"] : [];
    const first = options.indexOf("--json");
    const written = options.flatMap((option, at) =>
      option !== "--json" ? [option] : at === first ? asJson : [],
    );
    try {
      return await main([...written, ...args.slice(options.length)], NAME);
    } catch (error) {
      terminal.err(`${NAME}: ${defectSentence(error)}\n`);
      return EXIT.usage;
    }
  },
};
