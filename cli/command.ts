import { parseArgs } from "node:util";
import { repeatedOption } from "../action/cli/repeated-option.ts";
import { visible } from "../action/report/escape.ts";
import { wrapLines } from "../action/report/wrap-lines.ts";
import { didYouMean, nearest } from "../schemas/json/nearest.ts";
import { ok, type Result, refused } from "../schemas/result.ts";
import { withProfileRegion } from "./aws-profile.ts";
import type { Terminal } from "./terminal.ts";

/** Exit status of every command. */
export const EXIT = { ok: 0, finding: 1, usage: 2 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export interface OptionRow {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What the value is, in capitals, for the help; a `FILE` or `FOLDER` is completed as a path. */
  readonly value?: string;
  /** Every allowed value. */
  readonly choices?: readonly string[];
  readonly help: string;
}
export type OptionTable = Readonly<Record<string, OptionRow>>;

/** Options that every command has. */
const COMMON = {
  json: { type: "boolean", help: "print the result as JSON" },
  help: { type: "boolean", short: "h", help: "print this text" },
} as const satisfies OptionTable;

type Values<Options extends OptionTable> = {
  readonly [Name in keyof (Options & typeof COMMON)]?: (Options & typeof COMMON)[Name] extends {
    readonly type: "boolean";
  }
    ? boolean
    : (Options & typeof COMMON)[Name] extends { readonly multiple: true }
      ? readonly string[]
      : string;
};

/** A command line that fits the command: its options, and as many operands as it takes. */
export interface Arguments<Options extends OptionTable> {
  readonly values: Values<Options>;
  readonly operands: readonly string[];
}

export interface CommandRow<Options extends OptionTable> {
  /** Without `box-sts`: `policy check`. */
  readonly name: string;
  /** What it does, as sentences of at most 100 columns. */
  readonly description: readonly string[];
  /** Each is required, once. */
  readonly operands: readonly string[];
  readonly options: Options;
  /** Options that the command cannot do without. */
  readonly required?: readonly (keyof Options & string)[];
  readonly examples: readonly string[];
  /** What each status means; without 1 for a command that has no finding. */
  readonly exits: Readonly<Record<0 | 2, string>> & { readonly 1?: string };
  /** A refusal is a sentence about the use of the command; it is printed, and the status is 2. */
  run(given: Arguments<Options>, terminal: Terminal): Promise<Result<ExitStatus, string>>;
}

/** A command of any options. */
export interface Command {
  readonly help: string;
  /** Its options and those that every command has. */
  readonly options: OptionTable;
  readonly operands: readonly string[];
  run(args: readonly string[], terminal: Terminal): Promise<ExitStatus>;
}

/** Makes a command of its table: parses its options, prints its help, and prints what is wrong with its use. */
export function command<const Options extends OptionTable>(row: CommandRow<Options>): Command {
  const table: OptionTable = { ...row.options, ...COMMON };
  const help = helpOf(row, table);
  return {
    help,
    options: table,
    operands: row.operands,
    async run(args, terminal) {
      const given = parse(row, table, args);
      if (given.ok && given.value === "help") {
        terminal.out(wrapLines(help, terminal));
        return EXIT.ok;
      }
      const done = given.ok
        ? await row.run(given.value as Arguments<Options>, terminalOf(row, terminal))
        : given;
      if (done.ok) return done.value;
      terminal.err(`box-sts ${row.name}: ${visible(done.error)}\n`);
      return EXIT.usage;
    },
  };
}

/** Without `--region`, a command that has it takes the region of the AWS profile. */
const terminalOf = <Options extends OptionTable>({ options }: CommandRow<Options>, terminal: Terminal) =>
  "region" in options ? { ...terminal, env: withProfileRegion(terminal.env) } : terminal;

type Parsed = "help" | { readonly values: Readonly<Record<string, unknown>>; readonly operands: string[] };

function parse<Options extends OptionTable>(
  { name, operands, required = [] }: CommandRow<Options>,
  table: OptionTable,
  args: readonly string[],
): Result<Parsed, string> {
  const read = strictly(table, args);
  if (!read.ok) return refused(`${read.error} See: box-sts ${name} --help`);
  const { values, positionals, tokens } = read.value;
  if (values.help === true) return ok("help");
  const twice = repeatedOption(tokens, table);
  if (twice !== undefined) return refused(twice);
  for (const [option, { choices }] of Object.entries(table)) {
    const value = values[option];
    if (value === "") return refused(`--${option} is empty; write its value, or leave it out.`);
    if (choices === undefined || typeof value !== "string" || choices.includes(value)) continue;
    return refused(`--${option} is ${value}; write one of: ${choices.join(", ")}.`);
  }
  const [extra] = positionals.slice(operands.length);
  if (extra !== undefined)
    return refused(`There is one argument too many: ${extra}. See: box-sts ${name} --help`);
  const missing = [
    ...operands.slice(positionals.length),
    ...required.filter((option) => values[option] === undefined).map((option) => `--${option}`),
  ];
  const empty = positionals.indexOf("");
  if (empty >= 0) {
    const operand = operands[empty] ?? "";
    return refused(`The argument ${operand} is empty; give ${OPERANDS[operand] ?? "it"}.`);
  }
  if (missing.length > 0) return refused(`Give ${missing.join(" and ")}. See: box-sts ${name} --help`);
  return ok({ values, operands: positionals });
}

/** What each operand of a command is. */
const OPERANDS: Readonly<Record<string, string>> = {
  FILE: "the path of a policy",
  POLICY: "the path of a policy",
  BEFORE: "the path of a policy",
  AFTER: "the path of a policy",
  TESTS: "the path of a file of tests",
  SHELL: "the name of a shell",
};

function strictly(table: OptionTable, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short !== undefined && { short }) },
    ]),
  );
  try {
    return ok(parseArgs({ args: [...args], options, allowPositionals: true, strict: true, tokens: true }));
  } catch (error) {
    // Node's first sentence names the option; what follows it is about positional arguments.
    const [sentence = ""] = (error as Error).message.split(/\. |\n/);
    const unknown = /^Unknown option '--([^'=]+)'/.exec(sentence)?.[1];
    const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(table));
    return refused(
      `${sentence.replace(/\.?$/, ".")}${meant === undefined ? "" : ` Did you mean --${meant}?`}`,
    );
  }
}

