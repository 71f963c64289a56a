import type { LocatedFinding, Scanned } from "./finding.ts";
import { FAIL_BY_DEFAULT, type FailOnSkipped, GapList } from "./gaps.ts";
import { distinct, type Report, sorted } from "./report/report.ts";
import { counted } from "./report/words.ts";
import { globMatcher } from "./rules/glob.ts";
import type { Rule } from "./rules/rule.ts";
import { scanSource } from "./scan.ts";
import type { WantedPaths } from "./sources/head-paths.ts";
import { CannotLook, MESSAGE_PATH, type Problem, type Source, type Sources } from "./sources/source.ts";
import { EXCEPTIONS_FILE, type Exception, type Sifted, sift } from "./suppression.ts";

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
  readonly exceptions: readonly Exception[];
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
  /** Where the sources give each object one path and no commit: the objects again, under every path that they have had. */
  readonly placed?: (objects: ReadonlySet<string>) => Promise<Sources>;
  readonly progress?: (scanned: Report["scanned"]) => void;
}

interface Found extends LocatedFinding {
  readonly object: string | undefined;
}

/** Looks at every source with every rule; tells what was found, let through and not looked at. */
export async function lint(look: Look): Promise<Report> {
  let found: readonly Found[] = [];
  const left = new GapList();
  const problems: Problem[] = [...look.problems];
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
        const { path, commit, tag, object } = source;
        for (const finding of one.findings) all.push({ ...finding, path, commit, tag, object });
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
  for (const sources of look.sources) found = [...found, ...(await foundIn(sources, count))];
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
  const sifted = sift(located(found, look.standing === undefined, standing), look.exceptions, look.today);
  return {
    findings: sorted(distinct(sifted.findings)),
    suppressed: sifted.suppressed,
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

/** A rule that fails on one content does not keep the others from being looked at. */
async function scanOne(source: Source, rules: readonly Rule[], problems: Problem[]): Promise<Scanned> {
  try {
    return await scanSource(source, rules);
  } catch (error) {
    if (error instanceof CannotLook) throw error;
    const name = error instanceof Error ? error.name : "error";
    problems.push(
      `${source.path} could not be looked at (${name}); report this, it is a defect of the linter.`,
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

/**
 * What the newest commit has where it was found stands there. Where it has the blob under another path only, and
 * nothing was found there, that path is the finding's. The disk is always the newest state, and so is a message.
 */
function located(found: readonly Found[], allStand: boolean, standing: Standing | undefined) {
  const places = new Set(found.map(({ object, path }) => `${object} ${path}`));
  return found.map(({ object, ...finding }) => {
    if (object === undefined || finding.path === MESSAGE_PATH) return { ...finding, atHead: true };
    const here = standing?.get(object);
    if (here === undefined) return { ...finding, atHead: allStand };
    if (here.includes(finding.path)) return { ...finding, atHead: true };
    const [path = finding.path] = here;
    return places.has(`${object} ${path}`)
      ? { ...finding, atHead: false }
      : { ...finding, path, atHead: true };
  });
}

const remarks = (
  { expired, unused, unbound }: Pick<Sifted<unknown>, "expired" | "unused" | "unbound">,
  everything: boolean,
): readonly string[] => [
  ...(unbound.length === 0 ? [] : [unboundSentence(unbound)]),
  ...expired.map(
    ({ identity, expires }) =>
      `${EXCEPTIONS_FILE}: the entry for ${identity} expired on ${expires}; remove the cause, or give it a new day.`,
  ),
  ...(everything ? unused : []).map(({ identity, secretHash }) =>
    secretHash === undefined
      ? `${EXCEPTIONS_FILE}: nothing has the identity ${identity} any more; remove its entry.`
      : `${EXCEPTIONS_FILE}: no secret at ${identity} has a value of its entry any more; remove the entry.`,
  ),
];

/** So many entries are named. */
const MAX_NAMES = 10;

function unboundSentence(entries: readonly Exception[]): string {
  const names = entries.slice(0, MAX_NAMES).map(({ identity }) => identity);
  const more = entries.length - names.length;
  return `${EXCEPTIONS_FILE}: ${counted(entries.length, "entry").replace("entrys", "entries")} for Box secrets without a secretHash ${entries.length === 1 ? "suppresses" : "suppress"} nothing, because any other secret at the same place would pass: ${names.join(", ")}${more > 0 ? `, and ${counted(more, "other")}` : ""}. Renew with: box-config-lint baseline`;
}
