import { distinct, type Report, sorted } from "../report/report.ts";
import { globMatcher } from "../rules/schema/glob.ts";
import type { OtherRoles } from "../sources/git/other-roles.ts";
import type { WantedPaths } from "../sources/git/paths-at-head.ts";
import { CannotLook, type Problem, type Source, type Sources } from "../sources/source.ts";
import { sift } from "../suppressions/apply.ts";
import { type LeftOut, type PathException, type PathFinding, pathCoverage } from "../suppressions/by-path.ts";
import { remarks } from "../suppressions/remarks.ts";
import { type Entry, isPathEntry } from "../suppressions/suppressions.ts";
import type { LocatedFinding, Scanned } from "./finding.ts";
import { MESSAGE_PATH } from "./finding.ts";
import { type Rule, roleKeys } from "./rule.ts";
import { scanSource } from "./scan-source.ts";
import { FAIL_BY_DEFAULT, type FailOnSkipped, GapList } from "./skipped.ts";

/** Where blobs stand in the newest state: object to paths. */
type Standing = ReadonlyMap<string, readonly string[]>;

/** What to look at, with what, and what is let through. */
export interface Look {
  /** In words: `pull_request: abc…..def…`. */
  readonly range: string;
  readonly sources: readonly Sources[];
  readonly rules: readonly Rule[];
  /** Globs of the users' schemas: each must match a file. */
  readonly globs: readonly string[];
  readonly exceptions: readonly Entry[];
  /** What went wrong before. */
  readonly problems: readonly Problem[];
  /** Remarks from before. */
  readonly notices?: readonly string[];
  /** Whether all of the repository is looked at, so that an exception without a finding is out of use. */
  readonly everything: boolean;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** Kinds of skipped content that fail the run. Default: those of the table in `gaps.ts`. */
  readonly failOnSkipped?: FailOnSkipped;
  /** Asked at most once, and only where needed; without it everything that is found stands. */
  readonly standing?: (wanted: WantedPaths) => Promise<Standing>;
  /** Where the sources give each object one path: finds the objects that other paths have read in another way. */
  readonly otherRoles?: OtherRoles;
  /** Where the sources give each object one path and no commit: the objects again, under every path that they have had. */
  readonly placed?: (objects: ReadonlySet<string>) => Promise<Sources>;
  readonly progress?: (scanned: Report["scanned"]) => void;
}

interface Found extends LocatedFinding, PathFinding {
  readonly path: string;
}

/** Looks at every source with every rule; tells what was found, let through and not looked at. */
export async function lint(look: Look): Promise<Report> {
  let found: readonly Found[] = [];
  const left = new GapList();
  const problems: Problem[] = [...look.problems];
  const leftOut = { objects: new Set<string>(), folders: false } satisfies LeftOut;
  const scanned = { blobs: 0, bytes: 0, archives: 0 };
  const unmatched = new Map(look.globs.map((glob) => [glob, globMatcher(glob)]));
  const match = (path: string) => {
    for (const [glob, matches] of unmatched) if (matches(path)) unmatched.delete(glob);
  };
  const foundIn = async ({ sources }: Sources, seen: (source: Source, scanned: Scanned) => void) => {
    const all: Found[] = [];
    await orProblem(problems, async () => {
      for await (const source of sources) {
        const one = source.scanned ?? (await scanOne(source, look.rules, problems));
        seen(source, one);
        const { path, commit, tag, object, uncertainPath = false } = source;
        if (one.gaps.includes("copies")) noteLeftOut(leftOut, object);
        for (const finding of one.findings)
          all.push({ ...finding, path, commit, tag, object, uncertainPath });
      }
    });
    return all;
  };
  const count = ({ path, commit }: Source, { bytes, gaps }: Scanned) => {
    if (path !== MESSAGE_PATH) scanned.blobs++;
    scanned.bytes += bytes;
    left.add(gaps, { path, commit });
    scanned.archives = left.count("archive");
    match(path);
    look.progress?.(scanned);
  };
  const { otherRoles } = look;
  otherRoles?.use(roleKeys(look.rules));
  const seen = (source: Source, one: Scanned) => {
    otherRoles?.note(source, one.gaps);
    count(source, one);
  };
  for (const sources of look.sources) found = [...found, ...(await foundIn(sources, seen))];
  if (otherRoles !== undefined) {
    const others = otherRoles.sources();
    // The same contents, which are counted already.
    const more = await foundIn(others, (one, { gaps }) => left.add(otherRoles.newGaps(one, gaps), one));
    found = [...found, ...more];
    problems.push(...others.problems);
  }
  problems.push(...look.sources.flatMap((sources) => sources.problems));
  const open = new Set(found.flatMap(({ commit, tag, object }) => (commit || tag ? [] : (object ?? []))));
  const placed = open.size === 0 ? undefined : await orProblem(problems, () => look.placed?.(open));
  if (placed !== undefined) {
    // They are counted already; what is skipped of one path is skipped of all.
    const again = await foundIn(placed, ({ path, commit }, { gaps }) =>
      left.add(
        gaps.filter((gap) => gap === "copies"),
        { path, commit },
      ),
    );
    problems.push(...placed.problems);
    const known = new Set(again.map(({ object }) => object));
    found = [...found.filter(({ object }) => !known.has(object)), ...again];
  }
  const standing =
    look.standing !== undefined && (found.length > 0 || unmatched.size > 0)
      ? await orProblem(problems, () =>
          look.standing?.(wantedPaths(found, unmatched.size > 0 ? match : undefined)),
        )
      : undefined;
  for (const glob of unmatched.keys())
    problems.push(`The glob ${glob} of the schemas matches no file; correct it, or remove the line.`);
  const valid = look.exceptions.filter(isPathEntry).filter(({ expires }) => expires >= look.today);
  const covering = pathCoverage(valid, found, leftOut);
  const sifted = sift(
    located(found, look.standing === undefined, standing, { covering, rules: look.rules }),
    look.exceptions,
    look.today,
  );
  return {
    findings: sorted(distinct(sifted.findings)),
    suppressed: sorted(distinct(sifted.suppressed)),
    skipped: left.list(look.failOnSkipped ?? FAIL_BY_DEFAULT),
    notices: [
      ...(look.notices ?? []),
      ...look.sources.flatMap(({ notices = [] }) => notices),
      ...remarks(sifted, look.everything),
    ],
    // What is wrong with a repository is met more than once.
    problems: [...new Set(problems)],
    scanned,
    range: look.range,
  };
}

