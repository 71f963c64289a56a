import { ok, type Result, refused } from "../../schemas/result.ts";
import type { ScanProblem } from "../scan/problem.ts";

/** The range that an event requests to scan, before any of it is known to be on this machine. */
export interface EventPlan {
  /** The newest commit (or tag) to scan. */
  readonly head: string;
  /** Known to be there before, and not scanned. Null: nothing is. */
  readonly base: string | null;
  /** The branch that takes the base's place where there is none or it is gone; null: none does. */
  readonly branch: string | null;
  /** How many commits `head` has that `base` lacks, if the event reports it reliably; never 0. */
  readonly commits: number | null;
  readonly target: "range" | "history";
  /**
   * What suppressions and schemas are read from: the base, or the newest commit of a branch that the pusher cannot
   * have prepared; null where the event names none.
   */
  readonly trusted: "base" | { readonly branch: string | null };
}

/** An event that brings nothing, and why. */
export interface NothingToDo {
  readonly nothing: string;
}

/** The parts of GitHub's event payloads that are used, none of them trusted. */
interface Payload {
  readonly pull_request?: {
    readonly head?: { readonly sha?: unknown };
    readonly base?: { readonly sha?: unknown };
    readonly commits?: unknown;
  };
  readonly merge_group?: { readonly head_sha?: unknown; readonly base_sha?: unknown };
  readonly repository?: { readonly default_branch?: unknown };
  readonly before?: unknown;
  readonly after?: unknown;
  readonly ref?: unknown;
  readonly deleted?: unknown;
  readonly forced?: unknown;
  readonly commits?: unknown;
}

/** The runner's variables that matter here. */
export interface RunnerFacts {
  readonly event: string;
  /** `GITHUB_SHA`. */
  readonly sha: string;
  /** `GITHUB_REF_NAME`. */
  readonly refName: string;
}

type Planner = (payload: Payload, runner: RunnerFacts) => Unchecked | NothingToDo;

interface Unchecked extends Omit<EventPlan, "head" | "base"> {
  readonly head: unknown;
  readonly base: unknown;
}

const pullRequest: Planner = ({ pull_request: pull }) => ({
  head: pull?.head?.sha,
  base: pull?.base?.sha,
  branch: null,
  commits: count(pull?.commits, COUNT_LIMITS),
  target: "range",
  trusted: "base",
});

const push: Planner = (payload) => {
  if (payload.deleted === true || isZero(payload.after))
    return { nothing: "The push deletes a branch or tag." };
  const branch = defaultBranch(payload);
  const isDefault = payload.ref === `refs/heads/${branch}`;
  return {
    head: payload.after,
    base: isZero(payload.before) ? null : payload.before,
    branch: isDefault ? null : branch,
    commits: listed(payload),
    target: "range",
    // An earlier push to a branch may have brought a suppression for the next.
    trusted: isDefault ? "base" : { branch },
  };
};

const history: Planner = (payload, { sha }) => ({
  head: sha,
  base: null,
  branch: null,
  commits: null,
  target: "history",
  trusted: { branch: defaultBranch(payload) },
});

/** GitHub runs these on the default branch alone, and does not always name it in the payload. */
const onDefaultBranch: Planner = (payload, runner) => ({
  ...history(payload, runner),
  trusted: { branch: defaultBranch(payload) ?? (runner.refName || null) },
});

/**
 * `pull_request_target` is as safe as `pull_request` here: the commits are fetched as objects, and nothing of
 * them is checked out or run.
 */
const EVENTS: Readonly<Record<string, Planner>> = {
  pull_request: pullRequest,
  pull_request_target: pullRequest,
  pull_request_review: pullRequest,
  merge_group: ({ merge_group: group }) => ({
    head: group?.head_sha,
    base: group?.base_sha,
    branch: null,
    commits: null,
    target: "range",
    trusted: "base",
  }),
  push,
  create: history,
  release: history,
  repository_dispatch: onDefaultBranch,
  schedule: onDefaultBranch,
  workflow_dispatch: history,
};

/** The range to scan for an event, or why it is unknown. */
export function planOf(payload: unknown, runner: RunnerFacts): Result<EventPlan | NothingToDo, ScanProblem> {
  const planner = Object.hasOwn(EVENTS, runner.event) ? EVENTS[runner.event] : undefined;
  const { event } = runner;
  if (!planner) return refused({ code: "event_unsupported", event, known: Object.keys(EVENTS) });
  const plan = planner(typeof payload === "object" && payload !== null ? payload : {}, runner);
  if ("nothing" in plan) return ok(plan);
  const { head, base } = plan;
  if (isCommit(head) && (base === null || isCommit(base))) return ok({ ...plan, head, base });
  return refused({ code: "event_incomplete", event });
}

/** Never an option or an expression: it is given to Git. */
const isCommit = (value: unknown): value is string =>
  typeof value === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);

const isZero = (value: unknown) => typeof value === "string" && /^0{40,64}$/.test(value);

/** Null also for a limit, at which there may be more. */
function count(value: unknown, limits: readonly number[]): number | null {
  const isCount = typeof value === "number" && Number.isSafeInteger(value) && value > 0;
  return isCount && value < Math.max(...limits) && !limits.includes(value) ? value : null;
}

/** GitHub counts at most 10,000 commits of a pull request, and lists at most 250 of them. */
const COUNT_LIMITS = [250, 10_000];

/** GitHub lists at most so many commits of a push; older versions of its server list 20. */
const LIST_LIMITS = [20, 2048];

/**
 * How many commits the push has. The list of a new branch leaves out what GitHub knows from another branch, that of a
 * forced push or a moved tag may be empty, and a list as long as a limit may be cut: none of them is a count.
 */
function listed({ before, commits, forced }: Payload): number | null {
  if (!Array.isArray(commits) || isZero(before) || forced === true) return null;
  return count(commits.length, LIST_LIMITS);
}

function defaultBranch({ repository }: Payload): string | null {
  const name = repository?.default_branch;
  return typeof name === "string" && name !== "" ? name : null;
}
