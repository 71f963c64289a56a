import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, type TestOptions, test } from "vitest";
import { boxSts } from "../../support/terminal.ts";

/** A shell with the script that `box-sts completion` prints for it. */
export interface ShellUnderTest {
  /** It has the script, by the shell's name, and two files to complete. */
  readonly folder: string;
  /** Runs a command there, with nothing of this machine's settings. @returns its output, of which each line is an offer */
  run(command: string, args: readonly string[]): string;
}

/** What a shell offers for a line. */
export type Offers = (shell: ShellUnderTest, line: string) => readonly string[];

export const linesOf = (text: string): readonly string[] =>
  [...new Set(text.split("\n").filter((line) => line !== ""))].sort();

function run(folder: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: folder, TERM: "dumb", LC_ALL: "C.UTF-8" },
    input: "",
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

/** The script in the shell itself. */
export function completionTests(shell: string, offersOf: Offers, options: TestOptions = {}): void {
  describe(`the completion in ${shell}`, options, () => {
    const folder = mkdtempSync(join(tmpdir(), "box-sts-completion-"));
    const offers = (line: string) =>
      offersOf({ folder, run: (command, args) => run(folder, command, args) }, line);

    beforeAll(async () => {
      const { status, stdout, stderr } = await boxSts(["completion", shell]);
      expect([status, stderr]).toEqual([0, ""]);
      writeFileSync(join(folder, shell), stdout);
      for (const name of ["config.json", "a file.json"]) writeFileSync(join(folder, name), "{}");
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test("offers the commands, those of a group, and what begins with a text", () => {
      const first = offers("box-sts ");
      for (const command of ["lint", "policy", "connections", "token", "doctor", "probe", "completion"])
        expect(first).toContain(command);
      expect(offers("box-sts pol")).toEqual(["policy"]);
      expect(offers("box-sts policy ")).toEqual(["check", "diff", "explain", "test"]);
      expect(offers("box-sts connections l")).toEqual(["link", "list"]);
    });

    test("offers the options of the command", () => {
      expect(offers("box-sts token --fo")).toEqual(["--format"]);
      expect(offers("box-sts policy diff --fa")).toEqual(["--fail-on"]);
      expect(offers("box-sts doctor --o")).toEqual(["--offline"]);
      expect(offers("box-sts probe --strict --url-")).toEqual(["--url-function"]);
      expect(offers("box-sts lint --staged --fail-on-")).toEqual(["--fail-on-skipped"]);
    });

    test("offers the values of an option, also behind an equals sign", () => {
      expect(offers("box-sts token --format ")).toEqual(["env", "header", "json"]);
      expect(offers("box-sts policy diff --fail-on g")).toEqual(["gain"]);
      expect(offers("box-sts lint --format s")).toEqual(["sarif"]);
      const [value] = offers("box-sts token --format=h");
      // fish returns the word with its beginning.
      expect(value?.replace("--format=", "")).toBe("header");
    });

    test("offers files where a file is expected, and nothing where a name is", () => {
      const plain = (found: readonly string[]) => found.map((one) => one.replaceAll("\\ ", " "));
      expect(plain(offers("box-sts doctor --config conf"))).toEqual(["config.json"]);
      expect(plain(offers("box-sts doctor --config a"))).toEqual(["a file.json"]);
      expect(plain(offers("box-sts policy check conf"))).toEqual(["config.json"]);
      expect(offers("box-sts token --app conf")).toEqual([]);
    });
  });
}
