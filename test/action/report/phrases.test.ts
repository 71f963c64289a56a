import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBytes, formatCount } from "../../../action/report/phrases.ts";

describe("counted", () => {
  it.each<[number, string, string | undefined, string]>([
    [0, "finding", undefined, "0 findings"],
    [1, "finding", undefined, "1 finding"],
    [2_000, "finding", undefined, "2,000 findings"],
    [1, "entry", "entries", "1 entry"],
    [21, "more entry", "more entries", "21 more entries"],
  ])("writes %i of the noun %s as a phrase", (count, one, others, phrase) =>
    expect(formatCount(count, one, others)).toBe(phrase),
  );
});

describe("sized", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1 kB"],
    [1_549, "1.55 kB"],
    [999_999, "1000 kB"],
    [3_400_000, "3.4 MB"],
    [2.5e9, "2.5 GB"],
    [1e12, "1 TB"],
    [1_234e12, "1230 TB"],
  ])("writes %d bytes with three digits in the largest unit that fits", (bytes, phrase) =>
    expect(formatBytes(bytes)).toBe(phrase),
  );
});

describe("numbers", () => {
  /** Small and large ones alike, and those whose last written digit is just rounded up or down. */
  const whole = fc
    .tuple(
      fc.integer({ min: 0, max: 9_999 }),
      fc.integer({ min: 0, max: 11 }),
      fc.integer({ min: -1, max: 1 }),
    )
    .map(([digits, zeros, step]) => Math.max(digits * 10 ** zeros + step, 0));
  const plural = new Intl.PluralRules("en");
  const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

  it("are written as Intl writes them in English", () => {
    fc.assert(
      fc.property(whole, (count) => {
        const noun = plural.select(count) === "one" ? "place" : "places";
        expect(formatCount(count, "place")).toBe(`${count.toLocaleString("en")} ${noun}`);
        const power = UNITS.findLastIndex((_, at) => at === 0 || count >= 1_000 ** at);
        const format = new Intl.NumberFormat("en", {
          style: "unit",
          unit: UNITS[power] as string,
          unitDisplay: power === 0 ? "long" : "short",
          maximumSignificantDigits: 3,
          useGrouping: false,
        });
        expect(formatBytes(count)).toBe(format.format(count / 1_000 ** power));
      }),
    );
  });
});
