import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boxSts } from "../../support/terminal.ts";

const ROOT = join(import.meta.dirname, "../../..");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

/** The commands as the first screen of help lists them. */
const commands = async () => {
  const { stdout } = await boxSts(["--help"]);
  return [...stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name = ""]) => name);
};

describe("box-sts", () => {
  test("prints help that fits a terminal of 80 columns and 24 lines", async () => {
    const { status, stdout, stderr } = await boxSts(["--help"]);
    const lines = stdout.trimEnd().split("\n");
    expect(status).toBe(0);
    expect(stderr).toBe("");
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(await commands()).toContain("policy check");
  });

  test("prints the help of each command, with its usage and each exit status", async () => {
    for (const name of (await commands()).filter((one) => one !== "lint")) {
      for (const args of [
        [...name.split(" "), "--help"],
        ["help", ...name.split(" ")],
      ]) {
        const { status, stdout, stderr } = await boxSts(args);
        expect([status, stderr]).toEqual([0, ""]);
        expect(stdout).toMatch(new RegExp(`^Usage: box-sts ${name} `));
        expect(stdout).toMatch(/--json +print (the result as JSON|one JSON line)/);
        expect(stdout).toMatch(/\nExit status: 0 .+,(?:\s+1 .+,)?\s+2 .+\.\n$/s);
        // That of the sandbox has a table of faults.
        const columns = name === "sandbox" ? 120 : 110;
        expect(stdout.split("\n").filter((line) => line.length > columns)).toEqual([]);
      }
    }
  });

  test("prints the version of the package", async () => {
    expect(await boxSts(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each([
    [["polcy"], "There is no command polcy. Did you mean policy? See: box-sts --help"],
    [["policy", "chek"], "There is no command chek. Did you mean check? See: box-sts policy --help"],
    [["constructor"], "There is no command constructor. See: box-sts --help"],
    [["\u001b[2J"], "There is no command \\u{1b}[2J. See: box-sts --help"],
  ])("refuses the unknown command %j with status 2 and the nearest one", async (args, sentence) => {
    expect(await boxSts(args)).toEqual({ status: 2, stdout: "", stderr: `box-sts: ${sentence}\n` });
  });

  test.each([
    [["policy", "check", ""], "policy check: The argument FILE is empty; give the path of a policy."],
    [["policy", "diff", "a", ""], "policy diff: The argument AFTER is empty; give the path of a policy."],
    [["token", "--config", ""], "token: --config is empty; write its value, or leave it out."],
  ])(
    "refuses the empty value in %j, which an unset variable leaves, with status 2",
    async (args, sentence) => {
      expect(await boxSts(args)).toEqual({ status: 2, stdout: "", stderr: `box-sts ${sentence}\n` });
    },
  );

  test("without a command names the commands and exits with status 2", async () => {
    for (const args of [[], ["policy"]]) {
      const { status, stdout, stderr } = await boxSts(args);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^box-sts: Name a command: .+ --help\n$/);
    }
  });

  test.each([
    [["--jsn", "a"], "Unknown option '--jsn'. Did you mean --json?"],
    [["--qqqqqqqq", "a"], "Unknown option '--qqqqqqqq'."],
    [["a", "b"], "There is one argument too many: b."],
    [[], "Give FILE."],
    [["--json=yes", "a"], "Option '--json' does not take an argument."],
  ])("policy check refuses the arguments %j with status 2", async (args, sentence) => {
    const { status, stdout, stderr } = await boxSts(["policy", "check", ...args]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(`box-sts policy check: ${sentence} See: box-sts policy check --help\n`);
  });
});
