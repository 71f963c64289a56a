import { ok, refused } from "../schemas/result.ts";
import { command, EXIT } from "./command.ts";
import { printRefusal } from "./refusal.ts";
import { tokenSource } from "./token/target.ts";
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
    url: { type: "string", value: "URL", help: "the Function URL of the deployment" },
    function: { type: "string", value: "NAME", help: "the function to invoke, by name or ARN, with --alias" },
    alias: { type: "string", value: "NAME", help: "the alias that the deployment grants you" },
    config: {
      type: "string",
      value: "FILE",
      help: "a config.json of the Box Developer Console; calls Box itself",
    },
    region: {
      type: "string",
      value: "REGION",
      help: "of the function; default: as its URL or ARN, else AWS_REGION",
    },
    app: { type: "string", value: "NAME", help: "the configured Box app; default: the only one" },
    subject: { type: "string", value: "WHO", help: "enterprise (default), enterprise:ID or user:ID" },
    scope: { type: "string", value: "SCOPES", help: 'Box scopes, as "item_download base_preview"' },
    resource: { type: "string", value: "URL", help: "https://api.box.com/2.0/folders/ID or …/files/ID" },
    "min-ttl": {
      type: "string",
      value: "SECONDS",
      help: "life that the token still has, 0 to 1500; default: 60",
    },
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
    const result =
      kind === "config"
        ? await (await import("./token/local.ts")).tokenOfConfig(
            source.value.path,
            source.value.parameters,
            terminal.env,
          )
        : await (await import("./token/tokens.ts")).tokenOfDeployment(source.value.options, terminal.env);
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
