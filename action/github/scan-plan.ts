import { readFile } from "node:fs/promises";
import { problemSentence } from "../report/problems.ts";
import type { ScanProblem } from "../scan/problem.ts";
import type { ScanRequest } from "../scan/scan.ts";
import { historySources, placedSources, rangeSources } from "../sources/git/commits.ts";
import type { OpenRepository } from "../sources/git/open-repository.ts";
import { OtherRoles } from "../sources/git/other-roles.ts";
import { headPaths } from "../sources/git/paths-at-head.ts";
import { placements } from "../sources/git/placements.ts";
import { ScanError } from "../sources/source.ts";
import { suppressionsForChange } from "../suppressions/load.ts";
import { type EventPlan, planOf, type RunnerFacts } from "./event-range.ts";
import { makeAvailable } from "./fetch-history.ts";

type EventScanPlan = Pick<
  ScanRequest,
  | "range"
  | "sources"
  | "suppressions"
  | "problems"
  | "notices"
  | "isFullHistory"
  | "pathsAtHead"
  | "placed"
  | "otherRoles"
> & {
  /** Where the branch begins, for those who clean it. */
  readonly base: string | null;
  /** The commit whose suppressions and schemas count; null: none do. */
  readonly trusted: string | null;
  /** Why there is none although one should decide. */
  readonly untrusted?: ScanProblem;
};

/** What an event of the runner requests to scan. What a person can fix is reported as a problem and never thrown. */
export async function eventScanPlan(
  repository: OpenRepository,
  runner: RunnerFacts,
  payloadFile: string,
  today: string,
): Promise<EventScanPlan> {
  const nothing = {
    range: runner.event || "no event",
    sources: [],
    suppressions: [],
    isFullHistory: false,
    base: null,
    trusted: null,
  };
  try {
    const plan = planOf(await payload(payloadFile), runner);
    if (!plan.ok) return { ...nothing, problems: [plan.error] };
    if ("nothing" in plan.value) return { ...nothing, problems: [], notices: [plan.value.nothing] };
    return await plannedScan(repository, runner, plan.value, today);
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    return { ...nothing, problems: [error.problem] };
  }
}

async function plannedScan(
  repository: OpenRepository,
  { event }: RunnerFacts,
  plan: EventPlan,
  today: string,
): Promise<EventScanPlan> {
  const { trusted, untrusted, ...range } = await makeAvailable(repository, plan);
  const { head } = range;
  const { suppressions, problems, notices } = await suppressionsForChange(
    repository,
    { trusted, head },
    today,
  );
  const otherRoles = new OtherRoles(repository);
  const whole = plan.target === "history";
  const from = whole || range.base === null ? "everything up to " : `${range.base.slice(0, 12)}..`;
  return {
    range: `${event}: ${from}${range.head.slice(0, 12)}`,
    sources: [whole ? historySources(repository, range, otherRoles.tree) : rangeSources(repository, range)],
    suppressions,
    problems,
    isFullHistory: whole,
    pathsAtHead: (requested) => headPaths(repository, range.head, requested),
    ...(whole
      ? {
          otherRoles,
          placed: async (objects) => placedSources(repository, await placements(repository, range, objects)),
        }
      : {}),
    base: range.base,
    trusted,
    notices: [
      ...notices,
      ...(untrusted === undefined
        ? []
        : [`${problemSentence(untrusted)} Suppressions are read from there, so none count in this run.`]),
    ],
    ...(untrusted !== undefined && { untrusted }),
  };
}

async function payload(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (cause) {
    throw new ScanError({ code: "event_unreadable" }, { cause });
  }
}
