import { ok, type Result, refused } from "../../schemas/result.ts";
import { type FailOn, failsOn, type Report } from "../report/report.ts";
import { FAIL_BY_DEFAULT, type FailOnSkipped, SKIPPED_KIND_NAMES, type SkippedKind } from "./skipped.ts";

/** What a person can request. */
const VALUES: readonly string[] = ["partial", "certain", "never"] satisfies readonly FailOn[];

export const isFailOn = (text: string): text is FailOn => VALUES.includes(text);

/**
 * `fail-on-skipped`: `default` (or nothing), `true` for every kind, `false` for none, or a list of kinds, with
 * commas or spaces between them, in which `default` means those of the table.
 */
export function parseFailOnSkipped(text: string): Result<FailOnSkipped, string> {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) return ok(FAIL_BY_DEFAULT);
  if (words.length === 1 && words[0] === "true") return ok(new Set(SKIPPED_KIND_NAMES));
  if (words.length === 1 && words[0] === "false") return ok(new Set());
  const unknown = words.find((word) => word !== "default" && !isSkippedKind(word));
  if (unknown !== undefined)
    return refused(
      `"${unknown}"; write default, true, false, or a list of: ${SKIPPED_KIND_NAMES.join(", ")}.`,
    );
  return ok(new Set(words.flatMap((word) => (isSkippedKind(word) ? [word] : [...FAIL_BY_DEFAULT]))));
}

const isSkippedKind = (word: string): word is SkippedKind => SKIPPED_KIND_NAMES.some((name) => name === word);

/**
 * 0: clean; 1: findings that fail the run; 2: something could not be scanned, or was skipped and is to fail the
 * run, whatever else was found.
 */
export function exitCode(report: Report, failOn: FailOn): 0 | 1 | 2 {
  if ((report.problems ?? []).length > 0 || report.skipped.some(({ fails }) => fails)) return 2;
  return failsOn(report, failOn) ? 1 : 0;
}
