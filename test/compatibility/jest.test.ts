import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackedPackage } from "../support/packed-package.ts";

/** `startBox()` of the packed package in Jest, which requires it as CommonJS in a context of its own. */
const ROOT = join(import.meta.dirname, "../..");
const JEST = join(import.meta.dirname, "node_modules/jest/bin/jest.js");
const PROGRAM = `
  const { BoxClient, BoxJwtAuth, JwtConfig } = require("box-node-sdk");
  const { startBox } = require("box-sts/sandbox");

  let box;
  beforeAll(async () => {
    box = await startBox({ tls: true });
  });
  afterAll(() => box.close());

  test("lists a folder after a rate limit", async () => {
    const auth = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(box.config)) });
    const client = new BoxClient({ auth }).withCustomBaseUrls(box.baseUrls);
    box.faults.inject("rate-limited:0", { times: 1, on: "api/folders" });
    const { entries } = await client.folders.getFolderItems("0");
    expect(entries.map(({ id }) => id)).toContain(box.sample.reports.id);
    expect(box.requests.count("api/folders")).toBe(2);
  });
`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-jest-"));
  await installPackedPackage(folder);
  symlinkSync(join(ROOT, "node_modules/box-node-sdk"), join(folder, "node_modules/box-node-sdk"));
  writeFileSync(join(folder, "box.test.js"), PROGRAM);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("Jest starts a Box, and ends by itself", () => {
  const args = [JEST, "--runInBand", "--json", "--outputFile=report.json", "--cacheDirectory=cache"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(stderr).not.toContain("did not exit");
  expect(status, stderr).toBe(0);
  const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
  expect(report).toMatchObject({ numPassedTests: 1, numTotalTests: 1, openHandles: [] });
});
