import { expect, test } from "vitest";
import { skippedLines } from "../../support/skipped-reporter.ts";

const skipped = (...absentPrograms: string[]) => ({ meta: () => ({ absentPrograms }) });

test("the reporter counts the tests that were skipped for want of the same programs, and those alone", () => {
  const byPlatform = { meta: () => ({}) };
  expect(skippedLines([skipped("zsh"), byPlatform, skipped("fish"), skipped("zsh")])).toEqual([
    "Skipped: 1 test, for want of fish.",
    "Skipped: 2 tests, for want of zsh.",
  ]);
});

test("the reporter names every program that a test lacks", () => {
  expect(skippedLines([skipped("moto's server", "SAM's translator")])).toEqual([
    "Skipped: 1 test, for want of moto's server and SAM's translator.",
  ]);
});
