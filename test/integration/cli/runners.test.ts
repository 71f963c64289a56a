import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackedPackage } from "../../support/packed-package.ts";

/** `startBox()` of the packed package in other people's test runners; test/compatibility has Jest. */
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

/** Of a test file: Box's SDK, as published, lists a folder, and a rate limit that it waits for. */
const BODY = `
  await using box = await startBox();
  const auth = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(box.config)) });
  const client = new BoxClient({ auth }).withCustomBaseUrls(box.baseUrls);
  box.faults.inject("rate-limited:0", { times: 1, on: "api/folders" });
  const { entries } = await client.folders.getFolderItems("0");
  equal(entries.some(({ id }) => id === box.sample.reports.id), true);
  equal(box.requests.count("api/folders"), 2);
`;
const IMPORTS = `
  import { equal } from "node:assert/strict";
  import { BoxClient, BoxJwtAuth, JwtConfig } from "box-node-sdk";
  import { startBox } from "box-sts/sandbox";
`;

test("vitest starts a Box per test, and ends by itself", async () => {
  writeFileSync(
    join(folder, "box.test.js"),
    `${IMPORTS} import { test } from "vitest"; test("lists a folder", async () => {${BODY}});`,
  );
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  await run(
    process.execPath,
    [vitest, "run", "--root", folder, "--reporter=json", "--outputFile=report.json"],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
    },
  );
  expect(JSON.parse(readFileSync(join(folder, "report.json"), "utf8"))).toMatchObject({
    numPassedTests: 1,
    numTotalTests: 1,
  });
});

test("node:test starts a Box per test, and ends by itself", async () => {
  const path = join(folder, "box.mjs");
  writeFileSync(
    path,
    `${IMPORTS} import { test } from "node:test"; test("lists a folder", async () => {${BODY}});`,
  );
  // In one process: it ends only when nothing keeps it alive.
  const args = ["--test", "--test-isolation=none", "--test-reporter=tap", path];
  const { stdout } = await run(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH } });
  expect(stdout).toMatch(/^# pass 1$/m);
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
