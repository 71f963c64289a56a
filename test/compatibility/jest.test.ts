import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackedPackage } from "../support/packed-package.ts";
import { runnerExample } from "../support/runner-examples.ts";

/** The packed package in Jest, which requires it as CommonJS in a context of its own. */
const ROOT = join(import.meta.dirname, "../..");
const JEST = join(import.meta.dirname, "node_modules/jest/bin/jest.js");
/** What a test's own context must not break: the code that loads on demand. */
const OVER_TLS = `
  const { startBox } = require("box-sts/sandbox");
  test("serves Box over TLS", async () => {
    const box = await startBox({ tls: true });
    expect([new URL(box.tlsUrl).protocol, box.ca.slice(0, 27)]).toEqual(["https:", "-----BEGIN CERTIFICATE-----"]);
    await box.close();
  });
`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-jest-"));
  await installPackedPackage(folder);
  symlinkSync(join(ROOT, "node_modules/box-node-sdk"), join(folder, "node_modules/box-node-sdk"));
  mkdirSync(join(folder, "test/files"), { recursive: true });
  writeFileSync(join(folder, "test/files/invoice.txt"), "42\n");
  writeFileSync(join(folder, "test/box.test.js"), runnerExample("Jest"));
  writeFileSync(join(folder, "test/tls.test.js"), OVER_TLS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("Jest runs the example of docs/sandbox.md, and ends by itself", () => {
  const args = [JEST, "--runInBand", "--json", "--outputFile=report.json", "--cacheDirectory=cache"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(stderr).not.toContain("did not exit");
  expect(status, stderr).toBe(0);
  const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
  expect(report).toMatchObject({ numPassedTests: 2, numTotalTests: 2, openHandles: [] });
});
