import { alternatives, nameMatcher } from "./glob-units.ts";

/*
 * The globs are those of picomatch with `dot: true`, without extended patterns and ranges: docs/rules.md lists them, and
 * a test compares both on random globs and paths. picomatch reads the bracket expressions. It does not match the paths,
 * because its regular expressions backtrack and a pull request chooses the path: a name of 500 characters takes it half
 * a minute under `*-*-*-*.json`. Here the time is at most the product of the two lengths.
 * Import this file on demand: few runs have a glob, and picomatch is 25 kB that a pre-commit hook would read first.
 */

/**
 * Matches whole paths, from the repository's root, against a glob. `node:path` has a `matchesGlob` only since Node 22.5.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const patterns = compiled(glob);
  return (path) => {
    const names = path.split("/");
    return patterns.some((pattern) => matchesPath(pattern, names));
  };
}

/**
 * How far a folder goes along a glob, as a key: below folders with equal keys the same names match. Empty where nothing
 * below can match.
 */
export function globProgress(glob: string): (folder: string) => string {
  const patterns = compiled(glob);
  return (folder) => {
    const names = folder === "" ? [] : folder.split("/");
    const reached = patterns.map((pattern) => reachedBy(pattern, names).join(","));
    return reached.every((one) => one === "") ? "" : reached.join(";");
  };
}

/** Whether one of the globs matches the path or one of the folders that it is in. */
export function pathOrFolderMatcher(globs: readonly string[]): (path: string) => boolean {
  const matchers = globs.map((glob) => globMatcher(glob.replace(/\/$/, "")));
  if (matchers.length === 0) return () => false;
  return (path) => {
    for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1))
      if (matchers.some((matches) => matches(path.slice(0, end)))) return true;
    return matchers.some((matches) => matches(path));
  };
}

/** A folder or file name's matcher, or any number of folders. */
type Segment = ((name: string) => boolean) | typeof ANY_FOLDERS;
const ANY_FOLDERS = "**";

/** The alternatives of the glob, each by its segments. */
const compiled = (glob: string): readonly (readonly Segment[])[] =>
  alternatives(glob.replace(/^\.\//, "")).map((one) =>
    one.map((units) => (units.join("") === ANY_FOLDERS ? ANY_FOLDERS : nameMatcher(units))),
  );

/** Whether the names match the segments. Only the last `**` is ever reconsidered. */
function matchesPath(pattern: readonly Segment[], names: readonly string[]): boolean {
  let [at, next, resume, covered] = [0, 0, -1, 0];
  while (next < names.length) {
    const segment = pattern[at];
    if (segment === ANY_FOLDERS) {
      resume = at++;
      covered = next;
    } else if (segment?.(names[next] ?? "")) {
      at++;
      next++;
    } else if (resume !== -1) {
      at = resume + 1;
      next = ++covered;
    } else return false;
  }
  while (pattern[at] === ANY_FOLDERS) at++;
  return at === pattern.length;
}

/** The indexes of the segments that may come next. */
function reachedBy(pattern: readonly Segment[], names: readonly string[]): readonly number[] {
  // `**` may match nothing, so that what follows it may come next too.
  const withNext = (at: number): readonly number[] =>
    pattern[at] === ANY_FOLDERS ? [at, ...withNext(at + 1)] : [at];
  let open = new Set(withNext(0));
  for (const name of names)
    open = new Set(
      [...open].flatMap((at) => {
        const segment = pattern[at];
        if (segment === ANY_FOLDERS) return withNext(at);
        return segment?.(name) ? withNext(at + 1) : [];
      }),
    );
  return [...open].filter((at) => at < pattern.length).toSorted((one, other) => one - other);
}
