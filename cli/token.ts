import { ok, refused } from "../schemas/result.ts";
import { command, EXIT } from "./command.ts";
import { whileWaiting } from "./progress.ts";
import { printRefusal } from "./refusal.ts";
import { SOURCE_OPTIONS, tokenSource } from "./token/target.ts";
import type { PrintedToken } from "./token/tokens.ts";

/** What is printed of a token; a shell reads the first two. */
const FORMATS = {
  env: ({ access_token }) => `export BOX_ACCESS_TOKEN='${access_token.replaceAll("'", "'\\''")}'`,
  header: ({ access_token }) => `Authorization: Bearer ${access_token}`,
  json: (token) => JSON.stringify(token),
} satisfies Readonly<Record<string, (token: PrintedToken) => string>>;
type Format = keyof typeof FORMATS;

export const token = command({
  name: "token",
  description: [
    "Gets a Box token for this shell: from the deployed token function, with your AWS credentials (the variables,",
    "the AWS SDK's chain if it is installed, or the profile of the AWS CLI); or from Box, with a config file.",
  ],
  operands: [],
  options: {
    ...SOURCE_OPTIONS,
    format: {
      type: "string",
      value: "FORMAT",
      choices: Object.keys(FORMATS),
      help: "env (default), header or json",
    },
  },
  examples: [
    'eval "$(box-sts token --function token-invoke --alias me)"',
    'curl -H "$(box-sts token --config config.json --format header)" https://api.box.com/2.0/users/me',
  ],
  exits: {
    0: "a token was printed",
    1: "refused, or not reached",
    2: "wrong use, or a file that is not valid",
  },
  async run({ values }, terminal) {
    const name = (values.json ? "json" : (values.format ?? "env")) as Format;
    const source = tokenSource(values);
    if (!source.ok) return source;
    const { kind } = source.value;
    const requested =
      kind === "config"
        ? (await import("./token/local.ts")).tokenOfConfig(
            source.value.path,
            source.value.parameters,
            terminal.env,
          )
        : (await import("./token/tokens.ts")).tokenOfDeployment(source.value.options, terminal.env);
    const result = await whileWaiting(terminal, "Requesting a token", requested);
    if (result.ok) {
      terminal.out(`${FORMATS[name](result.value)}\n`);
      if (terminal.isOutTty) terminal.err(ON_A_TERMINAL);
      return ok(EXIT.ok);
    }
    const { isMisuse, ...problem } = result.error;
    if (isMisuse) return refused(problem.message);
    return printRefusal("token", problem, name === "json", terminal);
  },
});

const ON_A_TERMINAL =
  'box-sts token: The token is on your screen and in the terminal\'s history. Let a program read it instead: "$(box-sts token …)".\n';
