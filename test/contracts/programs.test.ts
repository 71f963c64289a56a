import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** `npm test` needs Node, npm and git alone; what needs another program is in `test/programs`, and is skipped without it. */
const ROOT = join(import.meta.dirname, "../..");
/** What every Unix has, beside Node, npm and git. */
const ALLOWED = new Set(["/bin/sh", "bash", "chmod", "git", "mkfifo", "npm", "sh"]);
/** Where `/proc` is missing. */
const ELSEWHERE = new Set(["test/support/children.ts ps"]);
const START = /\b(?:spawn|spawnSync|execFile|execFileSync|promisify\(execFile\))\(\s*"([\w/.-]+)"/g;

const files = globSync("test/**/*.{ts,mjs}", {
  cwd: ROOT,
  exclude: (path) =>
    /(?:^|\/)(?:node_modules|programs|compatibility|fixtures|containers)$/.test(String(path)),
}).map((path) => path.replaceAll("\\", "/"));

/** The programs that a file starts by name; `run` is what many files call `promisify(execFile)`. */
function programsOf(text: string): readonly string[] {
  const named = /const run = promisify\(execFile\)/.test(text)
    ? text.replaceAll(/\brun\(/g, "execFile(")
    : text;
  return [...named.matchAll(START)].map(([, program = ""]) => program);
}

test("the tests of npm test start no program by name but Node, npm, git and what every Unix has", () => {
  const started = files.flatMap((path) =>
    programsOf(readFileSync(join(ROOT, path), "utf8")).map((program) => [path, program] as const),
  );
  expect(new Set(started.map(([, program]) => program))).toEqual(new Set([...ALLOWED, "ps"]));
  const others = started.filter(([, program]) => !ALLOWED.has(program)).map((one) => one.join(" "));
  expect(new Set(others)).toEqual(ELSEWHERE);
});
