import { existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { formatCount } from "../report/phrases.ts";
import { problemText } from "../report/problems.ts";
import { skippedSentence } from "../report/skipped.ts";
import { rulesWith } from "../rules/rules.ts";
import type { ProblemCode } from "../scan/problem.ts";
import { lint } from "../scan/scan.ts";
import type { OpenRepository } from "../sources/git/open-repository.ts";
import { BASELINE_DAYS, BASELINE_REASON, type Baseline, writeBaseline } from "../suppressions/baseline.ts";
import { SecretBinder } from "../suppressions/bind-secrets.ts";
import { dayAfter } from "../suppressions/days.ts";
import { suppressionsIn } from "../suppressions/load.ts";
import { byIdentity, isPathEntry, SUPPRESSIONS_FILE } from "../suppressions/suppressions.ts";
import type { Complain } from "./complain.ts";
import type { Options } from "./options.ts";
import { localScanPlan, rootOf } from "./scan-plan.ts";

/** Problems with the paths of the command line. */
const NAMES_NOTHING: ReadonlySet<string> = new Set<ProblemCode>([
  "path_absent",
  "path_not_a_file",
  "link_broken",
]);

/** Writes the suppressions for what is found, instead of reporting it. */
export async function baseline(
  repository: OpenRepository,
  options: Options,
  now: Date,
  complain: Complain,
): Promise<number> {
  const { folder } = repository;
  const root = rootOf(folder);
  const today = dayAfter(now, 0);
  const file = join(root, SUPPRESSIONS_FILE);
  const local = await localScanPlan(repository, options.target, undefined);
  const before =
    options.config === null
      ? await suppressionsIn(file, false, today)
      : await suppressionsIn(resolve(folder, options.config), true, today);
  // Reasons that people have written would be lost.
  for (const problem of before.problems)
    complain(`${problemText(problem)} Nothing was written: correct it first.`);
  if (before.problems.length > 0) return 2;
  const valid = before.suppressions.filter(({ expires }) => expires >= today);
  const paths = valid.filter(isPathEntry);
  const binder = new SecretBinder(byIdentity(valid), { creates: true });
  const report = await lint({
    ...local,
    // What a path covers needs no entry of its own.
    suppressions: paths,
    rules: rulesWith(binder.bind),
    globs: [],
    failOnSkipped: options.failOnSkipped,
    today,
  });
  const unnamed = (report.problems ?? []).filter(({ code }) => NAMES_NOTHING.has(code));
  for (const problem of unnamed) complain(`${problemText(problem)} Nothing was written: correct it first.`);
  if (unnamed.length > 0) return 2;
  const failing = report.skipped.filter(({ fails }) => fails).map(skippedSentence);
  const left = [
    ...(report.problems ?? []).map(problemText),
    ...failing.map((sentence) => `Not read: ${sentence}`),
  ];
  for (const sentence of left) complain(sentence);
  const made = writeBaseline(report.findings, byIdentity(valid), {
    paths,
    reason: options.reason ?? BASELINE_REASON,
    expires: options.expires ?? dayAfter(now, BASELINE_DAYS),
    today,
    isFullHistory: local.isFullHistory,
    newSalt: (identity) => binder.newSalt(identity),
  });
  return written(file, made, options, complain) && left.length === 0 ? 0 : 2;
}

function written(
  file: string,
  { text, entries, added }: Baseline,
  { reason }: Options,
  complain: Complain,
): boolean {
  try {
    replaceFile(file, text);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    complain(`${file} cannot be written (${code}); check the permissions of its folder.`);
    return false;
  }
  const advice = [
    ...(added > 0 ? ["Reset or remove each key and secret at Box first"] : []),
    ...(added > 0 && reason === null ? ["write a reason for each new entry"] : []),
  ].join(", ");
  process.stdout.write(
    `${SUPPRESSIONS_FILE} has ${formatCount(entries, "entry", "entries")}, ${added === 0 ? "none of them" : added} new. ${advice === "" ? "Commit" : `${advice}, and commit`} the file: it counts from then on.\n`,
  );
  return true;
}

/** Writes the whole file, also behind a link, or leaves it as it was: reasons that people have written are in it. */
function replaceFile(path: string, text: string): void {
  const exists = existsSync(path);
  const file = exists ? realpathSync(path) : path;
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx", ...(exists && { mode: statSync(file).mode }) });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
