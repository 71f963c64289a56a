import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { ProblemCode, ScanProblem } from "../../scan/problem.ts";
import { ScanError } from "../source.ts";

/** A repository, and which Git settings to add. */
export interface Repository {
  /** A folder inside it. */
  readonly folder: string;
  /** The runner's workspace may belong to another user (container jobs); a laptop keeps Git's own guard. */
  readonly trusted?: boolean;
  /** The repository that the folder is in, even where the environment of a hook names another one. */
  readonly ofFolder?: true;
}

/**
 * Nothing of the repository runs: no hook, monitor, pager or external diff. The commands in use (`rev-list`,
 * `cat-file`, `diff-tree`, `diff-index`, `ls-files`, `ls-tree`, `rev-parse`, `fetch`) call no text conversion.
 */
const SETTINGS = [
  "--no-pager",
  "--literal-pathspecs",
  ...[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    // In which Git prints trees and parents too.
    "i18n.logOutputEncoding=UTF-8",
    // Of the file of grafts below, which Git would name instead of what is wrong.
    "advice.graftFileDeprecated=false",
  ].flatMap((setting) => ["-c", setting]),
];

/**
 * Replaced objects and grafted parents would hide what a push really carries; messages are matched in English; paths are
 * only what they are.
 */
const ENVIRONMENT: NodeJS.ProcessEnv = {
  GIT_GLOB_PATHSPECS: undefined,
  GIT_GRAFT_FILE: "/dev/null",
  GIT_ICASE_PATHSPECS: undefined,
  GIT_LITERAL_PATHSPECS: undefined,
  GIT_NOGLOB_PATHSPECS: undefined,
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

/** What Git sets for hooks. */
const NAMES_REPOSITORY = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_PREFIX",
  "GIT_COMMON_DIR",
  "GIT_SHALLOW_FILE",
];

/** Of every comparison: all that differs, also a submodule that `.gitmodules` or the configuration says to ignore. */
export const DIFF_OPTIONS = ["--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none"];

/**
 * The file that Git reads instead of the repository's own `shallow`, as in the hooks of a push from a shallow clone.
 * Absolute, so that Git and we read the same one.
 */
export function shallowFileOfHook({ ofFolder }: Repository): string | undefined {
  const { GIT_SHALLOW_FILE: named } = process.env;
  return !named || ofFolder ? undefined : resolve(named);
}

export interface GitOutput {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts Git; the caller reads its streams. */
export function startGit(
  repository: Repository,
  args: readonly string[],
  stdio: SpawnOptions["stdio"],
): ChildProcess {
  const { folder, trusted = false, ofFolder } = repository;
  const trust = trusted ? ["-c", `safe.directory=${folder.replaceAll("\\", "/")}`] : [];
  const shallowFile = shallowFileOfHook(repository);
  const env: NodeJS.ProcessEnv = { ...process.env, ...ENVIRONMENT, GIT_SHALLOW_FILE: shallowFile };
  if (ofFolder) for (const name of NAMES_REPOSITORY) delete env[name];
  return spawn("git", [...SETTINGS, ...trust, ...args], {
    cwd: folder,
    env,
    stdio,
    windowsHide: true,
  });
}

/** Runs Git to its end. For output of bounded size; throws `ScanError` if Git itself cannot run. */
export async function git(
  repository: Repository,
  args: readonly string[],
  input?: string,
): Promise<GitOutput> {
  const child = startGit(repository, args, ["pipe", "pipe", "pipe"]);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A process that ends before it has read everything closes the pipe; its status shows the failure.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input ?? "");
  const status = await ended(child, repository.folder);
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") };
}

/** The exit status, once all output has arrived. */
export async function ended(child: ChildProcess, folder: string): Promise<number> {
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return status ?? 1;
  } catch (cause) {
    throw new ScanError(cannotStart(cause, folder), { cause });
  }
}

function cannotStart(cause: unknown, folder: string): ScanProblem {
  const { code = "unknown error" } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return { code: "git_absent", folder };
  return canBeEntered(folder)
    ? { code: "git_not_started", reason: code }
    : { code: "file_unreadable", path: folder, reason: code };
}

/** The system has one code for a program and for the folder to start it in. */
function canBeEntered(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What Git says when it will not work in a folder or cannot read it. */
const REFUSALS = [
  [/dubious ownership/, "repository_not_owned"],
  // With the place that was named, which a mere search for a repository does not have.
  [/not a git repository: /i, "git_dir_absent"],
  [/not a git repository/i, "repository_absent"],
  [
    /\binflate\b|corrupt|bad object|bad tree|unable to (?:read|unpack|parse)|could not (?:read|parse)|loose object|hash mismatch/i,
    "repository_unreadable",
  ],
] as const satisfies readonly (readonly [RegExp, ProblemCode])[];

/** Git's first complaint as a problem, quoted where it is none that we know. */
export function refusal(stderr: string, folder: string): ScanProblem {
  // Of an object that a partial clone leaves out and Git cannot fetch.
  if (/promisor remote/.test(stderr)) return { code: "clone_partial" };
  const known = REFUSALS.find(([pattern]) => pattern.test(stderr));
  if (known) return { code: known[1], folder };
  const first = stderr.split("\n").find((line) => line.trim() !== "") ?? "no message";
  return { code: "git_failed", folder, complaint: first.trim() };
}
