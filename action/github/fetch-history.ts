import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ScanProblem } from "../scan/problem.ts";
import { git } from "../sources/git/git.ts";
import type { OpenRepository } from "../sources/git/open-repository.ts";
import type { CommitRange } from "../sources/git/rev-list.ts";
import { cutOff, shallowCommits, shallowFileOf } from "../sources/git/shallow.ts";
import { ScanError } from "../sources/source.ts";
import type { EventPlan } from "./event-range.ts";

/** The range to scan, now that all of it is on this machine. */
export interface AvailableRange extends CommitRange {
  readonly head: string;
  /** What was there before the change; null: nothing. */
  readonly base: string | null;
}

/** The commit whose suppressions and schemas count; null: none do. */
interface TrustedCommit {
  readonly trusted: string | null;
  /** Why there is none although one should decide. */
  readonly untrusted?: ScanProblem;
}

/** Depths to try if the event does not report how many commits are new; after the last one everything is fetched. */
const [FIRST_DEPTH, ...FURTHER_DEPTHS] = [50, 1000];

const firstDepth = (commits: number | null) => (commits === null ? FIRST_DEPTH : commits + 1);

/**
 * Fetches from `origin` as little of what is missing as is enough, and returns the range to scan. Throws `ScanError`
 * if it cannot fetch the commits: nothing that was not scanned may pass.
 */
export async function makeAvailable(
  repository: OpenRepository,
  plan: EventPlan,
): Promise<AvailableRange & TrustedCommit> {
  const clone = await Clone.open(repository);
  // Before the range: fetching a branch into a shallow clone may cut its history, which the range then makes good.
  const decides = plan.trusted === "base" ? undefined : await newestOf(clone, plan.trusted.branch);
  const range = plan.target === "history" ? await wholeHistory(clone, plan) : await newCommits(clone, plan);
  return { ...range, ...(decides ?? { trusted: range.base }) };
}

async function newestOf(clone: Clone, branch: string | null): Promise<TrustedCommit> {
  if (branch === null) return { trusted: null, untrusted: { code: "default_branch_unnamed" } };
  try {
    const trusted = await clone.branch(branch);
    if (trusted !== null) return { trusted };
    return { trusted, untrusted: { code: "default_branch_absent", branch } };
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    return { trusted: null, untrusted: error.problem };
  }
}

async function newCommits(clone: Clone, plan: EventPlan): Promise<AvailableRange> {
  const { base, depth: fetched } = await baseOf(clone, plan);
  const range = { head: plan.head, base, include: [plan.head], exclude: base === null ? [] : [base] };
  if (base === null) {
    await clone.complete([plan.head]);
    return range;
  }
  const wants = [plan.head, base];
  // The event counts from its own base: another one in its place may lack more commits.
  const commits = base === plan.base ? plan.commits : null;
  const depths = [firstDepth(commits), ...FURTHER_DEPTHS].filter((depth) => depth !== fetched);
  for (const depth of [fetched, ...depths]) {
    if (depth !== null && depth !== fetched) await clone.fetch(wants, depth);
    if (!(await clone.has(wants))) continue;
    const cut = await clone.cutOff(range);
    if (cut.commits.length === 0) return range;
    // The event reports how many commits are new: with all of them here, their ancestors belong to the base.
    // Without one that is whole, the head itself would be taken for an ancestor.
    if (commits !== null && cut.whole >= Math.max(commits, 1) && depth === commits + 1) {
      return { ...range, exclude: [base, ...cut.commits] };
    }
  }
  await clone.complete(wants);
  return range;
}

async function wholeHistory(clone: Clone, { head }: EventPlan): Promise<AvailableRange> {
  await clone.complete([head]);
  return { head, base: null, include: [head], exclude: [] };
}

interface Base {
  readonly base: string | null;
  /** To which it was fetched together with the head; null: it was not. */
  readonly depth: number | null;
}

