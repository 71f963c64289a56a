import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** The files of docs/sandbox.md, by the name in the comment of their first line. */
async function filesOfThePage(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(join(ROOT, "docs/sandbox.md"), "utf8");
  const blocks = page.matchAll(/```js\n(\/\/ ([\w.-]+):?[^\n]*\n[\s\S]*?)```/g);
  return new Map([...blocks].map(([, code = "", name = ""]) => [name, code]));
}

test("the files of docs/sandbox.md for Vitest run as they are, with the official SDK", async () => {
  const files = await filesOfThePage();
  expect([...files.keys()]).toEqual(["box-setup.js", "local-box.js", "reports.test.js"]);
  const project = await mkdtemp(join(tmpdir(), "vitest-snippet-"));
  try {
    for (const [name, code] of files) await writeFile(join(project, name), code);
    await symlink(join(ROOT, "node_modules"), join(project, "node_modules"));
    const alias = { "box-sts/sandbox": join(ROOT, "sandbox/index.ts") };
    const config = { resolve: { alias }, test: { globalSetup: "box-setup.js", maxWorkers: 1 } };
    await writeFile(join(project, "vitest.config.mjs"), `export default ${JSON.stringify(config)};\n`);
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const { VITEST: _, VITEST_POOL_ID: __, VITEST_WORKER_ID: ___, VITEST_MODE: ____, ...env } = process.env;
    const report = join(project, "report.json");
    const run = [vitest, "run", "--root", project, "--reporter=json", `--outputFile=${report}`];
    await promisify(execFile)(process.execPath, run, { cwd: project, env });
    expect(JSON.parse(await readFile(report, "utf8"))).toMatchObject({
      numPassedTests: 1,
      numTotalTests: 1,
      success: true,
    });
  } finally {
    await rm(project, { recursive: true });
  }
});
