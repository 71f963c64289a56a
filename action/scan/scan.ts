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
export async function lint(request: ScanRequest): Promise<Report> {
  let found: readonly Found[] = [];
  const left = new SkippedList();
  const problems: ScanProblem[] = [...request.problems];
  const leftOut = { objects: new Set<string>(), folders: false } satisfies LeftOut;
  const scanned = { blobs: 0, bytes: 0, archives: 0 };
  const unmatched = await globMatchers(request.globs);
  const match = (path: string) => {
    for (const [glob, matches] of unmatched) if (matches(path)) unmatched.delete(glob);
  };
  const foundIn = async ({ sources }: Sources, seen: (source: Source, scanned: Scanned) => void) => {
    const all: Found[] = [];
    await orProblem(problems, async () => {
      for await (const source of sources) {
        const one = source.scanned ?? (await scanOne(source, request.rules, problems));
        seen(source, one);
        const { path, part, commit, tag, object, uncertainPath = false } = source;
        if (one.skippedKinds.includes("copies")) noteLeftOut(leftOut, object);
        for (const finding of one.findings)
          all.push({ ...finding, path, part, commit, tag, object, uncertainPath });
      }
    });
    return all;
  };
  const count = ({ path, part, commit }: Source, { bytes, skippedKinds }: Scanned) => {
    if (part === undefined) scanned.blobs++;
    scanned.bytes += bytes;
    left.add(skippedKinds, { path, commit });
    scanned.archives = left.count("archive");
    match(path);
    request.progress?.(scanned);
  };
  const { otherRoles } = request;
  otherRoles?.use(roleKeys(request.rules));
  const seen = (source: Source, one: Scanned) => {
    otherRoles?.note(source, one.skippedKinds);
    count(source, one);
  };
  for (const sources of request.sources) found = [...found, ...(await foundIn(sources, seen))];
  if (otherRoles !== undefined) {
    const others = otherRoles.sources();
    // The same contents, which are counted already.
    const more = await foundIn(others, (one, { skippedKinds }) =>
      left.add(otherRoles.newlySkipped(one, skippedKinds), one),
    );
    found = [...found, ...more];
    problems.push(...others.problems);
  }
  problems.push(...request.sources.flatMap((sources) => sources.problems));
  const open = new Set(found.flatMap(({ commit, tag, object }) => (commit || tag ? [] : (object ?? []))));
  const placed = open.size === 0 ? undefined : await orProblem(problems, () => request.placed?.(open));
  if (placed !== undefined) {
    // They are counted already; what is skipped of one path is skipped of all.
    const again = await foundIn(placed, ({ path, commit }, { skippedKinds }) =>
      left.add(
        skippedKinds.filter((skippedKind) => skippedKind === "copies"),
        { path, commit },
      ),
    );
    problems.push(...placed.problems);
    const known = new Set(again.map(({ object }) => object));
    found = [...found.filter(({ object }) => !known.has(object)), ...again];
  }
  const pathsAtHead =
    request.pathsAtHead !== undefined && (found.length > 0 || unmatched.size > 0)
      ? await orProblem(problems, () =>
          request.pathsAtHead?.(requestedPaths(found, unmatched.size > 0 ? match : undefined)),
        )
      : undefined;
  for (const glob of unmatched.keys()) problems.push({ code: "glob_unmatched", glob });
  const valid = request.suppressions.filter(isPathEntry).filter(({ expires }) => expires >= request.today);
  const covering = await pathCoverage(valid, found, leftOut);
  const applied = applySuppressions(
    located(found, request.pathsAtHead === undefined, pathsAtHead, { covering, rules: request.rules }),
    request.suppressions,
    request.today,
  );
  return {
    findings: sorted(distinct(applied.findings)),
    suppressed: sorted(distinct(applied.suppressed)),
    skipped: left.list(request.failOnSkipped ?? FAIL_BY_DEFAULT),
    notices: [
      ...(request.notices ?? []),
      ...request.sources.flatMap(({ notices = [] }) => notices),
      ...remarks(applied, request.isFullHistory),
    ],
    problems: distinctProblems(problems),
    scanned,
    range: request.range,
  };
}

const noteLeftOut = (leftOut: { objects: Set<string>; folders: boolean }, object: string | undefined) => {
  if (object === undefined) leftOut.folders = true;
  else leftOut.objects.add(object);
};

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
