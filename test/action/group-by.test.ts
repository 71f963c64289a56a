import { expect, it } from "vitest";
import { groupBy } from "../../action/scan/group-by.ts";

it("groups items by key, the groups in the order of their first items", () => {
  const groups = groupBy(["b1", "a1", "b2"], ([letter]) => letter);
  expect([...groups]).toEqual([
    ["b", ["b1", "b2"]],
    ["a", ["a1"]],
  ]);
});