/** Of a help text, also where a program reads it. */
const MAX_COLUMNS = 110;

function helpOf<Options extends OptionTable>(
  { name, description, operands, required = [], examples, exits }: CommandRow<Options>,
  table: OptionTable,
): string {
  const forms = Object.entries(table).map(([option, { short, value }]) => {
    const long = value === undefined ? `--${option}` : `--${option} ${value}`;
    return short === undefined ? long : `-${short}, ${long}`;
  });
  const width = Math.max(...forms.map((form) => form.length));
  const options = Object.values(table).flatMap(({ help }, at) => {
    const [first = "", ...more] = help.split("\n");
    const indent = " ".repeat(width + 4);
    return [`  ${forms[at]?.padEnd(width)}  ${first}`, ...more.map((line) => `${indent}${line}`)];
  });
  const needed = required.map((option) => ` --${option} ${table[option]?.value ?? ""}`.trimEnd());
  const usage = `Usage: box-sts ${[name, ...operands].join(" ")}${needed.join("")} [options]`;
  const statuses = Object.entries(exits).map(([status, meaning]) => `${status} ${meaning}`);
  const exitLine = `Exit status: ${statuses.join(", ")}.`;
  const lines = [
    usage,
    "",
    ...description,
    "",
    ...options,
    "",
    ...(examples.length === 0 ? [] : ["Examples:", ...examples.map((line) => `  ${line}`), ""]),
    exitLine.length <= MAX_COLUMNS ? exitLine : exitLine.replaceAll(/, (?=\d )/g, `,\n${" ".repeat(13)}`),
    "",
  ];
  return wrapLines(lines.join("\n"), { columns: MAX_COLUMNS });
}

/** What is said of a command that does not exist. */
export const unknownCommand = (given: string, names: readonly string[], path: string): string =>
  `There is no command ${visible(given)}.${didYouMean(given, names)} See: ${path} --help`;
