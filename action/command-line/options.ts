import { parseArgs } from "node:util";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { isFailOn } from "../fail-on.ts";
import type { FailOn } from "../report/report.ts";
import { isDay } from "../suppression.ts";

/** What to look at. */
export type Extent =
  | { readonly kind: "paths"; readonly paths: readonly string[] }
  | { readonly kind: "staged"; readonly paths: readonly string[] }
  | { readonly kind: "range"; readonly from: string; readonly to: string }
  | { readonly kind: "history" };

const FORMATS = ["human", "json", "sarif", "github"] as const;
export type Format = (typeof FORMATS)[number];

export interface Options {
  readonly extent: Extent;
  /** Write the exceptions for what is found, instead of reporting it. */
  readonly baseline: boolean;
  readonly format: Format;
  readonly failOn: FailOn;
  readonly schemas: readonly string[];
  /** A file of exceptions in the place of the repository's own. */
  readonly config: string | null;
  /** For `baseline`. */
  readonly reason: string | null;
  readonly expires: string | null;
}

export const HELP = `box-config-lint: no Box config that does not fit its schema, no private key in any commit.

Usage: box-config-lint [PATH…|--staged [PATH…]|--range A..B|--history] [options]
       box-config-lint baseline [--reason TEXT] [--expires YYYY-MM-DD]

  PATH…           files and folders as they are on the disk (default: this folder)
  --staged        what the next commit would bring in, and PATHs that it would not change
  --range A..B    what the commits of B bring in that A does not have
  --history       everything that any branch or tag has ever held
  baseline        writes .box-config-lint.json, which lets through what the history holds today

  --format human|json|sarif|github    default: human
  --fail-on partial|certain|never     default: partial
  --schemas GLOB=SCHEMA               holds these files against this JSON Schema; can be repeated
  --config FILE                       exceptions from this file
  --help

Exit status: 0 clean, 1 findings, 2 something could not be looked at.
`;

/** The command line, or the sentence that says what is wrong with it; `help` where that was asked for. */
export function parseOptions(args: readonly string[]): Result<Options | "help", string> {
  const parsed = parse(args);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  if (values.help) return ok("help");
  const baseline = positionals[0] === "baseline";
  const paths = baseline ? positionals.slice(1) : positionals;
  const format = values.format ?? "human";
  const failOn = values["fail-on"] ?? "partial";
  if (!isFormat(format)) return refused(`--format is "${format}"; write one of: ${FORMATS.join(", ")}.`);
  if (!isFailOn(failOn)) return refused(`--fail-on is "${failOn}"; write partial, certain or never.`);
  if (values.expires !== undefined && !isDay(values.expires))
    return refused(`--expires is "${values.expires}"; write a day as YYYY-MM-DD.`);
  const extent = extentOf(values, paths, baseline);
  if (!extent.ok) return extent;
  return ok({
    extent: extent.value,
    baseline,
    format,
    failOn,
    schemas: values.schemas ?? [],
    config: values.config ?? null,
    reason: values.reason ?? null,
    expires: values.expires ?? null,
  });
}

const isFormat = (text: string): text is Format => FORMATS.some((format) => format === text);

const OPTIONS = {
  staged: { type: "boolean" },
  history: { type: "boolean" },
  range: { type: "string" },
  format: { type: "string" },
  "fail-on": { type: "string" },
  schemas: { type: "string", multiple: true },
  config: { type: "string" },
  reason: { type: "string" },
  expires: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const parseStrictly = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });

function parse(args: readonly string[]): Result<ReturnType<typeof parseStrictly>, string> {
  try {
    return ok(parseStrictly(args));
  } catch (error) {
    // Node's sentence names the option; what follows it is about positional arguments.
    const [what = ""] = (error as Error).message.split(/\. |\n/);
    return refused(`${what.replace(/\.$/, "")}; see: box-config-lint --help`);
  }
}

function extentOf(
  { staged, history, range }: { staged?: boolean; history?: boolean; range?: string },
  paths: readonly string[],
  baseline: boolean,
): Result<Extent, string> {
  const named = [staged, history, range !== undefined, paths.length > 0 && !staged].filter(Boolean).length;
  if (named > 1) return refused("Name one of: paths, --staged, --range, --history.");
  if (staged) return ok({ kind: "staged", paths });
  if (history || (baseline && named === 0)) return ok({ kind: "history" });
  if (range === undefined) return ok({ kind: "paths", paths: paths.length > 0 ? paths : ["."] });
  if (range.includes("..."))
    return refused(`--range is "${range}"; write it with two dots, as A..B: what B has and A does not.`);
  const [, from, to] = /^(.+?)\.\.(?!\.)(.*)$/.exec(range) ?? [];
  if (from === undefined) return refused(`--range is "${range}"; write it as A..B, for example main..HEAD.`);
  return ok({ kind: "range", from, to: to || "HEAD" });
}
