import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { getInput, info, summary as jobSummary, error as logError, setOutput, warning } from "@actions/core";
import { readInputs } from "./github/inputs.ts";
import { eventScanPlan } from "./github/scan-plan.ts";
import { usersSchemas } from "./github/schemas-input.ts";
import { watchOutput } from "./output.ts";
import { annotations } from "./report/annotations.ts";
import { jsonReport } from "./report/json.ts";
import { type Report, secretsOf } from "./report/report.ts";
import { sarifReport } from "./report/sarif.ts";
import { summary } from "./report/summary.ts";
import { terminalReport } from "./report/terminal.ts";
import { rulesWith } from "./rules/rules.ts";
import { defectSentence } from "./scan/defect.ts";
import { exitCode } from "./scan/fail-on.ts";
import type { ScanProblem } from "./scan/problem.ts";
import { lint } from "./scan/scan.ts";
import { workerFor } from "./scan/worker-pool.ts";
import { pathSources } from "./sources/files/work-tree.ts";
import { OpenRepository } from "./sources/git/open-repository.ts";
import { SecretBinder } from "./suppressions/bind-secrets.ts";
import { dayAfter } from "./suppressions/days.ts";
import { byIdentity } from "./suppressions/suppressions.ts";

/** One step of a workflow: scans what the event brings, prints the reports, and sets the exit code. */
export async function run(): Promise<void> {
  const workspace = resolve(process.env.GITHUB_WORKSPACE ?? ".");
  const repository = new OpenRepository({ folder: workspace, trusted: true });
  try {
    await scan(repository, workspace, process.env);
  } finally {
    repository.close();
  }
}

async function scan(
  repository: OpenRepository,
  workspace: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const inputs = readInputs((name) => getInput(name), environment);
  const today = dayAfter(new Date(), 0);
  const plan = await eventScanPlan(
    repository,
    {
      event: environment.GITHUB_EVENT_NAME ?? "",
      sha: environment.GITHUB_SHA ?? "",
      refName: environment.GITHUB_REF_NAME ?? "",
    },
    environment.GITHUB_EVENT_PATH ?? "",
    today,
  );
  const schemas = await usersSchemas(inputs.schemas, { repository, root: workspace, commit: plan.trusted });
  const valid = byIdentity(plan.suppressions).filter(({ expires }) => expires >= today);
  const runKey = randomBytes(32);
  const report = await lint({
    ...plan,
    sources: [
      ...plan.sources,
      ...(inputs.paths.length > 0
        ? [pathSources(workspace, inputs.paths, workerFor(schemas.rules, valid, runKey))]
        : []),
    ],
    rules: [...rulesWith(new SecretBinder(valid).bind, runKey), ...schemas.rules],
    globs: schemas.globs,
    problems: [...inputs.problems, ...schemas.problems, ...unreadSchemas(plan, inputs), ...plan.problems],
    notices: [...(plan.notices ?? []), ...schemas.notices],
    failOnSkipped: inputs.failOnSkipped,
    today,
  });
  const written = await writeReports(report, workspace, inputs);
  process.exitCode = exitCode(written, inputs.failOn);
  await printReports(written, inputs.failOn, plan.base);
  setOutputs(written, inputs);
}

function setOutputs({ findings, scanned }: Report, { sarif }: Inputs): void {
  try {
    setOutput("findings", secretsOf(findings).length);
    setOutput("sarif-file", sarif ?? "");
    setOutput("scanned-blobs", scanned.blobs);
    setOutput("scanned-bytes", scanned.bytes);
  } catch (cause) {
    const { code = "ENOENT" } = cause as NodeJS.ErrnoException;
    process.exitCode = 2;
    logError(
      `The outputs of this step could not be written (${code}); let GITHUB_OUTPUT name a file that can be written, as the runner does.`,
    );
  }
}

/** A change must not be validated against the schemas that it brings. */
const unreadSchemas = (
  { untrusted }: { readonly untrusted?: ScanProblem },
  { schemas }: Inputs,
): readonly ScanProblem[] =>
  untrusted === undefined || schemas.length === 0 ? [] : [{ code: "schemas_untrusted", because: untrusted }];

type Inputs = ReturnType<typeof readInputs>;

/** The report, with a problem for each file that could not be written. */
async function writeReports(report: Report, workspace: string, inputs: Inputs): Promise<Report> {
  const problems = [...(report.problems ?? [])];
  const write = async (path: string | null, text: string) => {
    if (path === null) return;
    await writeFile(resolve(workspace, path), text).catch((cause: NodeJS.ErrnoException) => {
      problems.push({ code: "report_unwritable", path, reason: cause.code });
    });
  };
  await write(inputs.report, jsonReport(report));
  await write(
    inputs.sarif,
    inputs.sarif === null
      ? ""
      : sarifReport(report, { helpUrl: inputs.helpUrl, suppressed: inputs.sarifSuppressed }),
  );
  return { ...report, problems };
}

async function printReports(report: Report, failOn: Inputs["failOn"], base: string | null): Promise<void> {
  info(terminalReport(report, { colours: false }).trimEnd());
  for (const command of annotations(report, failOn)) info(command);
  if (!process.env.GITHUB_STEP_SUMMARY) return;
  try {
    await jobSummary.addRaw(summary(report, base)).write();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    warning(`The job summary could not be written (${code}).`);
  }
}

// Imported by local-action, which calls `run` itself; where Node does not know (before 24.2) it is the entry.
if (import.meta.main !== false) {
  watchOutput("box-sts");
  await run().catch((error: unknown) => {
    process.exitCode = 2;
    logError(defectSentence(error));
  });
}