const noteLeftOut = (leftOut: { objects: Set<string>; folders: boolean }, object: string | undefined) => {
  if (object === undefined) leftOut.folders = true;
  else leftOut.objects.add(object);
};

/** A rule that fails on one content does not keep the others from being looked at. */
async function scanOne(source: Source, rules: readonly Rule[], problems: Problem[]): Promise<Scanned> {
  try {
    return await scanSource(source, rules);
  } catch (error) {
    if (error instanceof CannotLook) throw error;
    const name = error instanceof Error ? error.name : "error";
    problems.push(
      `${source.path} could not be scanned (${name}); report this, it is a defect of the linter.`,
    );
    return { findings: [], bytes: 0, gaps: [] };
  }
}

/** What cannot be looked at ends only itself. */
async function orProblem<Value>(
  problems: Problem[],
  act: () => Promise<Value> | undefined,
): Promise<Value | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CannotLook)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

const wantedPaths = (found: readonly Found[], each: WantedPaths["each"]): WantedPaths => ({
  found: found.flatMap(({ object, path }) =>
    object === undefined || path === MESSAGE_PATH ? [] : [{ object, path }],
  ),
  ...(each && { each }),
});

interface Placing {
  readonly covering: (finding: Found) => readonly PathException[];
  readonly rules: readonly Rule[];
}

/**
 * What the newest commit has where it was found stands there. Where it has the blob under another path only, and
 * nothing was found there, that path is the finding's. The disk is always the newest state, and so is a message.
 */
function located(
  found: readonly Found[],
  allStand: boolean,
  standing: Standing | undefined,
  { covering, rules }: Placing,
) {
  const places = new Set(found.map(({ object, path }) => `${object} ${path}`));
  return found.map((one) => {
    const { object, ...own } = one;
    const finding = { ...own, byPath: covering(one) };
    if (object === undefined || finding.path === MESSAGE_PATH) return { ...finding, atHead: true };
    const here = standing?.get(object);
    if (here === undefined) return { ...finding, atHead: allStand };
    if (here.includes(finding.path)) return { ...finding, atHead: true };
    const [path = finding.path] = here;
    const { file } = roleKeys(rules.filter(({ id }) => id === one.rule));
    const role = (at: string) => file(at).join("\n");
    // There it may be read in another way; and a place that is suppressed must not stand for one that is not.
    const isOther =
      role(path) !== role(one.path) || covering({ ...one, path }).length !== finding.byPath.length;
    return isOther || places.has(`${object} ${path}`)
      ? { ...finding, atHead: false }
      : { ...finding, path, atHead: true };
  });
}
