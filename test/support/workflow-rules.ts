/** What makes a GitHub workflow unsafe, as far as this project's own and its examples are concerned. */
export interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly "timeout-minutes"?: number;
  readonly secrets?: unknown;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly on: string | readonly string[] | Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The names of the jobs that break the rule; `workflow` where all of it does. */
type Rule = (workflow: Workflow) => readonly string[];

const jobsWhere = (isWrong: (job: Job, workflow: Workflow) => boolean): Rule => {
  return (workflow) =>
    Object.entries(workflow.jobs).flatMap(([name, job]) => (isWrong(job, workflow) ? [name] : []));
};
const stepsWhere = (isWrong: (step: Step) => boolean): Rule =>
  jobsWhere((job) => job.steps?.some(isWrong) ?? false);
const workflowWhere = (isWrong: (workflow: Workflow) => boolean): Rule => {
  return (workflow) => (isWrong(workflow) ? ["workflow"] : []);
};

const uses = ({ uses }: Step, action: string) => uses?.startsWith(`${action}@`) ?? false;
const eventsOf = ({ on }: Workflow): readonly string[] =>
  typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);

/** Jobs whose result others trust: they write something, speak for the repository, or make what is released. */
const isTrusted = (job: Job, { on }: Workflow): boolean => {
  const push =
    typeof on === "object" && !Array.isArray(on) ? (on as Record<string, unknown>).push : undefined;
  const isRelease = typeof push === "object" && push !== null && "tags" in push;
  const permissions = typeof job.permissions === "object" ? Object.values(job.permissions) : [];
  return isRelease || permissions.includes("write");
};

/** A cache that an earlier, less trusted run can fill. setup-node uses one by itself where package.json names npm. */
const readsCache = (step: Step): boolean =>
  uses(step, "actions/cache") ||
  uses(step, "actions/cache/restore") ||
  (step.with?.cache !== undefined && step.with.cache !== false) ||
  (uses(step, "actions/setup-node") && step.with?.["package-manager-cache"] !== false);

/** Arguments of a shell or script; an expression in them is code, and a branch's or title's author writes it. */
const scriptsOf = ({ run = "", shell = "", with: inputs = {} }: Step): readonly string[] => [
  run,
  shell,
  ...["script", "run", "command", "args"].map((name) => String(inputs[name] ?? "")),
];

const PINNED = /^(?:\.\/.*|[\w-]+\/[\w./-]+@[0-9a-f]{40}|docker:\/\/.+@sha256:[0-9a-f]{64})$/;

/** What can install another version than the one that was reviewed. */
const INSTALLATION = /\bnpm (?:i|install|add|update|up)\b(?!.*@\d+\.\d+\.\d+)/;

export const WORKFLOW_RULES: Readonly<Record<string, Rule>> = {
  "uses an action by a tag or a branch, which its owner can move": stepsWhere(
    ({ uses = "./" }) => !PINNED.test(uses) && uses !== "OWNER/box-sts@v1",
  ),
  "has an expression inside a script": stepsWhere((step) =>
    scriptsOf(step).some((text) => text.includes("${{")),
  ),
  "leaves the repository's token in the checkout": stepsWhere(
    (step) => uses(step, "actions/checkout") && step.with?.["persist-credentials"] !== false,
  ),
  "reads a cache in a job that others trust": jobsWhere(
    (job, workflow) => isTrusted(job, workflow) && (job.steps?.some(readsCache) ?? false),
  ),
  "gives permissions to every job": workflowWhere(
    ({ permissions }) =>
      permissions === undefined ||
      typeof permissions === "string" ||
      Object.values(permissions).some((access) => access !== "read"),
  ),
  "leaves a job with the workflow's permissions": jobsWhere(
    ({ permissions }, workflow) =>
      typeof permissions === "string" ||
      (permissions === undefined && Object.keys(workflow.permissions ?? { all: "" }).length === 0),
  ),
  "has a job without a time limit": jobsWhere((job) => !((job["timeout-minutes"] ?? 360) <= 60)),
  "runs on an event of an untrusted author with the repository's secrets": workflowWhere((workflow) =>
    eventsOf(workflow).some((event) =>
      ["pull_request_target", "workflow_run", "issue_comment"].includes(event),
    ),
  ),
  "installs packages by neither the lock file nor an exact version": stepsWhere(({ run = "" }) =>
    INSTALLATION.test(run),
  ),
  "hands all secrets on": jobsWhere(({ secrets }) => secrets === "inherit"),
};
