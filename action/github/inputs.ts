import { resolve } from "node:path";
import type { FailOn } from "../report/report.ts";
import { isFailOn, parseFailOnSkipped } from "../scan/fail-on.ts";
import { parseHelpUrl, publishedRules } from "../scan/help-url.ts";
import type { ScanProblem } from "../scan/problem.ts";
import { FAIL_BY_DEFAULT, type FailOnSkipped } from "../scan/skipped.ts";

/** The Action's inputs, as `action.yml` declares them. */
const INPUTS = [
  "fail-on",
  "fail-on-skipped",
  "schemas",
  "paths",
  "report",
  "sarif",
  "sarif-suppressed",
  "help-url",
] as const;

type InputName = (typeof INPUTS)[number];

export interface Inputs {
  readonly failOn: FailOn;
  readonly failOnSkipped: FailOnSkipped;
  /** Lines `glob=schema`. */
  readonly schemas: readonly string[];
  /** Files and folders of the workspace to scan besides the commits. */
  readonly paths: readonly string[];
  /** Where to write the reports; null: nowhere. */
  readonly report: string | null;
  readonly sarif: string | null;
  /** Whether the SARIF file has suppressed findings. */
  readonly sarifSuppressed: boolean;
  /** Where docs/rules.md is published, if that is known. */
  readonly helpUrl: string | undefined;
  readonly problems: readonly ScanProblem[];
}

/** Inputs as the runner hands them over; what cannot be used is a problem, and its default counts. */
export function readInputs(
  input: (name: InputName) => string,
  environment: Readonly<Record<string, string | undefined>>,
): Inputs {
  const failOn = input("fail-on").trim() || "partial";
  const failOnSkipped = parseFailOnSkipped(input("fail-on-skipped"));
  const suppressed = input("sarif-suppressed").trim() || "true";
  const helpUrl = parseHelpUrl(input("help-url"));
  const lines = (name: InputName) =>
    input(name)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const report = input("report").trim() || null;
  const sarif = input("sarif").trim() || null;
  const isOneFile = report !== null && sarif !== null && resolve(report) === resolve(sarif);
  return {
    failOn: isFailOn(failOn) ? failOn : "partial",
    failOnSkipped: failOnSkipped.ok ? failOnSkipped.value : FAIL_BY_DEFAULT,
    schemas: lines("schemas"),
    paths: lines("paths"),
    report,
    sarif: isOneFile ? null : sarif,
    sarifSuppressed: suppressed !== "false",
    helpUrl: (helpUrl.ok ? helpUrl.value : undefined) ?? publishedRules(environment),
    problems: [
      ...(isFailOn(failOn) ? [] : [invalid("fail-on", `is "${failOn}"; write partial, certain or never.`)]),
      ...(failOnSkipped.ok ? [] : [invalid("fail-on-skipped", `has ${failOnSkipped.error}`)]),
      ...(["true", "false"].includes(suppressed)
        ? []
        : [invalid("sarif-suppressed", `is "${suppressed}"; write true or false.`)]),
      ...(isOneFile ? [invalid("sarif", `is the file that report names, ${report}; name another.`)] : []),
      ...(helpUrl.ok ? [] : [invalid("help-url", `is ${helpUrl.error}`)]),
      ...unknown(environment),
    ],
  };
}

const invalid = (input: InputName, fault: string): ScanProblem => ({ code: "input_invalid", input, fault });

/** The runner passes inputs on that no action declares, and only warns. */
const unknown = (environment: Readonly<Record<string, string | undefined>>): readonly ScanProblem[] =>
  Object.keys(environment)
    .filter((name) => name.startsWith("INPUT_"))
    .map((name) => name.slice("INPUT_".length).toLowerCase())
    .filter((name) => !INPUTS.some((known) => known === name))
    .map((input) => ({ code: "input_unknown", input, known: INPUTS }));
