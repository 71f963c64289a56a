import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** A glob that matches nothing is a rule that a move of files has ended. */
const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
/** What a build or an installation makes. */
const MADE = /^(?:dist$|node_modules$|\*\*\/node_modules$)/;

const isUsed = (glob: string, cwd = ROOT) =>
  globSync(glob, { cwd, exclude: (path) => path.split("/").includes("node_modules") }).length > 0;
const unused = (globs: readonly string[], cwd = ROOT) =>
  globs
    .map((glob) => glob.replace(/^!/, ""))
    .filter((glob) => !MADE.test(glob) && !isUsed(glob, join(ROOT, cwd)));

interface Override {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: {
      readonly style?: {
        readonly noRestrictedImports?: {
          readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
        };
      };
    };
  };
}
const { files, overrides } = read("biome.json") as {
  readonly files: { readonly includes: readonly string[] };
  readonly overrides: readonly Override[];
};

test("every glob of biome.json for files matches a file", () => {
  const globs = [...files.includes, ...overrides.flatMap(({ includes }) => includes)];
  expect(globs.length).toBeGreaterThan(20);
  expect(unused(globs, ".")).toEqual([]);
});

test("every folder that biome.json forbids to import exists", () => {
  const groups = overrides.flatMap(
    ({ linter }) =>
      linter.rules.style?.noRestrictedImports?.options.patterns.flatMap(({ group }) => group) ?? [],
  );
  const folders = [...new Set(groups.filter((pattern) => pattern.startsWith("**/")))];
  expect(folders.length).toBeGreaterThan(8);
  expect(unused(folders, ".")).toEqual([]);
});

test("every path of tsconfig.json and of knip.json matches a file", () => {
  const { include, exclude } = read("tsconfig.json");
  expect(unused([...include, ...exclude], ".")).toEqual([]);
  const { workspaces } = read("knip.json") as {
    readonly workspaces: Readonly<Record<string, { readonly entry?: readonly string[] }>>;
  };
  for (const [folder, { entry = [] }] of Object.entries(workspaces))
    expect(unused(entry, folder), folder).toEqual([]);
});

test("every file that package.json publishes exists, but for what the build makes", () => {
  expect(unused(read("package.json").files, ".")).toEqual([]);
});

test("the check recognises a folder that does not exist", () => {
  expect(unused(["no-such-folder/**", "schemas/**"], ".")).toEqual(["no-such-folder/**"]);
});