/** The event's base; the default branch where that is new or gone; null where there is nothing before. */
async function baseOf(clone: Clone, { head, base, branch, commits }: EventPlan): Promise<Base> {
  if (base !== null) {
    if (await clone.has([base])) return { base, depth: null };
    // At once to the depth that is needed: a fetch takes longer than everything else here.
    const depth = firstDepth(commits);
    if (await clone.tryFetch([head, base], depth)) return { base, depth };
  }
  return { base: branch === null ? null : await clone.branch(branch), depth: null };
}

class Clone {
  readonly #repository: OpenRepository;
  readonly #shallowFile: string;

  private constructor(repository: OpenRepository, shallowFile: string) {
    this.#repository = repository;
    this.#shallowFile = shallowFile;
  }

  static async open(repository: OpenRepository): Promise<Clone> {
    repository.prepare();
    return new Clone(repository, await shallowFileOf(repository));
  }

  async has(commits: readonly string[]): Promise<boolean> {
    for (const commit of commits) {
      const found = await this.#repository.find(commit);
      // What ends Git is reported by the command that needs the commit.
      if (typeof found !== "object") return found !== "missing";
    }
    return true;
  }

  #shallow(): Promise<ReadonlySet<string>> {
    return shallowCommits(this.#shallowFile);
  }

  /** Commits of the range whose parents are not here, and how many others it has. */
  cutOff(range: CommitRange) {
    return cutOff(this.#repository, this.#shallowFile, range);
  }

  /** The commits and all their ancestors. */
  async complete(commits: readonly string[]): Promise<void> {
    if ((await this.#shallow()).size > 0) await this.#must(commits, ["--unshallow"]);
    if (!(await this.has(commits))) await this.#must(commits, []);
  }

  /** Commits and their ancestors, to this depth; an unshallow clone stays one. */
  async fetch(commits: readonly string[], depth: number): Promise<void> {
    const shallow = (await this.#shallow()).size > 0;
    if (!shallow && (await this.has(commits))) return;
    await this.#must(commits, shallow ? [`--depth=${depth}`] : []);
  }

  async tryFetch(commits: readonly string[], depth: number): Promise<boolean> {
    const shallow = (await this.#shallow()).size > 0;
    return (await this.#fetch(commits, shallow ? [`--depth=${depth}`] : [])).status === 0;
  }

  /** The newest commit of a branch of `origin`, as far as that can be reached; null where there is none of this name. */
  async branch(name: string): Promise<string | null> {
    const known = await this.#revision(`refs/remotes/origin/${name}^{commit}`);
    if (known !== null && (await this.#isOfLastFetch(known))) return known;
    const shallow = (await this.#shallow()).size > 0;
    const fetched = await this.#fetch([`refs/heads/${name}`], shallow ? ["--depth=1"] : []);
    if (fetched.status === 0) return this.#revision("FETCH_HEAD^{commit}");
    if (/couldn't find remote ref/.test(fetched.stderr)) return null;
    if (known !== null) return known;
    throw new ScanError({ code: "branch_not_fetched", branch: name });
  }

  /** A runner of one's own keeps its clone, and in it branches as they were at a fetch before. A fresh clone has no such file. */
  async #isOfLastFetch(commit: string): Promise<boolean> {
    const file = join(dirname(this.#shallowFile), "FETCH_HEAD");
    const fetched = await readFile(file, "utf8").catch(() => commit);
    return fetched.split("\n").some((line) => line.startsWith(commit));
  }

  async #revision(expression: string): Promise<string | null> {
    const found = await this.#repository.find(expression);
    return typeof found === "object" ? found.object : null;
  }

  async #must(commits: readonly string[], depth: readonly string[]): Promise<void> {
    if ((await this.#fetch(commits, depth)).status === 0) return;
    throw new ScanError({ code: "commits_not_fetched", commits });
  }

  #fetch(wants: readonly string[], depth: readonly string[]) {
    const options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--force", ...depth];
    return git(this.#repository, ["fetch", ...options, "origin", ...wants]);
  }
}
