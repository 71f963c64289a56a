import { isObject } from "../../schemas/json/is-object.ts";

/**
 * What a JSON value is made of, without its values: `"string"`, `"number"`, `"boolean"`, `"null"`; `[shape]` of all
 * elements of an array, `[]` where it has none; an object of shapes, in which `"name?"` is a property that only some of
 * the array's elements have; and `{ "|": [shapes] }` where elements differ.
 */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | "null"
  | readonly Shape[]
  | { readonly [property: string]: Shape };

export function shapeOf(value: unknown): Shape {
  if (value === null) return "null";
  if (Array.isArray(value)) {
    const shapes = value.map(shapeOf);
    return shapes.length === 0 ? [] : [shapes.reduce(merged)];
  }
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]));
  }
  return typeof value as "string" | "number" | "boolean";
}

/** The shape of both. */
function merged(a: Shape, b: Shape): Shape {
  if (JSON.stringify(a) === JSON.stringify(b)) return a;
  if (isList(a) && isList(b)) {
    const all = [...a, ...b];
    return all.length < 2 ? all : [all.reduce(merged)];
  }
  if (isProperties(a) && isProperties(b)) return mergedProperties(a, b);
  const all = [...alternatives(a), ...alternatives(b)];
  const kinds = new Map<string, Shape>();
  for (const each of all) {
    const known = kinds.get(kindOf(each));
    kinds.set(kindOf(each), known === undefined ? each : merged(known, each));
  }
  const different = [...kinds].sort(([x], [y]) => x.localeCompare(y)).map(([, each]) => each);
  return different.length === 1 ? (different[0] as Shape) : { "|": different };
}

function mergedProperties(a: Properties, b: Properties): Shape {
  const names = new Set([...Object.keys(a), ...Object.keys(b)].map((name) => name.replace(/\?$/, "")));
  return Object.fromEntries(
    [...names].map((name) => {
      const [inA, inB] = [shapeIn(a, name), shapeIn(b, name)];
      const isInAll = Object.hasOwn(a, name) && Object.hasOwn(b, name);
      const shape = inA === undefined || inB === undefined ? (inA ?? inB) : merged(inA, inB);
      return [isInAll ? name : `${name}?`, shape as Shape];
    }),
  );
}

export interface ShapeDifference {
  /** JSON pointer, with `*` for the elements of an array; empty for the whole. */
  readonly pointer: string;
  /** What the record has; absent where it has nothing there. */
  readonly recorded?: string;
  readonly actual?: string;
}

/** Where the actual shape is not the recorded one. An empty array has no shape of its elements: it equals every array. */
export function differences(recorded: Shape, actual: Shape, pointer = ""): readonly ShapeDifference[] {
  if (isList(recorded) && isList(actual)) {
    const [a, b] = [recorded[0], actual[0]];
    return a === undefined || b === undefined ? [] : differences(a, b, `${pointer}/*`);
  }
  if (isProperties(recorded) && isProperties(actual)) return propertyDifferences(recorded, actual, pointer);
  const accepted = new Set(alternatives(recorded).map(kindOf));
  const found = alternatives(actual);
  if (!found.every((each) => accepted.has(kindOf(each))))
    return [{ pointer, recorded: nameOf(recorded), actual: nameOf(actual) }];
  return found.flatMap((each) => {
    const same = alternatives(recorded).find((one) => kindOf(one) === kindOf(each));
    return same === undefined || typeof each === "string" ? [] : differences(same, each, pointer);
  });
}

function propertyDifferences(recorded: Properties, actual: Properties, pointer: string): ShapeDifference[] {
  const found: ShapeDifference[] = [];
  for (const [written, shape] of Object.entries(recorded)) {
    const name = written.replace(/\?$/, "");
    const at = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const there = shapeIn(actual, name);
    if (there !== undefined) found.push(...differences(shape, there, at));
    else if (written === name) found.push({ pointer: at, recorded: nameOf(shape) });
  }
  for (const [written, shape] of Object.entries(actual)) {
    const name = written.replace(/\?$/, "");
    if (shapeIn(recorded, name) === undefined)
      found.push({ pointer: `${pointer}/${name}`, actual: nameOf(shape) });
  }
  return found;
}

type Properties = Readonly<Record<string, Shape>>;
/** The shape of a property that all elements have, or only some of them. */
function shapeIn(properties: Properties, name: string): Shape | undefined {
  const written = [name, `${name}?`].find((each) => Object.hasOwn(properties, each));
  return written === undefined ? undefined : properties[written];
}

const isList = (shape: Shape): shape is readonly Shape[] => Array.isArray(shape);
const isUnion = (shape: Shape): shape is { "|": readonly Shape[] } =>
  isObject(shape) && Array.isArray((shape as Properties)["|"]);
const isProperties = (shape: Shape): shape is Properties => isObject(shape) && !isUnion(shape);
const alternatives = (shape: Shape): readonly Shape[] => (isUnion(shape) ? shape["|"] : [shape]);
const kindOf = (shape: Shape): string =>
  typeof shape === "string" ? shape : isList(shape) ? "array" : "object";
const nameOf = (shape: Shape): string => alternatives(shape).map(kindOf).join(" or ");
