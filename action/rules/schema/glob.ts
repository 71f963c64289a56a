/**
 * Whether paths fit a glob: `*` is any run of characters and `?` any one character of a segment, a segment `**`
 * any number of segments, `{a,b}` either. Everything else matches itself, `[` also, because file names hold
 * it. The whole path must fit, from the repository's root. `node:path` has a `matchesGlob` only since Node 22.5.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const alternatives = expanded(glob.replace(/^\.\//, "")).map((one) => one.split("/"));
  return (path) => {
    const segments = path.split("/");
    return alternatives.some((pattern) => fits(pattern, segments, fitsSegment, "**"));
  };
}

/**
 * How far a folder goes along a glob, as a key: below folders with equal keys the same names fit. Empty where nothing
 * below can fit.
 */
export function globProgress(glob: string): (folder: string) => string {
  const alternatives = expanded(glob.replace(/^\.\//, "")).map((one) => one.split("/"));
  return (folder) => {
    const segments = folder === "" ? [] : folder.split("/");
    const reached = alternatives.map((pattern) => reachedBy(pattern, segments).join(","));
    return reached.every((one) => one === "") ? "" : reached.join(";");
  };
}

/** The segments of the pattern that may come next. */
function reachedBy(pattern: readonly string[], segments: readonly string[]): readonly number[] {
  // `**` may match nothing, so that what follows it may come next too.
  const withNext = (at: number): readonly number[] =>
    pattern[at] === "**" ? [at, ...withNext(at + 1)] : [at];
  let open = new Set(withNext(0));
  for (const segment of segments)
    open = new Set(
      [...open].flatMap((at) => {
        const wanted = pattern[at];
        if (wanted === "**") return withNext(at);
        return wanted !== undefined && fitsSegment(wanted, segment) ? withNext(at + 1) : [];
      }),
    );
  return [...open].filter((at) => at < pattern.length).toSorted((one, other) => one - other);
}

/** Whether one of the globs fits the path or one of the folders that it is in. */
export function pathOrFolderMatcher(globs: readonly string[]): (path: string) => boolean {
  const matchers = globs.map((glob) => globMatcher(glob.replace(/\/$/, "")));
  if (matchers.length === 0) return () => false;
  return (path) => {
    for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1))
      if (matchers.some((matches) => matches(path.slice(0, end)))) return true;
    return matchers.some((matches) => matches(path));
  };
}

/** More alternatives than this are no accident. */
const MAX_ALTERNATIVES = 256;

function expanded(glob: string): readonly string[] {
  let open = [glob];
  const done: string[] = [];
  while (open.length > 0 && open.length + done.length <= MAX_ALTERNATIVES) {
    const [one = "", ...rest] = open;
    // The innermost braces, so that those around them follow.
    const braces = /\{([^{}]*,[^{}]*)\}/.exec(one);
    if (braces === null) done.push(one);
    const [whole = "", inside = ""] = braces ?? [];
    const options = braces === null ? [] : inside.split(",");
    open = [...rest, ...options.map((option) => one.replace(whole, () => option))];
  }
  return [...done, ...open];
}

const fitsSegment = (pattern: string, segment: string) =>
  fits([...pattern], [...segment], (wanted, given) => wanted === "?" || wanted === given, "*");

/**
 * Whether the items fit the pattern, in which `wild` matches any number of them. Only the last wild one is
 * ever reconsidered, so the time is at most the product of the two lengths.
 */
function fits<Item>(
  pattern: readonly Item[],
  items: readonly Item[],
  same: (wanted: Item, given: Item) => boolean,
  wild: Item,
): boolean {
  let [at, next, resume, covered] = [0, 0, -1, 0];
  while (next < items.length) {
    const wanted = pattern[at];
    if (wanted === wild) {
      resume = at++;
      covered = next;
    } else if (at < pattern.length && same(wanted as Item, items[next] as Item)) {
      at++;
      next++;
    } else if (resume !== -1) {
      at = resume + 1;
      next = ++covered;
    } else return false;
  }
  while (pattern[at] === wild) at++;
  return at === pattern.length;
}
