import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { formatCount } from "../report/phrases.ts";
import type { ScanRequest } from "../scan/scan.ts";
import type { StartWorker } from "../sources/files/work-queue.ts";
import { pathSources } from "../sources/files/work-tree.ts";
import {
  historySources,
  placedSources,
  rangeSources,
  stagedFiles,
  stagedSources,
} from "../sources/git/commits.ts";
import { git, refusal } from "../sources/git/git.ts";
import type { OpenRepository } from "../sources/git/open-repository.ts";
import { OtherRoles } from "../sources/git/other-roles.ts";
import { headPaths } from "../sources/git/paths-at-head.ts";
import { placements } from "../sources/git/placements.ts";
import { cutOff, shallowFileOf } from "../sources/git/shallow.ts";
import { ScanError, type Sources } from "../sources/source.ts";
import type { ScanTarget } from "./options.ts";
import { commitNamed, commitOrTagNamed, revision } from "./revision.ts";

type LocalScanPlan = Pick<
  ScanRequest,
  "range" | "sources" | "problems" | "isFullHistory" | "pathsAtHead" | "placed" | "otherRoles"
>;

/** The folder in which `.git` is, or else the given one. */
export function rootOf(folder: string): string {
  for (let here = resolve(folder); ; here = dirname(here)) {
    if (existsSync(join(here, ".git"))) return here;
    if (here === dirname(here)) return resolve(folder);
  }
}

/** What a command line requests to scan. Throws `ScanError` if there is nothing to scan. */
export const localScanPlan = (
  repository: OpenRepository,
  target: ScanTarget,
  worker: StartWorker | undefined,
): Promise<LocalScanPlan> => SCAN_PLANS[target.kind](repository, target as never, worker);

type ScanPlans = {
  readonly [Kind in ScanTarget["kind"]]: (
    repository: OpenRepository,
    target: Extract<ScanTarget, { kind: Kind }>,
    worker: StartWorker | undefined,
  ) => Promise<LocalScanPlan>;
};

const SCAN_PLANS: ScanPlans = {
  async paths({ folder }, { paths, ignored, exclude }, worker) {
    const root = rootOf(folder);
    const absolute = paths.map((path) => resolve(folder, path));
    const left = [...(ignored ? [] : ["what Git ignores"]), ...exclude];
    const range = paths.length === 1 ? `${paths[0]} on the disk` : `${paths.length} paths on the disk`;
    const excludes =
      exclude.length === 0
        ? () => false
        : (await import("../rules/schema/glob.ts")).pathOrFolderMatcher(exclude);
    return {
      range: left.length === 0 ? range : `${range}, without ${left.join(", ")}`,
      sources: [pathSources(root, absolute, worker, { asGitLists: !ignored, excludes })],
      problems: [],
      isFullHistory: false,
    };
  },
  // Where pre-commit names all files, hardly any of them is staged: the others are not passed over.
  async staged(repository, { paths }, worker) {
    const named = paths.map((path) => resolve(repository.folder, path));
    const selection = { asGitLists: true, linksAsNames: true };
    const sources = (except: ReadonlySet<string>) =>
      named.length === 0
        ? []
        : [without(pathSources(rootOf(repository.folder), named, worker, selection), except)];
    const range = `what is staged${paths.length === 0 ? "" : `, and ${formatCount(paths.length, "path")}`}`;
    try {
      const staged = named.length === 0 ? undefined : await stagedFiles(repository);
      return {
        range,
        sources: [stagedSources(repository, staged), ...sources(new Set(staged?.map(({ path }) => path)))],
        problems: [],
        isFullHistory: false,
      };
    } catch (error) {
      if (!(error instanceof ScanError) || named.length === 0) throw error;
      // Without Git or a repository, files are files.
      return {
        range,
        sources: sources(new Set()),
        problems: [error.problem],
        isFullHistory: false,
      };
    }
  },
  async range(repository, { from, to }) {
    const [base, head] = [await commitNamed(repository, from), await commitOrTagNamed(repository, to)];
    const range = { include: [head], exclude: [base] };
    // What is behind a commit without its parents belongs to the range as well, unless the base has it.
    const cut = await cutOff(repository, await shallowFileOf(repository), range);
    return {
      range: `${from}..${to}`,
      sources: [rangeSources(repository, range)],
      problems: cut.commits.length > 0 ? [{ code: "clone_shallow" }] : [],
      isFullHistory: false,
      pathsAtHead: (requested) => headPaths(repository, head, requested),
    };
  },
  async history(repository) {
    const [shallow, head] = await Promise.all([
      git(repository, ["rev-parse", "--is-shallow-repository"]),
      revision(repository, "HEAD"),
    ]);
    if (shallow.status !== 0) throw new ScanError(refusal(shallow.stderr, repository.folder));
    const range = { include: [], exclude: [], all: true };
    const otherRoles = new OtherRoles(repository);
    return {
      range: "the whole history",
      sources: [historySources(repository, range, otherRoles.tree)],
      problems: shallow.stdout.toString().trim() === "true" ? [{ code: "clone_shallow" }] : [],
      isFullHistory: true,
      otherRoles,
      placed: async (objects) => placedSources(repository, await placements(repository, range, objects)),
      pathsAtHead: async (requested) => (head === null ? new Map() : headPaths(repository, head, requested)),
    };
  },
};

/** The sources under other paths than these. */
function without({ sources, ...others }: Sources, paths: ReadonlySet<string>): Sources {
  const left = async function* () {
    for await (const source of sources) if (!paths.has(source.path)) yield source;
  };
  return { ...others, sources: left() };
}
