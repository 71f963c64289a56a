import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const DOCUMENTS = [
  ...readdirSync(join(ROOT, "docs"), { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [`docs/${entry.name}`] : [],
  ),
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md"],
];
const PAGES = DOCUMENTS.filter((path) => path.endsWith(".md"));
/** Without fenced code, which may be anything. */
const prose = (page: string) => read(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");

test("docs/README.md links to every document, once", () => {
  const targets = [...read("docs/README.md").matchAll(/\]\(([^)#]+)\)/g)].map(([, path = ""]) =>
    join("docs", path),
  );
  const documents = DOCUMENTS.filter((path) => path !== "docs/README.md");
  expect(targets.toSorted()).toEqual(documents.toSorted());
});

test("each figure of the README's line of proof is in docs/benchmarks.md", () => {
  const [, proof = ""] = /^(Each figure[\s\S]*?)\n\n/m.exec(read("README.md")) ?? [];
  const figures = proof.match(/\d[\d,.]*\d|\d/g) ?? [];
  expect(figures.length).toBeGreaterThan(4);
  const words = new Set(read("docs/benchmarks.md").match(/\d[\d,.]*\d|\d/g));
  expect(figures.filter((figure) => !words.has(figure))).toEqual([]);
});

test("CHANGELOG.md has the sections of Keep a Changelog, breaking changes first in each version", () => {
  const versions = read("CHANGELOG.md").split(/^## /m).slice(1);
  for (const version of versions) {
    expect(version).toMatch(/^\d+\.\d+\.\d+ \((?:unreleased|\d{4}-\d{2}-\d{2})\)\n/);
    const sections = [...version.matchAll(/^### (.+)$/gm)].map(([, name = ""]) => name);
    const known = /^(?:Added|Changed|Deprecated|Removed|Fixed|Security)(?: \(breaking\))?$/;
    expect(sections.filter((name) => !known.test(name))).toEqual([]);
    const isBreaking = sections.map((name) => name.endsWith("(breaking)"));
    expect(isBreaking.lastIndexOf(true)).toBe(isBreaking.filter(Boolean).length - 1);
  }
  expect(versions.length).toBeGreaterThan(0);
});

describe("docs/threat-model.md", () => {
  const page = read("docs/threat-model.md");
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)];

  test("numbers its invariants in order", () => {
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.map(([, number]) => Number(number))).toEqual(rows.map((_, index) => index + 1));
  });

  test.each(rows.map(([, number, , cell = ""]) => [number, cell]))(
    "names, for invariant %s, tests that exist and nothing else",
    (_, cell) => {
      const tests = cell.split(", ").map((path) => /^`(test\/.+\.test\.ts)`$/.exec(path)?.[1] ?? cell);
      expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    },
  );

  test("refers, for each actor and trust decision, to invariants that it has", () => {
    const [tables = ""] = page.split("## Invariants");
    const numbers = [...tables.matchAll(/\((\d+(?:, \d+)*)\)/g)].flatMap(([, list = ""]) =>
      list.split(", ").map(Number),
    );
    expect(numbers.filter((number) => number > rows.length)).toEqual([]);
  });
});

/** A file or folder of this repository, in backticks: `functions/box/`, or a file of `functions/` as `box/errors.ts`. */
const PATH =
  /`((?:action|bench|client|docs|examples|functions|infra|keys|sandbox|schemas|test|tools|\.ci|\.github)\/[\w./-]*[\w/]|(?:async|aws|box|broker|lambda)\/[\w-]+\.ts)`/g;
const MAX_COLUMNS = 130;

test("CONTRIBUTING.md names declarations that the files have", () => {
  const named = [...prose("CONTRIBUTING.md").matchAll(/`(\w+)`\s+in\s+`([\w./-]+\.ts)`/g)];
  expect(named.length).toBeGreaterThan(1);
  const missing = named.filter(
    ([, name = "", path = ""]) => !new RegExp(`\\b(?:const|type|function) ${name}\\b`).test(read(path)),
  );
  expect(missing.map(([text]) => text)).toEqual([]);
});

describe.each(PAGES.filter((page) => page !== "CHANGELOG.md"))("%s", (page) => {
  test("names only files and folders that exist", () => {
    const named = [...prose(page).matchAll(PATH)].map(([, path = ""]) => path);
    const exists = (path: string) =>
      existsSync(join(ROOT, path)) || existsSync(join(ROOT, "functions", path));
    expect(named.filter((path) => !exists(path))).toEqual([]);
  });

  test("has no line of prose over 130 columns", () => {
    const lines = prose(page).split("\n");
    const long = lines.filter(
      (line) => [...line].length > MAX_COLUMNS && !/^ *[|>]|https?:\/\/|^`[^`]+`\.$/.test(line),
    );
    expect(long).toEqual([]);
  });

  test("has no table that a blank line cuts in two", () => {
    const cut = /^\|.*\|\n\n\|(?!.*\|\n\|[-| :]+\|\n)/m.exec(read(page));
    expect(cut?.[0]).toBeUndefined();
  });
});
