import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASELINE_DAYS, BASELINE_REASON, dayAfter, writeBaseline } from "../baseline.ts";
import { exitCode } from "../fail-on.ts";
import { helperFor } from "../helper-thread.ts";
import { lint } from "../lint.ts";
import { annotations } from "../report/annotations.ts";
import { visible } from "../report/escape.ts";
import { jsonReport } from "../report/json.ts";
import type { Report } from "../report/report.ts";
import { sarifReport } from "../report/sarif.ts";
import { terminalReport } from "../report/terminal.ts";
import { counted, sized } from "../report/words.ts";
import { RULES } from "../rules/rules.ts";
import { usersSchemas } from "../schemas-input.ts";
import { CannotLook } from "../sources/source.ts";
import { EXCEPTIONS_FILE } from "../suppression.ts";
import { type LocalLook, localLook, rootOf } from "./local-look.ts";
import { type Format, HELP, type Options, parseOptions } from "./options.ts";

/** The command line `box-config-lint`. Returns the exit code: 0 clean, 1 findings, 2 could not look. */
export async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (!options.ok) return complain(options.error);
  if (options.value === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    return await looked(options.value);
  } catch (error) {
    if (!(error instanceof CannotLook)) throw error;
    return complain(error.message);
  }
}

function complain(sentence: string): 2 {
  process.stderr.write(`box-config-lint: ${visible(sentence)}\n`);
  return 2;
}

async function looked(options: Options): Promise<number> {
  const folder = process.cwd();
  const root = rootOf(folder);
  const now = new Date();
  const today = dayAfter(now, 0);
  const schemas = await usersSchemas(options.schemas, root);
  const local = await localLook(folder, options.extent, options.config, helperFor(schemas.rules));
  const report = await lint({
    ...local,
    exceptions: options.baseline ? [] : local.exceptions,
    rules: [...RULES, ...schemas.rules],
    globs: schemas.globs,
    problems: [...schemas.problems, ...local.problems],
    failOnSkipped: options.failOnSkipped,
    today,
    ...(process.stderr.isTTY ? { progress: progress() } : {}),
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  if (options.baseline) return baseline(report, local, root, now, options);
  process.stdout.write(FORMATTERS[options.format](report, options));
  // The JSON has them too; a person who sends it into a file sees them here.
  if (options.format === "json") for (const problem of report.problems ?? []) complain(problem);
  return exitCode(report, options.failOn);
}

const FORMATTERS: Readonly<Record<Format, (report: Report, options: Options) => string>> = {
  human: (report) => terminalReport(report, { colours: hasColours() }),
  json: jsonReport,
  sarif: sarifReport,
  github: (report, { failOn }) =>
    annotations(report, failOn)
      .map((command) => `${command}\n`)
      .join(""),
};

const hasColours = () =>
  process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

/** A line on the terminal that is written over, once a second, beginning after the first. */
function progress(): (scanned: Report["scanned"]) => void {
  let next = performance.now() + 1000;
  return ({ blobs, bytes }) => {
    if (performance.now() < next) return;
    next = performance.now() + 1000;
    process.stderr.write(`\r\u001b[K${counted(blobs, "file version")}, ${sized(bytes)} …`);
  };
}

function baseline(report: Report, local: LocalLook, root: string, now: Date, options: Options): number {
  for (const problem of report.problems ?? []) complain(problem);
  const identities = report.findings.map(({ identity }) => identity);
  const text = writeBaseline(identities, local.exceptions, {
    reason: options.reason ?? BASELINE_REASON,
    expires: options.expires ?? dayAfter(now, BASELINE_DAYS),
    today: dayAfter(now, 0),
  });
  try {
    writeFileSync(join(root, EXCEPTIONS_FILE), text);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return complain(`${EXCEPTIONS_FILE} cannot be written (${code}); check the permissions of ${root}.`);
  }
  process.stdout.write(
    `${EXCEPTIONS_FILE} lets through ${counted(new Set(identities).size, "identity").replace("identitys", "identities")}. Remove each key in Box first, write a reason for each entry, and commit the file: it counts from then on.\n`,
  );
  return (report.problems ?? []).length > 0 ? 2 : 0;
}
