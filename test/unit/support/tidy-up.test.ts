import { mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prune } from "../../support/tidy-up.ts";

test("the compile cache keeps its newest files within its limit, whatever folder they are in", () => {
  const folder = mkdtempSync(join(tmpdir(), "compile-cache-"));
  for (const [index, path] of ["a/1", "b/2", "a/3", "b/4"].entries()) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "x".repeat(100));
    utimesSync(join(folder, path), index, index);
  }
  prune(folder, 400);
  expect(readdirSync(folder, { recursive: true })).toHaveLength(6);
  prune(folder, 250);
  expect([readdirSync(join(folder, "a")), readdirSync(join(folder, "b"))]).toEqual([["3"], ["4"]]);
  prune(join(folder, "none"), 0);
});
