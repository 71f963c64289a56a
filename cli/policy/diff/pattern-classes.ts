/** Values that the same patterns match: whatever a policy decides about one of them, it decides about all. */
export interface PatternClass {
  /** One of the values. */
  readonly example: string;
  /** The patterns that match all of the values; the others match none. */
  readonly matched: readonly string[];
}

/** What values there are: the characters of one, and which texts are one. */
export interface ValueKind {
  readonly alphabet: string;
  readonly maxLength: number;
  /**
   * Equal for two beginnings of values if the same continuations make values of both; undefined where none does. A
   * value is a text whose phase is in `complete`.
   */
  phase(beginning: string): string | undefined;
  readonly complete: readonly string[];
}

/** The patterns overlap in more ways than can be distinguished. */
export class TooManyClasses extends Error {
  override readonly name = "TooManyClasses";
}

/** Steps of the search: about a second. */
const MAX_STEPS = 500_000;

/**
 * Every class of the values of a kind, for patterns of one segment in which `*` is any run of characters. With
 * `unmatched` also the class that no pattern matches. Two values are in one class exactly if the same patterns match.
 * @throws TooManyClasses
 */
export function patternClasses(
  patterns: readonly string[],
  kind: ValueKind,
  options: { readonly unmatched: boolean },
): readonly PatternClass[] {
  const distinct = [...new Set(patterns)];
  const wildcards = distinct.filter((pattern) => pattern.includes("*"));
  const literals = distinct.filter((pattern) => !pattern.includes("*") && isValue(pattern, kind));
  const ofLiterals = literals.map((literal) => ({
    example: literal,
    matched: [literal, ...wildcards.filter((pattern) => accepts(pattern, after(pattern, literal)))],
  }));
  return [...ofLiterals, ...wildcardClasses(wildcards, literals, kind, options.unmatched)];
}

const isValue = (text: string, kind: ValueKind): boolean =>
  text.length <= kind.maxLength && kind.complete.includes(phaseOf(text, kind) ?? "");

function phaseOf(text: string, kind: ValueKind): string | undefined {
  return [...text].every((character) => kind.alphabet.includes(character)) ? kind.phase(text) : undefined;
}

/** The beginning of a value, and where in each pattern it leads. */
interface Beginning {
  readonly text: string;
  readonly phase: string | undefined;
  readonly states: readonly State[];
}

/** A breadth-first search through the beginnings of values; of those that have the same continuations, one is followed. */
function wildcardClasses(
  wildcards: readonly string[],
  literals: readonly string[],
  kind: ValueKind,
  unmatched: boolean,
): readonly PatternClass[] {
  if (wildcards.length === 0 && !unmatched) return [];
  const found = new Map<string, PatternClass>();
  const isNew = novelty(literals);
  const characters = distinguished([...wildcards, ...literals], kind.alphabet);
  let steps = 0;
  const longer = ({ text, states }: Beginning): readonly Beginning[] => {
    steps += characters.length * (1 + wildcards.length);
    if (steps > MAX_STEPS) throw new TooManyClasses();
    return characters
      .map((character) => ({
        text: `${text}${character}`,
        phase: kind.phase(`${text}${character}`),
        states: wildcards.map((pattern, index) => step(pattern, states[index] ?? [], character)),
      }))
      .filter(
        ({ phase, states }) => phase !== undefined && (unmatched || states.some(({ length }) => length > 0)),
      )
      .filter(isNew);
  };
  const note = ({ text, phase, states }: Beginning): void => {
    if (literals.includes(text) || !kind.complete.includes(phase ?? "")) return;
    const matched = wildcards.filter((pattern, index) => accepts(pattern, states[index] ?? []));
    const key = matched.join("\n");
    if ((matched.length > 0 || unmatched) && !found.has(key)) found.set(key, { example: text, matched });
  };
  const start = wildcards.map((pattern) => closure(pattern, [0]));
  let beginnings: readonly Beginning[] = [{ text: "", phase: kind.phase(""), states: start }];
  for (let length = 0; length <= kind.maxLength && beginnings.length > 0; length++) {
    beginnings.forEach(note);
    // Without a wildcard there is one class, and it is found.
    if (wildcards.length === 0 && found.size > 0) break;
    beginnings = beginnings.flatMap(longer);
  }
  return [...found.values()];
}

/** Whether no beginning had the same continuations before. Those of a literal are none but its own. */
function novelty(literals: readonly string[]): (beginning: Beginning) => boolean {
  const prefixes = new Set(
    literals.flatMap((literal) => [...literal].map((_, index) => literal.slice(0, index + 1))),
  );
  const seen = new Set<string>();
  return ({ text, phase, states }) => {
    const key = JSON.stringify([states, phase, prefixes.has(text) ? text : ""]);
    const before = seen.size;
    return seen.add(key).size > before;
  };
}

/** The characters of the patterns, and of all others, which no pattern distinguishes, one letter, digit and sign each. */
function distinguished(patterns: readonly string[], alphabet: string): readonly string[] {
  const used = new Set(patterns.join("").replaceAll("*", ""));
  const unused = [...alphabet].filter((character) => !used.has(character));
  const others = [/[a-z]/i, /[0-9]/, /[^a-z0-9]/i].map((kind) => unused.find((one) => kind.test(one)));
  return [...used, ...others.filter((one) => one !== undefined)].filter((one) => alphabet.includes(one));
}

/** Positions in a pattern, in order, at which a text may have arrived. */
type State = readonly number[];

/** With the positions behind stars, which match nothing too. */
function closure(pattern: string, positions: Iterable<number>): State {
  const all = new Set<number>();
  for (const position of positions) {
    let at = position;
    all.add(at);
    while (pattern[at] === "*") all.add(++at);
  }
  return [...all].sort((a, b) => a - b);
}

const step = (pattern: string, state: State, character: string): State =>
  closure(
    pattern,
    state.flatMap((at) => (pattern[at] === "*" ? [at] : pattern[at] === character ? [at + 1] : [])),
  );

const after = (pattern: string, text: string): State =>
  [...text].reduce((state, character) => step(pattern, state, character), closure(pattern, [0]));

const accepts = (pattern: string, state: State): boolean => state.includes(pattern.length);
