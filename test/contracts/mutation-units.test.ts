import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { UNITS } from "../../tools/mutation/units.ts";

const ROOT = join(import.meta.dirname, "../..");

test.each(Object.entries(UNITS))("the unit %s has sources to mutate, and tests", (_, { mutate, tests }) => {
  for (const globs of [mutate, tests]) expect(globSync([...globs], { cwd: ROOT })).not.toEqual([]);
});

test("the nightly workflow mutates every unit in a job of its own, through npm run mutation", () => {
  const { jobs } = parse(readFileSync(join(ROOT, ".github/workflows/mutation.yml"), "utf8"));
  expect(jobs.mutation.strategy.matrix.unit).toEqual(Object.keys(UNITS));
  expect(jobs.mutation.steps.map(({ run }: { run?: string }) => run)).toContain(
    'npm run mutation -- "$UNIT"',
  );
});
