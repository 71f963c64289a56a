import { readFile } from "node:fs/promises";
import type { Look } from "../scan/scan.ts";
import { historySources, placedSources, rangeSources } from "../sources/git/commits.ts";
import type { Repository } from "../sources/git/git.ts";
import { OtherRoles } from "../sources/git/other-roles.ts";
import { headPaths } from "../sources/git/paths-at-head.ts";
import { placements } from "../sources/git/placements.ts";
import { CannotLook, type Problem } from "../sources/source.ts";
import { exceptionsForChange } from "../suppressions/load.ts";
import { type EventPlan, planOf, type RunnerFacts } from "./event-range.ts";
import { makeAvailable } from "./fetch-history.ts";

type EventLook = Pick<
  Look,
  | "range"
  | "sources"
  | "exceptions"
  | "problems"
  | "notices"
  | "everything"
  | "standing"
  | "placed"
  | "otherRoles"
> & {
  /** Where the branch begins, for those who clean it. */
  readonly base: string | null;
  /** The commit whose suppressions and schemas count; null: none do. */
  readonly trusted: string | null;
  /** Why there is none although one should decide. */
  readonly untrusted?: Problem;
};

/** What an event of the runner asks to look at. Never throws what a person can mend: that is a problem. */
export async function eventLook(
  repository: Repository,
  runner: RunnerFacts,
  payloadFile: string,
  today: string,
): Promise<EventLook> {
  const nothing = {
    range: runner.event || "no event",
    sources: [],
    exceptions: [],
    everything: false,
    base: null,
    trusted: null,
  };
  try {
    const plan = planOf(await payload(payloadFile), runner);
    if (!plan.ok) return { ...nothing, problems: [plan.error] };
    if ("nothing" in plan.value) return { ...nothing, problems: [], notices: [plan.value.nothing] };
    return await plannedLook(repository, runner, plan.value, today);
  } catch (error) {
    if (!(error instanceof CannotLook)) throw error;
    return { ...nothing, problems: [error.message] };
  }
}

async function plannedLook(
  repository: Repository,
  { event }: RunnerFacts,
  plan: EventPlan,
  today: string,
): Promise<EventLook> {
  const { trusted, untrusted, ...range } = await makeAvailable(repository, plan);
  const { head } = range;
  const { exceptions, problems, notices } = await exceptionsForChange(repository, { trusted, head }, today);
  const otherRoles = new OtherRoles(repository);
  const whole = plan.extent === "history";
  const from = whole || range.base === null ? "everything up to " : `${range.base.slice(0, 12)}..`;
  return {
    range: `${event}: ${from}${range.head.slice(0, 12)}`,
    sources: [whole ? historySources(repository, range, otherRoles.tree) : rangeSources(repository, range)],
    exceptions,
    problems,
    everything: whole,
    standing: (wanted) => headPaths(repository, range.head, wanted),
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
        : [`${untrusted} Suppressions are read from there, so none count in this run.`]),
    ],
    ...(untrusted !== undefined && { untrusted }),
  };
}

async function payload(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (cause) {
    throw new CannotLook(
      "The event's payload at GITHUB_EVENT_PATH cannot be read; run this as a step of a GitHub workflow.",
      { cause },
    );
  }
}
