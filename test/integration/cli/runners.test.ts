import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackedPackage } from "../../support/packed-package.ts";
import { runnerExample } from "../../support/runner-examples.ts";

/** The examples of docs/sandbox.md with the packed package, in other people's test runners; test/compatibility has Jest's. */
const ROOT = join(import.meta.dirname, "../../..");
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-runners-"));
  await installPackedPackage(folder);
  for (const name of ["vitest", "box-node-sdk"])
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["vitest", "node:test", "Jest"] as const)(
  "the example for %s needs no syntax that Node 20 lacks",
  async (runner) => {
    const [node20, newest] = await Promise.all(
      ["node20", "esnext"].map((target) => transform(runnerExample(runner), { target })),
    );
    expect(node20?.code).toBe(newest?.code);
  },
);

test("vitest runs the example of docs/sandbox.md, and ends by itself", async () => {
  writeFileSync(join(folder, "box.test.js"), runnerExample("vitest"));
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--root", folder, "--reporter=json", "--outputFile=report.json"];
  await run(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
  });
  const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
  expect(report).toMatchObject({ numPassedTests: 1, numTotalTests: 1 });
});

test("node:test runs the example of docs/sandbox.md, and ends by itself", async () => {
  writeFileSync(join(folder, "box.mjs"), runnerExample("node:test"));
  // In one process: it ends only when nothing keeps it alive.
  const args = ["--test", "--test-isolation=none", "--test-reporter=tap", "box.mjs"];
  const { stdout } = await run(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH } });
  expect(stdout).toMatch(/^# pass 2$/m);
});

test("a program in CommonJS requires it, with every part that is loaded on demand", async () => {
  const program = `
    const { startBox } = require("box-sts/sandbox");
    startBox({ tls: true }).then(async (box) => {
      console.log(new URL(box.tlsUrl).protocol, box.ca.includes("BEGIN CERTIFICATE"));
      await box.close();
    });
  `;
  // As in a Node that cannot require an ES module.
  const args = ["--no-experimental-require-module", "-e", program];
  const { stdout } = await run(process.execPath, args, { cwd: folder });
  expect(stdout).toBe("https: true\n");
});
