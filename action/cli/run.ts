import { randomBytes } from "node:crypto";
import { usersSchemas } from "../github/schemas-input.ts";
import { formatBytes, formatCount } from "../report/phrases.ts";
import { problemText } from "../report/problems.ts";
import type { Report } from "../report/report.ts";
import { terminalReport } from "../report/terminal.ts";
import { wrapLines } from "../report/wrap-lines.ts";
import { rulesWith } from "../rules/rules.ts";
import { exitCode } from "../scan/fail-on.ts";
import { lint } from "../scan/scan.ts";
import { VERSION } from "../scan/version.ts";
import { workerFor } from "../scan/worker-pool.ts";
import { OpenRepository } from "../sources/git/open-repository.ts";
import { ScanError } from "../sources/source.ts";
import { SecretBinder } from "../suppressions/bind-secrets.ts";
import { dayAfter } from "../suppressions/days.ts";
import { byIdentity } from "../suppressions/suppressions.ts";
import { baseline } from "./baseline.ts";
import { type Complain, complaintsOf } from "./complain.ts";
import { type Format, HELP, type Options, parseOptions } from "./options.ts";
import { localScanPlan, rootOf } from "./scan-plan.ts";
import { trusted } from "./trusted.ts";

/**
 * The command line `box-config-lint`. Returns the exit code: 0 clean, 1 findings, 2 the scan was not possible.
 * @param program as it was started, which signs what it complains of
 */
export async function main(args: readonly string[], program = "box-config-lint"): Promise<number> {
  const now = new Date();
  const complain = complaintsOf(program);
  const options = parseOptions(args, dayAfter(now, 0), program);
  if (!options.ok) return complain(options.error);
  if (options.value === "help") return print(wrapLines(HELP, process.stdout));
  if (options.value === "version") return print(`${VERSION}\n`);
  const folder = currentFolder();
  if (folder === undefined)
    return complain(
      "The folder that this command was started in does not exist any more; change to another one.",
    );
  const repository = new OpenRepository({ folder });
  try {
    return await (options.value.baseline ? baseline : scan)(repository, options.value, now, complain);
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    return complain(problemText(error.problem));
  } finally {
    repository.close();
  }
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

/** Undefined where it was removed since. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

async function scan(
  repository: OpenRepository,
  options: Options,
  now: Date,
  complain: Complain,
): Promise<number> {
  const root = rootOf(repository.folder);
  const today = dayAfter(now, 0);
  const { suppressions, problems, schemaCommit, notices } = await trusted(repository, root, options, today);
  const schemas = await usersSchemas(options.schemas, { repository, root, commit: schemaCommit });
  // What has expired suppresses nothing: it is not worth a comparison.
  const valid = byIdentity(suppressions).filter(({ expires }) => expires >= today);
  const runKey = randomBytes(32);
  const local = await localScanPlan(repository, options.target, workerFor(schemas.rules, valid, runKey));
  const report = await lint({
    ...local,
    suppressions,
    rules: [...rulesWith(new SecretBinder(valid).bind, runKey), ...schemas.rules],
    globs: schemas.globs,
    problems: [...schemas.problems, ...problems, ...local.problems],
    notices: [...schemas.notices, ...notices],
    failOnSkipped: options.failOnSkipped,
    today,
    ...(process.stderr.isTTY ? { progress: progress() } : {}),
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  process.stdout.write(await FORMATTERS[options.format](report, options));
  // The JSON has them too; a person who sends it into a file sees them here.
  if (options.format === "json") for (const problem of report.problems ?? []) complain(problemText(problem));
  return exitCode(report, options.failOn);
}

type Formatter = (report: Report, options: Options) => string | Promise<string>;

/** A hook, which prints for people, does not load what the other formats need. */
const FORMATTERS: Readonly<Record<Format, Formatter>> = {
  human: (report) => terminalReport(report, { colours: hasColours() }),
  json: async (report) => (await import("../report/json.ts")).jsonReport(report),
  sarif: async (report, { helpUrl }) => (await import("../report/sarif.ts")).sarifReport(report, { helpUrl }),
  github: async (report, { failOn }) => {
    const { annotations } = await import("../report/annotations.ts");
    return annotations(report, failOn)
      .map((command) => `${command}\n`)
      .join("");
  },
};

const hasColours = () =>
  process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

/** A line on the terminal that is written over, once a second, beginning after the first. */
function progress(): (scanned: Report["scanned"]) => void {
  let next = performance.now() + 1000;
  return ({ blobs, bytes }) => {
    if (performance.now() < next) return;
    next = performance.now() + 1000;
    process.stderr.write(`\r\u001b[K${formatCount(blobs, "file version")}, ${formatBytes(bytes)} …`);
  };
}
