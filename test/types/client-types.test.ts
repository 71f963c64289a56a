import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

/**
 * What callers write, against the types that are published: each fixture compiles, or fails with the error that
 * its first line names and with no other.
 */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = join(ROOT, "test/types/fixtures");
const FIXTURES = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
const expected = (name: string) =>
  /^\/\/ must not compile: (TS\d+)\n/.exec(readFileSync(join(FOLDER, name), "utf8"))?.[1];

/** Errors by file name. */
async function diagnostics(...options: string[]): Promise<Map<string, string[]>> {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const args = [tsc, "--project", FOLDER, "--pretty", "false", ...options];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT }, (_, stdout) => resolve(stdout));
  });
  const found = new Map<string, string[]>();
  for (const [, file = "", code = ""] of output.matchAll(/^(\S+)\(\d+,\d+\): error (TS\d+)/gm)) {
    const name = file.replace("test/types/fixtures/", "");
    found.set(name, [...(found.get(name) ?? []), code]);
  }
  return found;
}

describe.each([
  ["nodenext", []],
  ["bundler", ["--module", "preserve", "--moduleResolution", "bundler"]],
] as const)("under module resolution %s", (_, options) => {
  let found: Map<string, string[]>;
  beforeAll(async () => {
    found = await diagnostics(...options);
  });

  test.each(FIXTURES)("%s", (name) => {
    const code = expected(name);
    expect(found.get(name) ?? []).toEqual(code === undefined ? [] : [code]);
  });

  test("nothing is wrong elsewhere", () => {
    expect([...found.keys()].filter((name) => !FIXTURES.includes(name))).toEqual([]);
  });
});

test("our own declarations need no skipLibCheck", async () => {
  const found = await diagnostics("--skipLibCheck", "false");
  expect([...found.keys()].filter((name) => name.startsWith("dist/"))).toEqual([]);
});
