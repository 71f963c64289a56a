import { type FailOn, failsOn, type Report } from "./report/report.ts";

/** What a person can ask for. */
const VALUES: readonly string[] = ["partial", "certain", "never"] satisfies readonly FailOn[];

export const isFailOn = (text: string): text is FailOn => VALUES.includes(text);

/** 0: clean; 1: findings that fail the run; 2: something could not be looked at, whatever else was found. */
export function exitCode(report: Report, failOn: FailOn): 0 | 1 | 2 {
  if ((report.problems ?? []).length > 0) return 2;
  return failsOn(report, failOn) ? 1 : 0;
}
