import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const KB = 1024;

/**
 * Bytes that Node reads and compiles before the first line of an entry runs: the entry and everything that it imports
 * statically. Start-up time grows with them, in a Lambda's cold start, a pre-commit hook and a caller's bundle. What is
 * imported on demand does not count. The commit of a change that exceeds a budget justifies the extra bytes.
 */
const BUDGETS: Readonly<Record<string, number>> = {
  "dist/functions/token-url/index.mjs": 360 * KB,
  "dist/functions/token-invoke/index.mjs": 360 * KB,
  "dist/functions/health/index.mjs": 330 * KB,
  "dist/client/index.js": 60 * KB,
  "dist/client/index.cjs": 60 * KB,
  "action/dist/main.mjs": 320 * KB,
  "action/dist/cli.mjs": 300 * KB,
  "action/dist/helper.mjs": 260 * KB,
};

const STATIC_IMPORT = /(?:^|[;}\n])\s*(?:import|export)\s*(?:[\w*{}$,\s]*?from\s*)?["'](\.[^"']+)["']/g;

function startUpFiles(entry: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const [, specifier = ""] of readFileSync(join(ROOT, entry), "utf8").matchAll(STATIC_IMPORT))
    startUpFiles(join(dirname(entry), specifier), seen);
  return seen;
}

describe("the size budget", () => {
  test.each(Object.entries(BUDGETS))("%s and its static imports have at most %i bytes", (entry, budget) => {
    expect(existsSync(join(ROOT, entry)), `${entry} is missing; run: npm run build`).toBe(true);
    const sizes = [...startUpFiles(entry)].map(
      (file) => [file, readFileSync(join(ROOT, file)).length] as const,
    );
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    expect(bytes, JSON.stringify(Object.fromEntries(sizes))).toBeLessThanOrEqual(budget);
  });

  test("the Action's budget includes the detector, which is in a separate chunk", () => {
    expect([...startUpFiles("action/dist/main.mjs")].some((file) => file.includes("chunk"))).toBe(true);
  });
});
