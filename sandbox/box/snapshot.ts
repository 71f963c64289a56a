/**
 * Remembers what is reachable from `root` through plain objects, arrays, maps and sets. Everything else (a key, a
 * buffer) is kept as it is.
 * @returns a function that puts it back, as often as it is called. References to the objects stay valid.
 */
export function snapshotOf(root: object): () => void {
  const restores: (() => void)[] = [];
  const seen = new Set<object>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const remembered = remember(value);
    if (remembered === undefined) continue;
    restores.push(remembered.restore);
    for (const part of remembered.parts) pending.push(part);
  }
  // Parts before what holds them: an item before the map that has an index of its items.
  restores.reverse();
  return () => {
    for (const restore of restores) restore();
  };
}

interface Remembered {
  readonly parts: readonly unknown[];
  readonly restore: () => void;
}

function remember(value: object): Remembered | undefined {
  if (value instanceof Map) return ofMap(value);
  if (value instanceof Set) return ofSet(value);
  if (Array.isArray(value)) return ofArray(value);
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? ofObject(value) : undefined;
}

function ofMap(map: Map<unknown, unknown>): Remembered {
  const entries = [...map];
  return {
    parts: entries.flat(),
    restore() {
      map.clear();
      for (const [key, value] of entries) map.set(key, value);
    },
  };
}

function ofSet(set: Set<unknown>): Remembered {
  const values = [...set];
  return {
    parts: values,
    restore() {
      set.clear();
      for (const value of values) set.add(value);
    },
  };
}

function ofArray(array: unknown[]): Remembered {
  const values = [...array];
  return { parts: values, restore: () => void array.splice(0, array.length, ...values) };
}

function ofObject(object: object): Remembered | undefined {
  const values = new Map(Object.entries(object));
  if (Object.isFrozen(object)) return { parts: [...values.values()], restore: () => {} };
  return {
    parts: [...values.values()],
    restore() {
      for (const name of Object.keys(object)) if (!values.has(name)) Reflect.deleteProperty(object, name);
      for (const [name, value] of values) Reflect.set(object, name, value);
    },
  };
}
