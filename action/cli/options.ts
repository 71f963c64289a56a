import { parseArgs } from "node:util";
import { nearest } from "../../schemas/json/nearest.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { FailOn } from "../report/report.ts";
import { isFailOn, parseFailOnSkipped } from "../scan/fail-on.ts";
import { parseHelpUrl } from "../scan/help-url.ts";
import type { FailOnSkipped } from "../scan/skipped.ts";
import { isDay, latestExpiry } from "../suppressions/days.ts";
import { repeatedOption } from "./repeated-option.ts";

/** What to scan. */
export type ScanTarget =
  | {
      readonly kind: "paths";
      readonly paths: readonly string[];
      /** Also what Git ignores inside folders. */
      readonly ignored: boolean;
      /** Globs of files and folders to leave out. */
      readonly exclude: readonly string[];
    }
  | { readonly kind: "staged"; readonly paths: readonly string[] }
  | { readonly kind: "range"; readonly from: string; readonly to: string }
  | { readonly kind: "history" };

export const FORMATS = ["human", "json", "sarif", "github"] as const;
export type Format = (typeof FORMATS)[number];

export interface Options {
  readonly target: ScanTarget;
  /** Write suppressions for what is found, instead of reporting it. */
  readonly baseline: boolean;
  readonly format: Format;
  readonly failOn: FailOn;
  readonly failOnSkipped: FailOnSkipped;
  readonly schemas: readonly string[];
  /** Where docs/rules.md is published, for SARIF. */
  readonly helpUrl: string | undefined;
  /** A file of suppressions in place of the repository's own. */
  readonly config: string | null;
  /** The commit, branch or tag whose suppressions and schemas count. */
  readonly suppressionsFrom: string | null;
  /** For `baseline`. */
  readonly reason: string | null;
  readonly expires: string | null;
}

export const HELP = `box-config-lint: validates Box configs and blocks private keys and Box secrets in every commit.

Usage: box-config-lint [PATH…|--staged [PATH…]|--range A..B|--history] [options]
       box-config-lint baseline [PATH…] [--reason TEXT] [--expires YYYY-MM-DD]

  PATH…           files and folders as they are on the disk (default: this folder), without what Git ignores there
  --staged        what the next commit would bring in, and PATHs that it would not change
  --range A..B    what the commits of B bring in that A does not have
  --history       everything that any branch or tag has ever held
  baseline        writes .box-config-lint.json, which suppresses what the history holds today, or adds what PATHs hold;
                  also takes --exclude, --no-ignore, --fail-on-skipped and --config

  --format human|json|sarif|github    default: human
  --fail-on partial|certain|never     default: partial
  --exclude GLOB                      with PATHs: leaves these files and folders out; can be repeated
  --no-ignore                         with PATHs: scans what Git ignores too
  --schemas GLOB=SCHEMA               holds these files against this JSON Schema; can be repeated
  --fail-on-skipped KINDS             content that could not be read completely and fails the run: default,
                                      true (every kind), false, or a list such as "default archive"
  --suppressions-from REF             suppressions and schemas as this commit, branch or tag has them
  --config FILE                       suppressions from this file
  --help-url URL                      where docs/rules.md is published: SARIF names it for each rule
  --help
  --version

Suppressions (.box-config-lint.json) are read from A for --range, from HEAD for --staged and --history, and from the
disk for PATHs, so that anyone who can write there can suppress a finding: name a protected branch with
--suppressions-from where that matters. Schemas are read from A for --range, otherwise from the disk.

Exit status: 0 clean, 1 findings, 2 something could not be scanned or was skipped.
`;

/**
 * The parsed command line, or the sentence that says what is wrong with it; `help` for `--help`, `version` for `--version`.
 * @param program as it was started
 */
export function parseOptions(
  args: readonly string[],
  today: string,
  program = "box-config-lint",
): Result<Options | "help" | "version", string> {
  const parsed = parse(args, program);
  if (!parsed.ok) return parsed;
  if (parsed.value.values.help) return ok("help");
  if (parsed.value.values.version) return ok("version");
  return optionsOf(parsed.value, today);
}

type Given = ReturnType<typeof parseStrictly>;

function optionsOf({ values, positionals, tokens }: Given, today: string): Result<Options, string> {
  const twice = repeatedOption(tokens, OPTIONS);
  if (twice !== undefined) return refused(twice);
  const baseline = positionals[0] === "baseline";
  const paths = baseline ? positionals.slice(1) : positionals;
  const format = values.format ?? "human";
  const failOn = values["fail-on"] ?? "partial";
  if (!isFormat(format)) return refused(`--format is "${format}"; write one of: ${FORMATS.join(", ")}.`);
  if (!isFailOn(failOn)) return refused(`--fail-on is "${failOn}"; write partial, certain or never.`);
  const failOnSkipped = parseFailOnSkipped(values["fail-on-skipped"] ?? "");
  if (!failOnSkipped.ok) return refused(`--fail-on-skipped has ${failOnSkipped.error}`);
  const helpUrl = parseHelpUrl(values["help-url"] ?? "");
  if (!helpUrl.ok) return refused(`--help-url is ${helpUrl.error}`);
  const fault =
    emptyFault(values, paths) ?? commandFault(values, baseline) ?? suppressionsFault(values, today);
  if (fault !== undefined) return refused(fault);
  const target = targetOf(values, paths, baseline);
  if (!target.ok) return target;
  return ok({
    target: target.value,
    baseline,
    format,
    failOn,
    failOnSkipped: failOnSkipped.value,
    schemas: values.schemas ?? [],
    helpUrl: helpUrl.value,
    config: values.config ?? null,
    suppressionsFrom: values["suppressions-from"] ?? null,
    reason: values.reason ?? null,
    expires: values.expires ?? null,
  });
}

