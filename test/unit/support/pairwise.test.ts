import { describe, expect, it } from "vitest";
import { pairwise } from "../../support/pairwise.ts";

const CASES = ["a", "b", "c"].flatMap((one) =>
  ["1", "2", "3"].flatMap((two) => ["x", "y", "z"].map((three) => [one, two, three])),
);

const pairsOf = (cases: readonly (readonly string[])[]) =>
  new Set(cases.flatMap(([one, two, three]) => [`${one}${two}`, `${one}${three}`, `${two}${three}`]));

describe("pairwise", () => {
  it("selects fewer cases, in which every pair of values still occurs", () => {
    const { chosen } = pairwise(CASES, (one) => one);
    expect(chosen.length).toBeLessThan(CASES.length / 2);
    expect(pairsOf(chosen)).toEqual(pairsOf(CASES));
  });

  it("returns every other case in the rest", () => {
    const { chosen, rest } = pairwise(CASES, (one) => one);
    expect([...chosen, ...rest].toSorted()).toEqual(CASES.toSorted());
  });

  it("distinguishes equal values of two dimensions", () => {
    const { chosen } = pairwise(
      [
        ["a", "b", "a"],
        ["a", "a", "b"],
      ],
      (one) => one,
    );
    expect(chosen).toHaveLength(2);
  });
});
