import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { snapshotOf } from "../../../sandbox/box/snapshot.ts";

describe("a snapshot", () => {
  test("puts back properties, arrays, maps and sets, in the same objects", () => {
    const user = { name: "Mona", tags: ["a", "b"] } as Record<string, unknown>;
    const state = { users: new Map([["1", user]]), ids: new Set(["1"]), count: 1 };
    const restore = snapshotOf(state);
    user.name = "Renamed";
    user.added = true;
    (user.tags as string[]).push("c");
    state.users.clear();
    state.users.set("2", {});
    state.ids.add("2");
    state.count = 2;
    restore();
    expect(state).toEqual({
      users: new Map([["1", { name: "Mona", tags: ["a", "b"] }]]),
      ids: new Set(["1"]),
      count: 1,
    });
    expect(state.users.get("1")).toBe(user);
  });

  test("puts back the same more than once", () => {
    const map = new Map([["a", 1]]);
    const restore = snapshotOf(map);
    for (const value of [2, 3]) {
      map.set("a", value).set("b", value);
      restore();
      expect([...map]).toEqual([["a", 1]]);
    }
  });

  test("keeps the order of a map's entries", () => {
    const map = new Map([
      ["a", 1],
      ["b", 2],
    ]);
    const restore = snapshotOf([map]);
    map.delete("a");
    map.set("a", 1);
    restore();
    expect([...map.keys()]).toEqual(["a", "b"]);
  });

  test("leaves buffers, class instances and frozen objects as they are", () => {
    const buffer = Buffer.from("abc");
    const error = new Error("first");
    const restore = snapshotOf({ buffer, error, fixed: Object.freeze({ list: [1] }) });
    error.message = "second";
    buffer[0] = 0;
    expect(restore).not.toThrow();
    expect([error.message, buffer[0]]).toEqual(["second", 0]);
  });

  test("ends where objects refer to each other in a circle, however long", () => {
    const first: { next?: object } = {};
    let last = first;
    for (let count = 0; count < 100_000; count++) {
      const next = {};
      last.next = next;
      last = next;
    }
    last.next = first;
    const restore = snapshotOf(first);
    last.next = {};
    restore();
    expect(last.next).toBe(first);
  });

  // An assignment to `__proto__` gives an object another prototype instead of a property.
  const plainObject = fc.object({ key: fc.string().filter((name) => name !== "__proto__") });

  test("puts back any JSON value after any other has taken its place", () => {
    fc.assert(
      fc.property(plainObject, plainObject, (before, after) => {
        const copy = structuredClone(before);
        const restore = snapshotOf(before);
        for (const name of Object.keys(before)) Reflect.deleteProperty(before, name);
        Object.assign(before, after);
        restore();
        expect(before).toEqual(copy);
      }),
      { numRuns: 200 },
    );
  });
});

test("a map that keeps an index of its values is filled with values that are already put back", () => {
  class Indexed extends Map<string, { name: string }> {
    readonly names: string[] = [];
    override set(key: string, value: { name: string }) {
      this.names.push(value.name);
      return super.set(key, value);
    }
    override clear() {
      this.names.length = 0;
      super.clear();
    }
  }
  const map = new Indexed().set("1", { name: "before" });
  const restore = snapshotOf({ map });
  map.get("1")!.name = "after";
  restore();
  expect(map.names).toEqual(["before"]);
});