/** As a variable that is not set leaves it: nothing would be scanned, or left out. */
function emptyFault({ exclude = [], schemas = [] }: Given["values"], paths: readonly string[]) {
  const isEmpty = (text: string) => text.trim() === "";
  if (paths.includes("")) return "A path is empty; name a file or folder, or leave it out.";
  if (exclude.some(isEmpty)) return "--exclude is empty; write a glob, or leave it out.";
  return schemas.some(isEmpty) ? "--schemas is empty; write GLOB=SCHEMA, or leave it out." : undefined;
}

const OF_BASELINE = ["reason", "expires"] as const;
/** `baseline` has a target of its own and prints no report; schemas and other commits decide over reports alone. */
const NOT_OF_BASELINE = [
  "staged",
  "range",
  "history",
  "format",
  "fail-on",
  "schemas",
  "suppressions-from",
  "help-url",
] as const;

/** An option that would count for nothing. */
function commandFault(values: Given["values"], baseline: boolean): string | undefined {
  const idle = (baseline ? NOT_OF_BASELINE : OF_BASELINE).find((name) => values[name] !== undefined);
  if (idle === undefined) return undefined;
  return baseline
    ? `--${idle} is not for baseline, which takes the whole history or the paths that you name; remove it.`
    : `--${idle} is for baseline; remove it, or write: box-config-lint baseline`;
}

function suppressionsFault(values: Given["values"], today: string): string | undefined {
  const { expires, reason, config, "suppressions-from": from } = values;
  if (reason?.trim() === "") return "--reason is empty; write why the findings may stay, or leave it out.";
  if (config !== undefined && from !== undefined) return "Name one of: --config, --suppressions-from.";
  if (expires === undefined) return undefined;
  const latest = latestExpiry(today);
  if (!isDay(expires)) return `--expires is "${expires}"; write a day as YYYY-MM-DD.`;
  if (expires < today) return `--expires is "${expires}", which is past; write ${today} or a later day.`;
  return expires > latest
    ? `--expires is "${expires}", more than a year away; write ${latest} or a day before it.`
    : undefined;
}

const isFormat = (text: string): text is Format => FORMATS.some((format) => format === text);

/** As `parseArgs` takes them. */
export const OPTIONS = {
  staged: { type: "boolean" },
  history: { type: "boolean" },
  range: { type: "string" },
  format: { type: "string" },
  "fail-on": { type: "string" },
  "fail-on-skipped": { type: "string" },
  schemas: { type: "string", multiple: true },
  exclude: { type: "string", multiple: true },
  "no-ignore": { type: "boolean" },
  config: { type: "string" },
  "suppressions-from": { type: "string" },
  reason: { type: "string" },
  expires: { type: "string" },
  "help-url": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

const parseStrictly = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, tokens: true });

function parse(args: readonly string[], program: string): Result<Given, string> {
  try {
    return ok(parseStrictly(args));
  } catch (error) {
    // Node's sentence names the option; what follows it is about positional arguments.
    const [what = ""] = (error as Error).message.split(/\. |\n/);
    const given = /^Unknown option '--([^'=]+)'/.exec(what)?.[1];
    const meant = given === undefined ? undefined : nearest(given, Object.keys(OPTIONS));
    const hint = meant === undefined ? "" : `did you mean --${meant}? `;
    return refused(`${what.replace(/\.$/, "")}; ${hint}see: ${program} --help`);
  }
}

function selectionFault(values: Given["values"]): string | undefined {
  const given = (["no-ignore", "exclude"] as const).find((name) => values[name] !== undefined);
  return given && `--${given} is for paths on the disk; remove it, or name paths instead.`;
}

function targetOf(
  values: Given["values"],
  paths: readonly string[],
  baseline: boolean,
): Result<ScanTarget, string> {
  const { staged, history, range, exclude = [], "no-ignore": ignored = false } = values;
  const named = [staged, history, range !== undefined, paths.length > 0 && !staged].filter(Boolean).length;
  if (named > 1) return refused("Name one of: paths, --staged, --range, --history.");
  const ofPaths = !staged && !history && range === undefined && (!baseline || named > 0);
  const fault = ofPaths ? undefined : selectionFault(values);
  if (fault !== undefined) return refused(fault);
  if (staged) return ok({ kind: "staged", paths });
  if (history || (baseline && named === 0)) return ok({ kind: "history" });
  if (range === undefined)
    return ok({ kind: "paths", paths: paths.length > 0 ? paths : ["."], ignored, exclude });
  if (range.includes("..."))
    return refused(`--range is "${range}"; write it with two dots, as A..B: what B has and A does not.`);
  const [, from, to] = /^(.+?)\.\.(?!\.)(.*)$/.exec(range) ?? [];
  if (from === undefined) return refused(`--range is "${range}"; write it as A..B, for example main..HEAD.`);
  return ok({ kind: "range", from, to: to || "HEAD" });
}
