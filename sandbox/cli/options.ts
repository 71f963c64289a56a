import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { repeatedOption } from "../../action/cli/repeated-option.ts";
import { nearest } from "../../schemas/json/nearest.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { type NamedFault, parseFault } from "../faults/fault-text.ts";
import { NPM_START, type StartCommand } from "./start-command.ts";

export interface CliOptions {
  readonly help: boolean;
  /** Whether Box is all that is served. */
  readonly onlyBox: boolean;
  /** Address that Box listens on; default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Whether Box's console is served where `host` is no loopback address; on one it always is. */
  readonly console: boolean;
  readonly json: boolean;
  /** First of eight ports; 0 picks free ones. */
  readonly port: number;
  /** Whether an OAuth 2.0 app is served, whose users connect, instead of the sample's app. */
  readonly oauth: boolean;
  /** Whether environments share their tokens in a table. */
  readonly sharedCache: boolean;
  readonly config?: string | undefined;
  readonly policy?: string | undefined;
  /** Folder whose files Box has from the start. */
  readonly seed?: string | undefined;
  /** File for the variables that the README's snippets need. */
  readonly env?: string | undefined;
  /** In force from the start. */
  readonly faults: readonly NamedFault[];
}

export const DEFAULT_PORT = 8_700;
const LAST_FIRST_PORT = 65_528;

/** As `parseArgs` takes them. */
export const OPTIONS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  only: { type: "string" },
  port: { type: "string" },
  host: { type: "string" },
  console: { type: "boolean" },
  config: { type: "string" },
  policy: { type: "string" },
  seed: { type: "string" },
  env: { type: "string" },
  oauth: { type: "boolean" },
  "no-shared-cache": { type: "boolean" },
  fault: { type: "string", multiple: true },
} as const;

type Name = keyof typeof OPTIONS;
type Values = Readonly<Partial<Record<Name, unknown>>>;

/** Options that leave others without effect. */
const EXCLUSIONS: readonly {
  readonly option: Name;
  readonly why: string;
  readonly excluded: readonly Name[];
}[] = [
  {
    option: "oauth",
    why: "--oauth serves the sandbox's own app, policy and table",
    excluded: ["config", "policy", "no-shared-cache"],
  },
  {
    option: "config",
    why: "--config is for the real Box, which the sandbox does not fill",
    excluded: ["seed"],
  },
  {
    option: "only",
    why: "--only box serves no token function",
    excluded: ["config", "policy", "oauth", "no-shared-cache"],
  },
];

/** Reads the command line. A refusal is one sentence that states what is allowed. */
export function parseOptions(
  argv: readonly string[],
  { text: command }: StartCommand = NPM_START,
): Result<CliOptions, string> {
  try {
    const { values, tokens } = parseArgs({ args: [...argv], options: OPTIONS, tokens: true });
    const twice = repeatedOption(tokens, OPTIONS);
    if (twice !== undefined) return refused(twice);
    // Not by `parseArgs`, whose declarations for Node 20 know of no defaults.
    const { help = false, json = false, console = false, oauth = false, ...given } = values;
    const {
      fault: texts = [],
      "no-shared-cache": isUnshared,
      only,
      port = String(DEFAULT_PORT),
      ...others
    } = given;
    const misuse = misuseOf({ ...values, port });
    if (misuse !== undefined) return refused(misuse);
    const faults: NamedFault[] = [];
    for (const text of texts) {
      const fault = parseFault(text, only === undefined ? undefined : ["box"]);
      if (!fault.ok) return fault;
      const useless = uselessFault(text, fault.value, values);
      if (useless !== undefined) return refused(useless);
      faults.push(fault.value);
    }
    const onlyBox = only !== undefined;
    return ok({
      ...others,
      help,
      json,
      console,
      oauth,
      onlyBox,
      sharedCache: !isUnshared,
      port: Number(port),
      faults,
    });
  } catch (error) {
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    const given = /^Unknown option '--([^']+)'/.exec(sentence)?.[1];
    const meant = given === undefined ? undefined : nearest(given, Object.keys(OPTIONS));
    const question = meant === undefined ? "" : ` Did you mean --${meant}?`;
    return refused(`${sentence.replace(/\.?$/, ".")}${question} ${command} --help lists the options.`);
  }
}

/** What is wrong with the options' values, or with two of them together. */
function misuseOf(values: Values & { readonly port: string }): string | undefined {
  const { port, only, host } = values;
  if (!(/^\d{1,5}$/.test(port) && Number(port) <= LAST_FIRST_PORT))
    return `--port takes a number from 0 to ${LAST_FIRST_PORT}.`;
  if (only !== undefined && only !== "box") return `--only takes box, and not ${JSON.stringify(only)}.`;
  if (host !== undefined && only === undefined)
    return "--host is for --only box: everything else listens on 127.0.0.1 alone.";
  if (values.console && host === undefined)
    return "--console is for --host: on 127.0.0.1 the console is served without it.";
  if (host !== undefined && isIP(String(host)) === 0)
    return `--host takes an IP address of this machine, such as 0.0.0.0, and not ${JSON.stringify(host)}.`;
  for (const { option, why, excluded } of EXCLUSIONS) {
    const given = values[option] && excluded.find((name) => values[name]);
    if (given) return `${why}; leave --${given} out.`;
  }
  return undefined;
}

/** Why a fault would affect nothing. */
function uselessFault(text: string, { place }: NamedFault, values: Values): string | undefined {
  if (place === "box" && values.config !== undefined) {
    return `The fault ${text} affects the sandbox's Box; with --config there is the real one.`;
  }
  if (place === "dynamodb" && values["no-shared-cache"]) {
    return `The fault ${text} affects the table of the shared cache; --no-shared-cache leaves it out.`;
  }
  if (place !== "box" && values.only !== undefined) {
    return `The fault ${text} affects ${place}; with --only box there is Box alone.`;
  }
  return undefined;
}
