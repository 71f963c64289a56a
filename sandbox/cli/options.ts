import { parseArgs } from "node:util";
import { nearest } from "../../schemas/json/nearest.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { faultLines, type NamedFault, parseFault } from "../fault-text.ts";

export interface CliOptions {
  readonly help: boolean;
  readonly json: boolean;
  /** First of eight ports; 0 picks free ones. */
  readonly port: number;
  /** Whether an OAuth 2.0 app is served, whose users connect, in the place of the sample's app. */
  readonly oauth: boolean;
  /** Whether environments share their tokens in a table. */
  readonly sharedCache: boolean;
  readonly config?: string;
  readonly policy?: string;
  /** File for the variables that the README's snippets need. */
  readonly env?: string;
  /** In force from the start. */
  readonly faults: readonly NamedFault[];
}

const DEFAULT_PORT = 8_700;
const LAST_FIRST_PORT = 65_528;

export const HELP = `npm start -- [options]

Serves Box tokens on this machine: the built token functions, with a Box, a Secrets Manager, a DynamoDB and
a Lambda of the sandbox around them. Nothing listens beyond 127.0.0.1.

  --port N       token function at N, Lambda's Invoke API at N+1, Box at N+2, Secrets Manager at N+3,
                 Box over TLS at N+4, control at N+5, DynamoDB at N+6, the authorize function at N+7
                 (default ${DEFAULT_PORT}; 0 picks free ports)
  --json         print one JSON line on the standard output when ready; the log goes to the standard error.
                 Without npm's own lines, for jq: npm start --silent -- --json
  --env FILE     write the variables of the README's snippets and the examples into FILE (mode 0600): ". ./FILE"
                 in a shell, or node --env-file=FILE; the file is removed at the end
  --config FILE  serve real Box tokens with the config.json that the Box Developer Console gave you
  --policy FILE  decide by this policy in the place of the sample (schemas/policy.schema.json), and serve the
                 callers, aliases, roles and apps that its statements name
  --oauth        serve an OAuth 2.0 app in the place of the sample's: prints a link with which one of the sandbox's
                 users connects, and a command that gets that user's token
  --no-shared-cache
                 each environment of the functions has a cache of its own: without the DynamoDB table, and without
                 revocation
  --fault NAME   let something go wrong from the start, as --fault rate-limited:2,times=3; may be repeated
  --help         this text

Faults:
${faultLines()
  .map((line) => `  ${line}`)
  .join("\n")}

Faults at run time, with CONTROL_URL and CONTROL_TOKEN as printed at the start:
  curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" -d fault=slow:2000 -d times=3 "$CONTROL_URL"
  curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" "$CONTROL_URL"             what is in force
  curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" -X DELETE "$CONTROL_URL"   ends all
times is how many requests are affected (default: all), after how many pass before; on is the operation:
token, token/jwt-bearer, token/token-exchange, token/refresh_token, revoke, authorize, api, api/users; GetSecretValue;
dynamodb.get, dynamodb.put, dynamodb.scan; function-url, invoke-api.
`;

const OPTIONS = {
  help: { type: "boolean", short: "h", default: false },
  json: { type: "boolean", default: false },
  port: { type: "string", default: String(DEFAULT_PORT) },
  config: { type: "string" },
  policy: { type: "string" },
  env: { type: "string" },
  oauth: { type: "boolean", default: false },
  "no-shared-cache": { type: "boolean", default: false },
  fault: { type: "string", multiple: true, default: [] as string[] },
} as const;

/** Reads the command line. A refusal is one sentence that states what is allowed. */
export function parseOptions(argv: readonly string[]): Result<CliOptions, string> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: OPTIONS,
    });
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
    if (!(port <= LAST_FIRST_PORT)) return refused(`--port takes a number from 0 to ${LAST_FIRST_PORT}.`);
    const { fault: texts, "no-shared-cache": isUnshared, ...others } = values;
    const excluded = (["config", "policy", "no-shared-cache"] as const).find((name) => values[name]);
    if (values.oauth && excluded !== undefined) {
      return refused(`--oauth serves the sandbox's own app, policy and table; leave --${excluded} out.`);
    }
    const faults: NamedFault[] = [];
    for (const text of texts) {
      const fault = parseFault(text);
      if (!fault.ok) return fault;
      const useless = uselessFault(text, fault.value, values.config !== undefined, isUnshared);
      if (useless !== undefined) return refused(useless);
      faults.push(fault.value);
    }
    return ok({ ...others, sharedCache: !isUnshared, port, faults });
  } catch (error) {
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    const given = /^Unknown option '--([^']+)'/.exec(sentence)?.[1];
    const meant = given === undefined ? undefined : nearest(given, Object.keys(OPTIONS));
    const question = meant === undefined ? "" : ` Did you mean --${meant}?`;
    return refused(`${sentence.replace(/\.?$/, ".")}${question} npm start -- --help lists the options.`);
  }
}

/** Why a fault would affect nothing. */
function uselessFault(
  text: string,
  { place }: NamedFault,
  isRealBox: boolean,
  isUnshared: boolean,
): string | undefined {
  if (place === "box" && isRealBox) {
    return `The fault ${text} affects the sandbox's Box; with --config there is the real one.`;
  }
  if (place === "dynamodb" && isUnshared) {
    return `The fault ${text} affects the table of the shared cache; --no-shared-cache leaves it out.`;
  }
  return undefined;
}
