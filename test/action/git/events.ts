import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventScanPlan } from "../../../action/github/scan-plan.ts";
import { problemText } from "../../../action/report/problems.ts";
import type { Report } from "../../../action/report/report.ts";
import { rulesWith } from "../../../action/rules/rules.ts";
import { lint } from "../../../action/scan/scan.ts";
import { OpenRepository } from "../../../action/sources/git/open-repository.ts";
import { SecretBinder } from "../../../action/suppressions/bind-secrets.ts";
import { byIdentity } from "../../../action/suppressions/suppressions.ts";
import { temporaryFolder } from "./repository.ts";

/** A report with the texts of its problems. */
export type ReadReport = Omit<Report, "problems"> & { readonly problems: readonly string[] };

export const ZERO = "0".repeat(40);

/** What the Action does with an event, without the runner around it. */
export async function scanEvent(
  folder: string,
  event: string,
  payload: object,
  runner: { readonly sha?: string; readonly refName?: string } = {},
): Promise<ReadReport & { readonly base: string | null }> {
  const file = join(temporaryFolder(), "event.json");
  writeFileSync(file, JSON.stringify(payload));
  const facts = { event, sha: runner.sha ?? "", refName: runner.refName ?? "main" };
  const today = "2026-11-21";
  const repository = new OpenRepository({ folder, trusted: true });
  try {
    const plan = await eventScanPlan(repository, facts, file, today);
    const { bind } = new SecretBinder(byIdentity(plan.suppressions));
    const report = await lint({ ...plan, rules: rulesWith(bind), globs: [], today });
    return { ...report, problems: (report.problems ?? []).map(problemText), base: plan.base };
  } finally {
    repository.close();
  }
}

export const pullRequest = (base: string, head: string, commits?: number) => ({
  pull_request: { base: { sha: base }, head: { sha: head }, ...(commits === undefined ? {} : { commits }) },
  repository: { default_branch: "main" },
});

/** Paths of the findings, sorted. */
export const paths = (report: Pick<Report, "findings">) => report.findings.map(({ path }) => path).toSorted();
