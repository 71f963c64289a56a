import picomatch from "picomatch/posix.js";

/** An escaped character, a bracket expression, stars, plain characters, or one character that may be special. */
const UNIT = /\\.|\[[!^]?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\/])*\]|\*+|[^\\[*?{},/]+|./gsu;

type Units = readonly string[];

/** More alternatives than this are no accident: further braces match themselves. */
const MAX_ALTERNATIVES = 256;

/** What the braces of a glob stand for, each by the units of its segments. */
export function alternatives(glob: string): readonly (readonly Units[])[] {
  const open: Units[] = [glob.match(UNIT) ?? []];
  const done: Units[] = [];
  for (let units = open.shift(); units !== undefined; units = open.shift()) {
    const braces = open.length + done.length < MAX_ALTERNATIVES ? innermostBraces(units) : undefined;
    if (braces === undefined) done.push(units);
    else {
      const [before, after] = [units.slice(0, braces.start), units.slice(braces.end + 1)];
      for (const option of braces.options) open.push([...before, ...option, ...after]);
    }
  }
  return done.map((units) => splitAt(units, "/"));
}

/** The first braces with a comma and without braces inside that have one, so that those around them follow. */
function innermostBraces(units: Units) {
  const starts: number[] = [];
  for (const [end, unit] of units.entries()) {
    if (unit === "{") starts.push(end);
    const start = unit === "}" ? starts.pop() : undefined;
    if (start === undefined) continue;
    const options = splitAt(units.slice(start + 1, end), ",");
    if (options.length > 1) return { start, end, options };
  }
  return undefined;
}

function splitAt(units: Units, separator: string): readonly Units[] {
  const parts: string[][] = [[]];
  for (const unit of units) {
    if (unit === separator) parts.push([]);
    else parts.at(-1)?.push(unit);
  }
  return parts;
}

const STAR = "*";
/** Where a step that begins at an offset of the name ends; undefined if it does not match there. */
type Step = typeof STAR | ((name: string, at: number) => number | undefined);

/** Matches whole names of files and folders against the units of one segment. */
export function nameMatcher(units: Units): (name: string) => boolean {
  if (!units.some(isWildcard)) {
    const literal = units.map(unescaped).join("");
    return (name) => name === literal;
  }
  const steps = units.map(stepOf);
  const last = units.at(-1) ?? "";
  const ending = isWildcard(last) ? "" : unescaped(last);
  return (name) => {
    // Most names differ here already.
    if (!name.endsWith(ending)) return false;
    let offsets: readonly number[] = [0];
    for (const step of steps) {
      offsets = step === STAR ? onwards(offsets, name) : endsOf(step, offsets, name);
      if (offsets.length === 0) return false;
    }
    return offsets.includes(name.length);
  };
}

/** A step leads from an offset to one other at most, so that there are never more of them than characters. */
function endsOf(step: Exclude<Step, typeof STAR>, offsets: readonly number[], name: string) {
  const ends: number[] = [];
  for (const at of offsets) {
    const end = step(name, at);
    if (end !== undefined) ends.push(end);
  }
  return ends;
}

const isWildcard = (unit: string): boolean => unit === "?" || unit.startsWith(STAR) || isBrackets(unit);
const isBrackets = (unit: string): boolean => unit.startsWith("[") && unit.length > 1;
const unescaped = (unit: string): string => (unit.length > 1 ? unit.replace(/^\\/, "") : unit);

/** Every offset from the first one to the end. */
function onwards(offsets: readonly number[], { length }: string): readonly number[] {
  const first = offsets.reduce((one, other) => Math.min(one, other), length);
  return Array.from({ length: length - first + 1 }, (_, index) => first + index);
}

function stepOf(unit: string): Step {
  if (unit.startsWith(STAR)) return STAR;
  if (unit === "?") return (name, at) => (at < name.length ? at + characterAt(name, at).length : undefined);
  if (isBrackets(unit)) return bracketStep(unit);
  const literal = unescaped(unit);
  return (name, at) => (name.startsWith(literal, at) ? at + literal.length : undefined);
}

/** As picomatch reads it: `[ab]` is one of the characters and also itself, because names of files hold brackets. */
function bracketStep(brackets: string): Step {
  const expression = picomatch.makeRe(brackets, { posix: true, flags: "u" });
  const isLiteralToo = expression.test(brackets);
  return (name, at) => {
    if (isLiteralToo && name.startsWith(brackets, at)) return at + brackets.length;
    const character = characterAt(name, at);
    return character !== "" && expression.test(character) ? at + character.length : undefined;
  };
}

/** The character at an offset, which may be two UTF-16 units; empty at the end. */
const characterAt = (name: string, at: number): string =>
  at < name.length ? String.fromCodePoint(name.codePointAt(at) ?? 0) : "";
