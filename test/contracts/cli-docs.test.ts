import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runHosted } from "../support/run-hosted.ts";

/** docs/cli.md: its files, and each of its commands with exactly what it prints. */
const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/cli.md"), "utf8");
const COMMAND = join(ROOT, "dist/cli/main.mjs");
const FILES = [...PAGE.matchAll(/^`([\w.-]+)`:\n\n```(?:json|yaml)\n([\s\S]*?)^```$/gm)];
const BLOCKS = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
/** A command continues after a backslash at a line's end. */
const EXAMPLES = BLOCKS.filter(([, language]) => language === "console").flatMap(([, , block = ""]) =>
  [...block.matchAll(/^\$ box-sts ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
    ([, command = "", output = ""]) => ({
      command,
      output,
    }),
  ),
);

const folder = mkdtempSync(join(tmpdir(), "box-sts-cli-docs-"));
beforeAll(() => {
  for (const [, name = "", content = ""] of FILES) writeFileSync(join(folder, name), content);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Words as a shell would hand them over; those that it would change are not in the document. */
function wordsOf(command: string): readonly string[] {
  const words = command.replaceAll("\\\n", " ").match(/"[^"]*"|\S+/g) ?? [];
  expect(words.filter((word) => !/^(?:[\w.,:/-]+|"[\w.,:/ -]+")$/.test(word))).toEqual([]);
  return words.map((word) => word.replaceAll('"', ""));
}

const run = (command: string) =>
  runHosted({ entry: COMMAND, imports: [], args: wordsOf(command), cwd: folder, env: process.env });

describe("docs/cli.md", () => {
  test.each(EXAMPLES)("prints what box-sts $command prints", ({ command, output }) => {
    const { stdout, stderr } = run(command);
    expect(stdout + stderr).toBe(output);
  });

  test("has no block that is neither a file nor a console", () => {
    const consoles = BLOCKS.filter(([, language]) => language === "console").length;
    expect(EXAMPLES.length).toBeGreaterThan(4);
    expect(BLOCKS.length).toBe(FILES.length + consoles);
  });

  test("describes each command of the first screen of help", () => {
    const names = [...run("--help").stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(
      ([, name]) => name,
    );
    const headings = [...PAGE.matchAll(/^##+ `(?:box-sts )?(.+)`$/gm)].map(([, heading]) => heading);
    expect(names.filter((name) => !headings.includes(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(4);
  });
});
