import { expect, test, vi } from "vitest";
import { wrapLines } from "../../../action/report/wrap-lines.ts";
import { boxSts } from "../../support/terminal.ts";

const at = (columns: number | undefined, text: string) => wrapLines(text, { columns });

/** What is wider than 50 columns and could be broken: not one word in the last column of a table. */
const wideCells = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.length > 50)
    .map((line) => line.split(/ {2,}/).at(-1) ?? "")
    .filter((cell) => /\S \S/.test(cell));

test("a line is broken between words, and continues below the last column of a table", () => {
  expect(at(30, "  token   a Box token for a shell, by function\n")).toBe(
    ["  token   a Box token for a", "          shell, by function", ""].join("\n"),
  );
});

test("a line without columns continues at the left edge, and a word that is too long stays whole", () => {
  expect(at(20, "https://example.com/a-long-address and more")).toBe(
    ["https://example.com/a-long-address", "and more"].join("\n"),
  );
});

test.each([undefined, 10])("with %s columns the text stays as it is", (columns) => {
  const text = `${"word ".repeat(30)}\n`;
  expect(at(columns, text)).toBe(text);
});

test("the help of box-sts lint fits a terminal of 50 columns", async () => {
  const columns = Object.getOwnPropertyDescriptor(process.stdout, "columns");
  Object.defineProperty(process.stdout, "columns", { value: 50, configurable: true });
  let help = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    help += String(text);
    return true;
  });
  await boxSts(["lint", "--help"]);
  write.mockRestore();
  Object.defineProperty(process.stdout, "columns", columns ?? { value: undefined, configurable: true });
  expect(help).toMatch(/^box-config-lint: validates/);
  expect(wideCells(help)).toEqual([]);
});

test("the help of the command and of its commands fits a terminal of 50 columns", async () => {
  for (const args of [["--help"], ["policy", "--help"], ["token", "--help"]]) {
    const { status, stdout } = await boxSts(args, {}, { isOutTty: true, columns: 50 });
    expect(status).toBe(0);
    expect(wideCells(stdout)).toEqual([]);
    const whole = (await boxSts(args)).stdout;
    expect(stdout.split(/\s+/)).toEqual(whole.split(/\s+/));
  }
});
