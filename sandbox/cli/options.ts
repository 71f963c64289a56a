import { parseArgs } from "node:util";
import { ok, type Result, refused } from "../../schemas/result.ts";

export interface CliOptions {
  readonly help: boolean;
  readonly json: boolean;
  /** First of four ports; 0 picks free ones. */
  readonly port: number;
  readonly config?: string;
  readonly policy?: string;
}

const DEFAULT_PORT = 8_700;
const LAST_FIRST_PORT = 65_532;

export const HELP = `npm start -- [options]

Serves Box tokens on this machine: the built token functions, with a Box, a Secrets Manager and a Lambda
of the sandbox around them. Nothing listens beyond 127.0.0.1.

  --port N       token function at N, Lambda's Invoke API at N+1, Box at N+2, Secrets Manager at N+3
                 (default ${DEFAULT_PORT}; 0 picks four free ports)
  --json         print one JSON line on the standard output when ready; the log goes to the standard error
  --config FILE  serve real Box tokens with the config.json that the Box Developer Console gave you
  --policy FILE  decide by this policy in the place of the sample (schemas/policy.schema.json)
  --help         this text
`;

/** Reads the command line. A refusal is one sentence that tells what is allowed. */
export function parseOptions(argv: readonly string[]): Result<CliOptions, string> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: "boolean", short: "h", default: false },
        json: { type: "boolean", default: false },
        port: { type: "string", default: String(DEFAULT_PORT) },
        config: { type: "string" },
        policy: { type: "string" },
      },
    });
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
    if (!(port <= LAST_FIRST_PORT)) return refused(`--port takes a number from 0 to ${LAST_FIRST_PORT}.`);
    return ok({ ...values, port });
  } catch (error) {
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    return refused(`${sentence.replace(/\.?$/, ".")} npm start -- --help lists the options.`);
  }
}
