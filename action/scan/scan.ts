import { distinct, type Report, sorted } from "../report/report.ts";
import type { OtherRoles } from "../sources/git/other-roles.ts";
import type { RequestedPaths } from "../sources/git/paths-at-head.ts";
import { ScanError, type Source, type Sources } from "../sources/source.ts";
import { applySuppressions } from "../suppressions/apply.ts";
import {
  type LeftOut,
  type PathFinding,
  type PathSuppression,
  pathCoverage,
} from "../suppressions/by-path.ts";
import { remarks } from "../suppressions/remarks.ts";
import { type Entry, isPathEntry } from "../suppressions/suppressions.ts";
import type { LocatedFinding, Scanned } from "./finding.ts";
import { distinctProblems, type ScanProblem } from "./problem.ts";
import { type Rule, roleKeys } from "./rule.ts";
import { scanSource } from "./scan-source.ts";
import { FAIL_BY_DEFAULT, type FailOnSkipped, SkippedList } from "./skipped.ts";

/** Where blobs are in the newest state: object to paths. */
type PathsAtHead = ReadonlyMap<string, readonly string[]>;

/** What to scan, by which rules, and what to suppress. */
export interface ScanRequest {
  /** In words: `pull_request: abc…..def…`. */
  readonly range: string;
  readonly sources: readonly Sources[];
  readonly rules: readonly Rule[];
  /** Globs of the users' schemas: each must match a file. */
  readonly globs: readonly string[];
  readonly suppressions: readonly Entry[];
  /** What went wrong before. */
  readonly problems: readonly ScanProblem[];
  /** Remarks from before. */
  readonly notices?: readonly string[];
  /** Whether the whole repository is scanned, so that a suppression without a finding is out of use. */
  readonly isFullHistory: boolean;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** Kinds of skipped content that fail the run. Default: those of the table in `skipped.ts`. */
  readonly failOnSkipped?: FailOnSkipped;
  /** Called at most once, and only if needed; without it every finding keeps its place. */
  readonly pathsAtHead?: (requested: RequestedPaths) => Promise<PathsAtHead>;
  /** Where the sources give each object one path: finds the objects that other paths have read in another way. */
  readonly otherRoles?: OtherRoles;
  /** Where the sources give each object one path and no commit: the objects again, under every path that they have had. */
  readonly placed?: (objects: ReadonlySet<string>) => Promise<Sources>;
  readonly progress?: (scanned: Report["scanned"]) => void;
}

interface Found extends LocatedFinding, PathFinding {
  readonly path: string;
}

/** Scans every source with every rule; reports what was found, suppressed and skipped. */
export const lint = async (request: ScanRequest): Promise<Report> =>
  new Scan(request, await globMatchers(request.globs)).report();

class Scan {
  readonly #request: ScanRequest;
  readonly #problems: ScanProblem[];
  readonly #skipped = new SkippedList();
  readonly #leftOut = { objects: new Set<string>(), folders: false as boolean } satisfies LeftOut;
  readonly #scanned = { blobs: 0, bytes: 0, archives: 0 };
  /** The globs that no path matches so far. */
  readonly #unmatched: Map<string, (path: string) => boolean>;
  #found: readonly Found[] = [];

  constructor(request: ScanRequest, matchers: Map<string, (path: string) => boolean>) {
    this.#request = request;
    this.#problems = [...request.problems];
    this.#unmatched = matchers;
  }

