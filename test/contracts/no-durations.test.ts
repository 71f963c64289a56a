import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const TEST = join(import.meta.dirname, "..");

/** These compare the work for two sizes, or check this rule. All other tests count operations (`CONTRIBUTING.md`). */
const ALLOWED = ["contracts/no-durations.test.ts", "support/growth.ts"];
/** Expressions that measure time. Reading the time of day is allowed: `Date.now()` without a subtraction. */
const CLOCKS =
  /performance\.(?:now|measure|timeOrigin)|[cC]puUsage|hrtime|process\.uptime|console\.time|Date\.now\(\)\s*-[^-]|-\s*Date\.now\(\)/g;

const measuring = (text: string) => text.match(CLOCKS) ?? [];

test("no test measures how long something takes: a busy machine would make it fail", () => {
  const files = globSync("**/*.ts", { cwd: TEST, exclude: ["**/node_modules"] }).filter(
    (file) => !ALLOWED.includes(file),
  );
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap((file) =>
    measuring(readFileSync(join(TEST, file), "utf8")).map((clock) => `${file}: ${clock}`),
  );
  expect(found).toEqual([]);
});

test.each([
  "const started = performance.now();",
  "process.threadCpuUsage()",
  "process.cpuUsage(before)",
  "process.hrtime.bigint()",
  "Date.now() - started",
  "end - Date.now()",
])("the check recognises a measurement: %s", (line) => {
  expect(measuring(line)).toHaveLength(1);
});

test("the check accepts reading the time of day", () => {
  expect(measuring("const exp = Math.floor(Date.now() / 1000) + 30;")).toEqual([]);
});
