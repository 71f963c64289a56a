import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, run } from "./cdk-command.ts";
import { newFolder } from "./deployment.ts";

const CONFIG = ["-c", "config=examples/deploy/deploy.json"];

/** A checkout in which everything is built. */
function checkout(): string {
  const folder = newFolder();
  for (const name of [
    "cdk.json",
    "package.json",
    "dist",
    "examples",
    "functions",
    "infra",
    "schemas",
    "tools",
  ]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** What was built, by path, with the time of the last change. */
const writtenIn = (folder: string) =>
  readdirSync(join(folder, "dist/functions"), { recursive: true, encoding: "utf8" }).map(
    (name) => `${name} ${statSync(join(folder, "dist/functions", name)).mtimeMs}`,
  );

const shippedIn = (out: string) =>
  readdirSync(out)
    .filter((name) => name.startsWith("asset."))
    .map((name) => readFileSync(join(out, name, "index.mjs"), "utf8"));

test("a build that changes nothing writes nothing, because other programs read the folder meanwhile", () => {
  const folder = checkout();
  const before = writtenIn(folder);
  execFileSync(process.execPath, ["tools/build.ts"], { cwd: folder });
  expect(writtenIn(folder)).toEqual(before);
});

test("a synth after a change of the sources ships what they build", () => {
  const folder = checkout();
  appendFileSync(join(folder, "functions/health.ts"), 'console.info("changed after the build");\n');
  const { status, out } = run("synth", ["--quiet", ...CONFIG], folder);
  expect(status).toBe(0);
  expect(shippedIn(out).filter((code) => code.includes("changed after the build"))).toHaveLength(1);
});

test("a synth of sources that do not build ends before anything is synthesised", () => {
  const folder = checkout();
  appendFileSync(join(folder, "functions/health.ts"), "this is no program;\n");
  const { status, output, out } = run("synth", ["--quiet", ...CONFIG], folder);
  expect(status).not.toBe(0);
  expect(output).toContain("functions/health.ts");
  expect(() => readdirSync(out)).toThrow("ENOENT");
});
