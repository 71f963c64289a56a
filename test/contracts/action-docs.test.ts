import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { HELP } from "../../action/cli/options.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/rules.md"), "utf8");
const { inputs, outputs } = parse(readFileSync(join(ROOT, "action.yml"), "utf8")) as {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: object;
};

/** The cells of the table that begins with this line, row by row. */
const table = (head: string): readonly (readonly string[])[] => {
  const [, rows = ""] = PAGE.split(`${head}\n`);
  const [body = ""] = rows.split("\n\n");
  return body
    .split("\n")
    .slice(1)
    .map((row) => row.split(/ ?\| ?/).slice(1, -1));
};
const unquoted = (cell = "") => cell.replace(/^`(.*)`$/, "$1");

test("docs/rules.md has every input of the Action with its default, in the order of action.yml", () => {
  const documented = table("| input | meaning | default |").map(([name, , value]) =>
    [name, value].map(unquoted),
  );
  expect(documented).toEqual(Object.entries(inputs).map(([name, row]) => [name, row.default]));
});

test("docs/rules.md has every output of the Action", () => {
  const documented = table("| output | value |").map(([name]) => unquoted(name));
  expect(documented).toEqual(Object.keys(outputs));
});

test("docs/rules.md has every exit status that the command's help has", () => {
  const [, sentence = ""] = /^Exit status: (.*)$/m.exec(HELP) ?? [];
  const documented = table("| status | meaning |").map(([status]) => status);
  expect(documented).toEqual(sentence.match(/\b\d\b/g));
});
