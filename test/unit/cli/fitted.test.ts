import { expect, test } from "vitest";
import { fitted } from "../../../cli/terminal.ts";
import { boxSts } from "../../support/terminal.ts";

const at = (columns: number | undefined, text: string) => fitted(text, { columns });

test("a line is broken between words, and goes on below the last column of a table", () => {
  expect(at(30, "  token   a Box token for a shell, by function\n")).toBe(
    ["  token   a Box token for a", "          shell, by function", ""].join("\n"),
  );
});

test("a line without columns goes on at the left edge, and a word that is too long stays whole", () => {
  expect(at(20, "https://example.com/a-long-address and more")).toBe(
    ["https://example.com/a-long-address", "and more"].join("\n"),
  );
});

test.each([undefined, 10])("with %s columns the text stays as it is", (columns) => {
  const text = `${"word ".repeat(30)}\n`;
  expect(at(columns, text)).toBe(text);
});

test("the help of the command and of its commands fits a terminal of 50 columns", async () => {
  for (const args of [["--help"], ["policy", "--help"], ["token", "--help"]]) {
    const { status, stdout } = await boxSts(args, {}, { isOutTty: true, columns: 50 });
    expect(status).toBe(0);
    // What is longer is one word in the last column.
    const long = stdout.split("\n").filter((line) => line.length > 50);
    expect(long.map((line) => line.split(/ {2,}/).at(-1) ?? "").filter((cell) => /\S \S/.test(cell))).toEqual(
      [],
    );
    const whole = (await boxSts(args)).stdout;
    expect(stdout.split(/\s+/)).toEqual(whole.split(/\s+/));
  }
});
