export type Path = readonly (string | number)[];

/** RFC 6901. */
export const jsonPointer = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** The names and indices of a pointer, from the document inwards. */
export const pointerSteps = (pointer: string): readonly string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The pointer of the object or array that holds the value; of the document itself: `""`. */
export const parentPointer = (pointer: string): string =>
  pointer.slice(0, Math.max(pointer.lastIndexOf("/"), 0));

/** What an object or array has under a name or index; undefined for anything inherited, and for any other value. */
export const childOf = (value: unknown, step: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, step)
    ? (value as Readonly<Record<string, unknown>>)[step]
    : undefined;

/** What a pointer, or a path, leads to; undefined where it leads nowhere. */
export const valueAt = (value: unknown, pointer: string | readonly string[]): unknown =>
  (typeof pointer === "string" ? pointerSteps(pointer) : pointer).reduce(childOf, value);

/** Letters as of one or some words in camelCase, and what counts them: secrets of Box have 32 letters and digits in a row. */
const WORD = String.raw`[A-Za-z]{1,24}\d{0,2}`;
/** The form of a property name, with two digits at most, or an index. */
const NAME = new RegExp(
  String.raw`^(?:\d{1,6}|(?=.{1,40}$)(?!(?:\D*\d){3})[_$@]{0,2}${WORD}(?:[_$.@-]{1,2}(?:${WORD}|\d{1,2}))*[_$]{0,2})$`,
);

/**
 * A pointer that is safe to print: it stops before the first property whose name does not have that form
 * (an author may have pasted a key or a secret where a name belongs).
 * @param known names that are printed in whatever form, such as those of a schema
 */
export function printablePointer(path: Path, known: Pick<ReadonlySet<string>, "has"> = new Set()): string {
  const stop = path.findIndex((step) => typeof step === "string" && !known.has(step) && !NAME.test(step));
  return jsonPointer(stop === -1 ? path : path.slice(0, stop));
}
