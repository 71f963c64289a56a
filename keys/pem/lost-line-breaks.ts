/**
 * Base64 whose line breaks lost their backslash: a shell or a compose file turns `\n` into the letter `n` and `\r\n`
 * into `rn`. Both are base64 themselves, so a break is recognised by the equal width of the lines, and, where
 * the structure of the key gives its size, by a total length that is right to the character.
 */
const MARKS = ["n", "rn"] as const;

/** What programs wrap at, the most frequent first: OpenSSL, ssh-keygen, MIME. */
const COMMON_WIDTHS = [64, 70, 76, 72, 60, 48];
/** Widths that people set by hand. */
const [NARROWEST, WIDEST] = [40, 128];
const OTHER_WIDTHS = Array.from({ length: WIDEST - NARROWEST + 1 }, (_, at) => at + NARROWEST).filter(
  (width) => !COMMON_WIDTHS.includes(width),
);

/** Breaks that must fit if nothing gives the length: by chance one position in 64 has the letter `n`. */
const MIN_COMMON_BREAKS = 2;
/** There are 83 of the other widths, so more breaks must fit for the same certainty. */
const MIN_OTHER_BREAKS = 4;
interface Layout {
  readonly width: number;
  readonly mark: string;
  /** Breaks that must fit if nothing gives the length. */
  readonly least: number;
}

const LAYOUTS: readonly Layout[] = [...COMMON_WIDTHS, ...OTHER_WIDTHS].flatMap((width, at) =>
  MARKS.map((mark) => ({
    width,
    mark,
    least: at < COMMON_WIDTHS.length ? MIN_COMMON_BREAKS : MIN_OTHER_BREAKS,
  })),
);
/** Characters of a run with at least two breaks in it. */
const SHORTEST = 2 * 48;
/** Characters behind the body that would have to be more of it. */
const MORE = /[A-Za-z0-9+/]{8}/;
const BASE64 = /[A-Za-z0-9+/]*/y;

/** More layouts than this fit a hostile text alone. */
const MAX_READINGS = 3;

/**
 * The base64 at the start of `text` without lost line breaks, for each layout that fits, the most frequent first:
 * the caller proves one by parsing it. `chars`: characters without padding that the whole body has, where its
 * structure says so; without it the body has to end with the run. Linear in the length of `text`: a layout is
 * given up at its first miss.
 */
export function* withoutLostBreaks(text: string, chars: number | undefined): Generator<string> {
  BASE64.lastIndex = 0;
  const [run = ""] = BASE64.exec(text) ?? [];
  if (run.length <= (chars ?? SHORTEST)) return;
  if (chars === undefined && MORE.test(text.slice(run.length, run.length + 160))) return;
  const known = new Set<string>();
  for (const layout of LAYOUTS) {
    const reading = linesOf(run, layout, chars)?.join("");
    if (reading === undefined || known.has(reading)) continue;
    yield reading;
    if (known.add(reading).size === MAX_READINGS) return;
  }
}

/** The lines of `run`, if each but the last has the width and ends in the mark of the layout. */
function linesOf(run: string, { width, mark, least }: Layout, chars: number | undefined) {
  const end = chars === undefined ? endOf(run, mark) : fullLength(chars, width, mark);
  if (!endsThere(run, end, mark)) return undefined;
  const lines: string[] = [];
  let from = 0;
  for (; from + width < end; from += width + mark.length) {
    if (!run.startsWith(mark, from + width)) return undefined;
    lines.push(run.slice(from, from + width));
  }
  lines.push(run.slice(from, end));
  // A body of one line has nothing to repair but its end.
  const enough = chars === undefined ? lines.length > least : lines.length > 1 || run.length > end;
  return enough ? lines : undefined;
}

/** Without the break before the END line. */
const endOf = (run: string, mark: string) => run.length - (run.endsWith(mark) ? mark.length : 0);

const fullLength = (chars: number, width: number, mark: string) =>
  chars + (Math.ceil(chars / width) - 1) * mark.length;

/** Nothing may follow but the break before the END line. */
const endsThere = (run: string, end: number, mark: string) =>
  run.length === end || (run.length === end + mark.length && run.endsWith(mark));
