import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { startUpFiles } from "../../tools/start-up-files.ts";
import { packedPackage } from "../support/packed-package.ts";

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
  "dist/functions/health/index.mjs": 331 * KB,
  "dist/functions/webhook/index.mjs": 275 * KB,
  "dist/functions/authorize/index.mjs": 370 * KB,
  "dist/functions/connections/index.mjs": 371 * KB,
  "dist/client/index.js": 70 * KB,
  "dist/client/index.cjs": 72 * KB,
  // What startBox() needs at once; certificates and the runner of functions are not in it. 52 KB are the console.
  "dist/sandbox/index.js": 300 * KB,
  "dist/sandbox/index.cjs": 300 * KB,
  "dist/cli/main.mjs": 16 * KB,
  "action/dist/main.mjs": 344 * KB,
  "action/dist/cli.mjs": 330 * KB,
  "action/dist/worker.mjs": 255 * KB,
};

/** Bytes of all files of an artefact, with what it loads on demand: what is deployed, committed or downloaded. */
const FOLDERS: Readonly<Record<string, number>> = {
  "dist/functions/token-url": 793 * KB,
  "dist/functions/token-invoke": 792 * KB,
  "dist/functions/health": 747 * KB,
  "dist/functions/webhook": 780 * KB,
  "dist/functions/authorize": 700 * KB,
  "dist/functions/connections": 700 * KB,
  "dist/client": 143 * KB,
  "dist/infra": 760 * KB,
  "dist/sandbox": 850 * KB,
  // 410 KB of them are the sandbox, 260 KB of which its DynamoDB.
  "dist/cli": 1800 * KB,
  "action/dist": 667 * KB,
};

/** The package as `npm pack` makes it. */
const PACKAGE = { size: 2750 * KB, unpackedSize: 10_300 * KB };

test("each link and picture of a packed page leads to a packed file or folder", async () => {
  const paths = (await packedPackage()).files.map(({ path }) => path);
  const pages = paths.filter((path) => path.endsWith(".md"));
  expect(pages).toContain("docs/sandbox.md");
  const broken = pages.flatMap((page) => {
    const prose = readFileSync(join(ROOT, page), "utf8").replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
    const links = [...prose.matchAll(/(?:\]\(|src(?:set)?=")([^)#"\s]+)/g)].map(([, link = ""]) => link);
    const targets = links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => join(page, "..", link));
    return targets
      .filter((target) => !paths.some((path) => `${path}/`.startsWith(`${target.replace(/\/$/, "")}/`)))
      .map((target) => `${page}: ${target}`);
  });
  expect(broken).toEqual([]);
});

describe("the size budget", () => {
  test.each(Object.entries(BUDGETS))("%s and its static imports have at most %i bytes", (entry, budget) => {
    expect(existsSync(join(ROOT, entry)), `${entry} is missing; run: npm run build`).toBe(true);
    const sizes = [...startUpFiles(join(ROOT, entry))].map(
      (file) => [relative(ROOT, file), readFileSync(file).length] as const,
    );
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    expect(bytes, JSON.stringify(Object.fromEntries(sizes))).toBeLessThanOrEqual(budget);
  });

  test.each([
    ["action/dist/main.mjs", "action/dist"],
    ["action/dist/cli.mjs", "action/dist"],
  ])("%s loads its shared code at start and its schema compiler on demand", (entry, folder) => {
    const loaded = [...startUpFiles(join(ROOT, entry))].map((file) => relative(ROOT, file));
    expect(loaded.length).toBeGreaterThan(1);
    const onDemand = readdirSync(join(ROOT, folder)).filter((name) => /^schema\b.*\.mjs$/.test(name));
    expect(onDemand).toHaveLength(1);
    expect(loaded).not.toContain(join(folder, onDemand[0] ?? ""));
  });

  test.each(Object.entries(FOLDERS))("all files of %s together have at most %i bytes", (folder, budget) => {
    expect(existsSync(join(ROOT, folder)), `${folder} is missing; run: npm run build`).toBe(true);
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
    const bytes = files
      .map((name) => statSync(join(ROOT, folder, name)))
      .reduce((sum, one) => (one.isFile() ? sum + one.size : sum), 0);
    expect(bytes).toBeGreaterThan(budget / 2);
    expect(bytes).toBeLessThanOrEqual(budget);
  });

  test("the npm package is within its budget, packed and unpacked", async () => {
    const packed = await packedPackage();
    expect(packed.size).toBeLessThanOrEqual(PACKAGE.size);
    expect(packed.unpackedSize).toBeLessThanOrEqual(PACKAGE.unpackedSize);
  });
});
