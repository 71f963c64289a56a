import { readdirSync, readFileSync } from "node:fs";
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

describe.each(RESOLUTIONS)("under module resolution %s", (_, options) => {
  let found: Map<string, string[]>;
  beforeAll(async () => {
    found = await diagnostics(FOLDER, ...options);
  });

  test.each(FIXTURES)("%s", (name) => {
    const code = expected(name);
    expect(found.get(name) ?? []).toEqual(code === undefined ? [] : [code]);
  });

  test("no file outside the fixtures has an error", () => {
    expect([...found.keys()].filter((name) => !FIXTURES.includes(name))).toEqual([]);
  });
});

test("our own declarations compile without skipLibCheck", async () => {
  const found = await diagnostics(FOLDER, "--skipLibCheck", "false");
  expect([...found.keys()].filter((name) => name.startsWith("dist/"))).toEqual([]);
});
