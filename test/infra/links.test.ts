import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./synth.ts";

const pages = [
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  "README.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "examples/README.md",
];
const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

/** The fragment by which GitHub and npm link to a heading. */
function fragments(page: string): readonly string[] {
  const headings = [...read(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, text = ""]) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

interface Link {
  readonly page: string;
  readonly target: string;
  readonly fragment: string | undefined;
}

const links: readonly Link[] = pages.flatMap((page) =>
  // Without code, which may hold brackets.
  [
    ...read(page)
      .replaceAll(/^ *```[\s\S]*?^ *```$/gm, "")
      .matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g),
  ].map(([, path = "", fragment]) => ({
    page,
    target: path === "" ? page : normalize(join(dirname(page), path)),
    fragment,
  })),
);
const nameOf = ({ page, target, fragment }: Link) =>
  `${page} -> ${target}${fragment === undefined ? "" : `#${fragment}`}`;

describe("a link between the documents", () => {
  test("leads to a file that exists", () => {
    expect(links.length).toBeGreaterThan(40);
    expect(links.filter(({ target }) => !existsSync(join(ROOT, target))).map(nameOf)).toEqual([]);
  });

  test("leads to a heading that exists, where it names one", () => {
    const broken = links.filter(
      ({ target, fragment }) =>
        fragment !== undefined && target.endsWith(".md") && !fragments(target).includes(fragment),
    );
    expect(broken.map(nameOf)).toEqual([]);
  });
});
