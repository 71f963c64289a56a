import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { diagnostics } from "./diagnostics.ts";

/**
 * Compiles values of our own types: a state that cannot exist does not compile, with the one error that the first line
 * of its fixture names.
 */
const FOLDER = join(import.meta.dirname, "states");
const FIXTURES = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
const expected = (name: string) =>
  /^\/\/ must not compile: (TS\d+)\n/.exec(readFileSync(join(FOLDER, name), "utf8"))?.[1];

describe("the compiler, given", () => {
  let found: Map<string, string[]>;
  beforeAll(async () => {
    found = await diagnostics(FOLDER);
  });

  test.each(FIXTURES)("%s, reports exactly the error that the file expects", (name) => {
    const code = expected(name);
    expect(found.get(name) ?? []).toEqual(code === undefined ? [] : [code]);
  });

  test("all fixtures, finds no error in another file", () => {
    expect([...found.keys()].filter((name) => !FIXTURES.includes(name))).toEqual([]);
  });
});
