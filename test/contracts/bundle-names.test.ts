import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { actionBundle } from "../support/action-bundle.ts";

/** The Action's bundle of the sources, and that of a copy with a change in many of them. */
const ROOT = join(import.meta.dirname, "../..");
let folder: string;

const filesOf = (path: string): ReadonlyMap<string, string> =>
  new Map(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")]));

let before: ReadonlyMap<string, string>;
let after: ReadonlyMap<string, string>;
beforeAll(async () => {
  before = filesOf(await actionBundle());
  folder = mkdtempSync(join(tmpdir(), "bundle-names-"));
  mkdirSync(join(folder, "tools"));
  for (const path of ["keys", "schemas", "package.json", "tools/build-action.ts"])
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  const isSource = (path: string) => !path.startsWith(join(ROOT, "action/dist"));
  cpSync(join(ROOT, "action"), join(folder, "action"), { recursive: true, filter: isSource });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  for (const path of globSync(["action/*.ts", "action/{rules,scan,report}/**/*.ts"], { cwd: folder }))
    appendFileSync(
      join(folder, path),
      `\nif (process.argv.length === 0) throw new Error("changed ${path}");\n`,
    );
  const path = join(folder, "after");
  execFileSync(process.execPath, ["tools/build-action.ts", path], { cwd: folder, stdio: "inherit" });
  after = filesOf(path);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isCode = (name: string) => name.endsWith(".mjs");

test("a change of the sources renames no file of the Action's bundle", () => {
  expect([...after.keys()].filter((name) => before.get(name) === after.get(name))).not.toContain("main.mjs");
  expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
});

test("every file of the bundle is an entry or is imported, and what is imported is in the bundle", () => {
  const imported = [...after.values()].flatMap((text) =>
    [...text.matchAll(/(?:from|import\(?)"\.\/([^"]+)"/g)].map(([, name = ""]) => name),
  );
  const code = [...after.keys()].filter(isCode);
  expect(code).toEqual(expect.arrayContaining(imported));
  const entries = code.filter((name) => !imported.includes(name));
  expect(entries.filter((name) => !existsSync(join(folder, "action", name.replace(".mjs", ".ts"))))).toEqual(
    [],
  );
});

test.skipIf(process.platform === "win32")("only the command of the bundle is executable", () => {
  const names = [...after.keys()].filter((name) => statSync(join(folder, "after", name)).mode & 0o111);
  expect(names).toEqual(["cli.mjs"]);
});
