import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { diagnostics, RESOLUTIONS } from "./diagnostics.ts";

/**
 * Compiles callers' code against the published types: each fixture compiles, or fails with the error that
 * its first line names and with no other.
 */
const FOLDER = join(import.meta.dirname, "fixtures");
const FIXTURES = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
const expected = (name: string) =>
  /^\/\/ must not compile: (TS\d+)\n/.exec(readFileSync(join(FOLDER, name), "utf8"))?.[1];

const isDeclaration = (name: string) => /\.d\.[cm]?ts$/.test(name);

/** This one checks the declarations too. The errors in those of other packages are not ours to correct. */
const WITH_DECLARATIONS = "nodenext";

let found: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
beforeAll(async () => {
  const runs = RESOLUTIONS.map(async ([resolution, options]) => {
    const more = resolution === WITH_DECLARATIONS ? ["--skipLibCheck", "false"] : [];
    return [resolution, await diagnostics(FOLDER, ...options, ...more)] as const;
  });
  found = new Map(await Promise.all(runs));
});

const filesWithErrors = (resolution: string) => [...(found.get(resolution)?.keys() ?? [])];

describe.each(RESOLUTIONS)("under module resolution %s", (resolution) => {
  test.each(FIXTURES)("%s", (name) => {
    const code = expected(name);
    expect(found.get(resolution)?.get(name) ?? []).toEqual(code === undefined ? [] : [code]);
  });

  test("no file outside the fixtures has an error", () => {
    const outside = filesWithErrors(resolution).filter((name) => !FIXTURES.includes(name));
    expect(outside.filter((name) => !isDeclaration(name))).toEqual([]);
  });
});

test.each(["dist/types", "dist/types-commonjs"])(
  "every file that a declaration of %s names is there",
  (root) => {
    const folder = join(import.meta.dirname, "../..", root);
    const missing = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter(isDeclaration)
      .flatMap((name) => {
        const text = readFileSync(join(folder, name), "utf8");
        const named = [...text.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.[^"']*)["']/g)].map(
          ([, path = ""]) => path,
        );
        return named
          .filter((path) => !isEmitted(join(folder, name, "..", path)))
          .map((path) => `${name}: ${path}`);
      });
    expect(missing).toEqual([]);
  },
);

const isEmitted = (path: string) => path.endsWith(".js") && existsSync(path.replace(/\.js$/, ".d.ts"));

test("our own declarations compile without skipLibCheck", () => {
  expect(filesWithErrors(WITH_DECLARATIONS).filter((name) => name.startsWith("dist/"))).toEqual([]);
});