  async report(): Promise<Report> {
    const { sources, otherRoles, suppressions, failOnSkipped, isFullHistory, range, today } = this.#request;
    otherRoles?.use(roleKeys(this.#request.rules));
    for (const some of sources) await this.#scanNew(some);
    if (otherRoles !== undefined) await this.#scanOtherRoles(otherRoles);
    this.#problems.push(...sources.flatMap(({ problems }) => problems));
    await this.#scanPlaced();
    const located = await this.#located(await this.#pathsAtHead());
    for (const glob of this.#unmatched.keys()) this.#problems.push({ code: "glob_unmatched", glob });
    const applied = applySuppressions(located, suppressions, today);
    return {
      findings: sorted(distinct(applied.findings)),
      suppressed: sorted(distinct(applied.suppressed)),
      skipped: this.#skipped.list(failOnSkipped ?? FAIL_BY_DEFAULT),
      notices: [
        ...(this.#request.notices ?? []),
        ...sources.flatMap(({ notices = [] }) => notices),
        ...remarks(applied, isFullHistory),
      ],
      problems: distinctProblems(this.#problems),
      scanned: this.#scanned,
      range,
    };
  }

  async #scanNew(sources: Sources): Promise<void> {
    const { otherRoles, progress } = this.#request;
    const found = await this.#foundIn(sources, (source, { bytes, skippedKinds }) => {
      otherRoles?.note(source, skippedKinds);
      if (source.part === undefined) this.#scanned.blobs++;
      this.#scanned.bytes += bytes;
      this.#skipped.add(skippedKinds, source);
      this.#scanned.archives = this.#skipped.count("archive");
      this.#match(source.path);
      progress?.(this.#scanned);
    });
    this.#found = [...this.#found, ...found];
  }

  /** Contents that are counted already, under paths that decide to read them in another way. */
  async #scanOtherRoles(otherRoles: OtherRoles): Promise<void> {
    const others = otherRoles.sources();
    const found = await this.#foundIn(others, (source, { skippedKinds }) =>
      this.#skipped.add(otherRoles.newlySkipped(source, skippedKinds), source),
    );
    this.#found = [...this.#found, ...found];
    this.#problems.push(...others.problems);
  }

  /** What was found without a commit, again, under every path. It is counted; what is skipped of one path is skipped of all. */
  async #scanPlaced(): Promise<void> {
    const open = new Set(
      this.#found.flatMap(({ commit, tag, object }) => (commit || tag ? [] : (object ?? []))),
    );
    if (open.size === 0) return;
    const placed = await orProblem(this.#problems, () => this.#request.placed?.(open));
    if (placed === undefined) return;
    const known = new Set<string | undefined>();
    const found = await this.#foundIn(placed, (source, { findings, skippedKinds }) => {
      if (findings.length > 0 || source.isLink) known.add(source.object);
      this.#skipped.add(
        skippedKinds.filter((skippedKind) => skippedKind === "copies"),
        source,
      );
    });
    this.#problems.push(...placed.problems);
    this.#found = [...this.#found.filter(({ object }) => !known.has(object)), ...found];
  }

  async #foundIn(
    { sources }: Sources,
    seen: (source: Source, scanned: Scanned) => void,
  ): Promise<readonly Found[]> {
    const all: Found[] = [];
    await orProblem(this.#problems, async () => {
      for await (const source of sources) {
        const one = source.scanned ?? (await scanOne(source, this.#request.rules, this.#problems));
        seen(source, one);
        const { path, part, commit, tag, object, uncertainPath = false } = source;
        if (one.skippedKinds.includes("copies")) this.#noteLeftOut(object);
        for (const finding of one.findings)
          all.push({ ...finding, path, part, commit, tag, object, uncertainPath });
      }
    });
    return all;
  }

  #noteLeftOut(object: string | undefined): void {
    if (object === undefined) this.#leftOut.folders = true;
    else this.#leftOut.objects.add(object);
  }

  #match(path: string): void {
    for (const [glob, matches] of this.#unmatched) if (matches(path)) this.#unmatched.delete(glob);
  }

  /** Undefined where they are not needed, or cannot be read. */
  async #pathsAtHead(): Promise<PathsAtHead | undefined> {
    const { pathsAtHead } = this.#request;
    const hasUnmatched = this.#unmatched.size > 0;
    if (pathsAtHead === undefined || (this.#found.length === 0 && !hasUnmatched)) return undefined;
    const each = hasUnmatched ? (path: string) => this.#match(path) : undefined;
    return orProblem(this.#problems, () => pathsAtHead(requestedPaths(this.#found, each)));
  }

  async #located(pathsAtHead: PathsAtHead | undefined) {
    const { suppressions, today, rules } = this.#request;
    const valid = suppressions.filter(isPathEntry).filter(({ expires }) => expires >= today);
    const covering = await pathCoverage(valid, this.#found, this.#leftOut);
    return located(this.#found, this.#request.pathsAtHead === undefined, pathsAtHead, { covering, rules });
  }
}

/** A matcher for each of the globs. */
async function globMatchers(globs: readonly string[]): Promise<Map<string, (path: string) => boolean>> {
  if (globs.length === 0) return new Map();
  const { globMatcher } = await import("../rules/schema/glob.ts");
  return new Map(globs.map((glob) => [glob, globMatcher(glob)]));
}

/** A rule that fails on one content does not keep the others from being scanned. */
async function scanOne(source: Source, rules: readonly Rule[], problems: ScanProblem[]): Promise<Scanned> {
  try {
    return await scanSource(source, rules);
  } catch (error) {
    if (error instanceof ScanError) throw error;
    const name = error instanceof Error ? error.name : "error";
    problems.push({ code: "rule_failed", path: source.path, error: name });
    return { findings: [], bytes: 0, skippedKinds: [] };
  }
}

/** A source that cannot be scanned ends only itself. */
async function orProblem<Value>(
  problems: ScanProblem[],
  act: () => Promise<Value> | undefined,
): Promise<Value | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    problems.push(error.problem);
    return undefined;
  }
}

const requestedPaths = (found: readonly Found[], each: RequestedPaths["each"]): RequestedPaths => ({
  found: found.flatMap(({ object, path, part }) =>
    object === undefined || part !== undefined ? [] : [{ object, path }],
  ),
  ...(each && { each }),
});

interface Placing {
  readonly covering: (finding: Found) => readonly PathSuppression[];
  readonly rules: readonly Rule[];
}

/**
 * What the newest commit has where it was found is reported there. Where it has the blob under another path only, and
 * nothing was found there, that path is the finding's. The disk is always the newest state, and so is a message.
 */
function located(
  found: readonly Found[],
  areAllAtHead: boolean,
  pathsAtHead: PathsAtHead | undefined,
  { covering, rules }: Placing,
) {
  const places = new Set(found.map(({ object, path }) => `${object} ${path}`));
  return found.map((one) => {
    const { object, ...own } = one;
    const finding = { ...own, byPath: covering(one) };
    if (object === undefined || one.part !== undefined) return { ...finding, atHead: true };
    const here = pathsAtHead?.get(object);
    if (here === undefined) return { ...finding, atHead: areAllAtHead };
    if (here.includes(finding.path)) return { ...finding, atHead: true };
    const [path = finding.path] = here;
    const { file } = roleKeys(rules.filter(({ id }) => id === one.rule));
    const role = (at: string) => file(at).join("\n");
    // There another role may apply; and a place that is suppressed must not replace one that is not.
    const isOther =
      role(path) !== role(one.path) || covering({ ...one, path }).length !== finding.byPath.length;
    return isOther || places.has(`${object} ${path}`)
      ? { ...finding, atHead: false }
      : { ...finding, path, atHead: true };
  });
}
