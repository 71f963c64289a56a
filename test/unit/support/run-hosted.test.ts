import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type HostedRun, runHosted } from "../../support/run-hosted.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "hosted-")));
let programs = 0;
function program(code: string): string {
  const path = join(folder, `program-${programs++}.mjs`);
  writeFileSync(path, code);
  return path;
}
const request = (entry: string, more: Partial<HostedRun> = {}): HostedRun => ({
  entry,
  imports: [],
  args: [],
  cwd: folder,
  env: { PATH: process.env.PATH },
  ...more,
});
const run = (code: string, more: Partial<HostedRun> = {}) => runHosted(request(program(code), more));

describe("a hosted run", () => {
  test("gives what the program gives as a process of its own", () => {
    const entry = program(`
      import { spawnSync } from "node:child_process";
      console.log(JSON.stringify([process.argv.slice(2), process.cwd(), process.env.A, process.env.B, process.exitCode]));
      process.stdout.write("é".repeat(100_000));
      spawnSync("sh", ["-c", "echo by a child >&2"], { stdio: "inherit" });
      setTimeout(() => { console.error("later"); process.exitCode = 3; }, 1);
    `);
    for (const more of [{ env: { PATH: process.env.PATH, A: "a" } }, { cwd: tmpdir(), args: ["x", "y z"] }]) {
      const { cwd, env, args } = request(entry, more);
      const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
        ...{ cwd, env, encoding: "utf8" as const },
      });
      expect(runHosted(request(entry, more))).toEqual({ status, stdout, stderr });
      expect([status, stderr]).toEqual([3, "by a child\nlater\n"]);
    }
  });

  test("evaluates the entry and its imports again, and finds no exit code of the run before", () => {
    const counted = program("globalThis.evaluated = (globalThis.evaluated ?? 0) + 1;");
    const entry = program(`
      let calls = 0;
      export const main = () => { console.log(globalThis.evaluated, ++calls); process.exitCode = globalThis.evaluated; };
    `);
    const twice = [1, 2].map(() => runHosted(request(entry, { imports: [counted], call: "main" })));
    expect(twice.map(({ stdout }) => stdout)).toEqual(["1 1\n", "2 1\n"]);
    expect(run("")).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});

describe("a hosted run is an error, and the next one starts in a new process, where the program", () => {
  test.each<[string, string, RegExp]>([
    ["ends the process", "process.exit(0);", /program-\d+\.mjs {2}ends its process:/],
    ["throws", 'throw new Error("some fault");', /ends its process:[\s\S]*Error: some fault/],
    [
      "throws later",
      'setTimeout(() => { throw new Error("late"); }, 1);',
      /ends its process:[\s\S]*Error: late/,
    ],
    ["waits for nothing", "await new Promise(() => {});", /waits for something that never comes/],
    ["leaves a timer", "setInterval(() => {}, 1000);", /does not end, and keeps open: /],
    ["leaves a global variable", "globalThis.left = 1;", /leaves other than before: the global left /],
    ["leaves a listener", 'process.on("exit", () => {});', /leaves other than before: 1 listeners to exit /],
    [
      "changes the mask of new files",
      "process.umask(0o77);",
      /leaves other than before: the umask 63 \(before: the umask \d+\)$/,
    ],
    ["changes the title", 'process.title = "other";', /leaves other than before: the title other /],
  ])("%s", (what, code, fault) => {
    const limit = what === "leaves a timer" ? { longestMs: 200 } : {};
    expect(() => run(code, limit)).toThrow(fault);
    expect(run('console.log(typeof globalThis.left, process.listenerCount("exit"));').stdout).toBe(
      "undefined 0\n",
    );
  });
});
