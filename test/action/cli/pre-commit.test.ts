import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { git } from "../git/repository.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MANIFEST = join(ROOT, ".pre-commit-hooks.yaml");

describe("the manifest of the pre-commit hooks", () => {
  const manifest = parse(readFileSync(MANIFEST, "utf8"));

  it("names the committed bundle, which is executable", () => {
    for (const { entry, language } of manifest) {
      expect(language).toBe("script");
      expect(git(ROOT, "ls-files", "--stage", "--", entry.split(" ")[0])).toMatch(/^100755 /);
    }
  });

  it("has the hooks that the documentation shows", () => {
    const shown = /```yaml\n(repos:[\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs/rules.md"), "utf8"))?.[1];
    const ids = parse(shown ?? "").repos.flatMap((repo: { hooks: { id: string }[] }) => repo.hooks);
    expect(manifest.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining([ids[0].id]));
    expect(ids).toHaveLength(1);
  });

  it("names no stages, of which no spelling is good for all versions of pre-commit", () => {
    for (const hook of manifest) expect(hook).not.toHaveProperty("stages");
  });

  it("refuses a staged key where a file has the name of an option", () => {
    const folder = mkdtempSync(join(tmpdir(), "pre-commit-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    git(folder, "init", "--quiet");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(join(folder, "--help"), "text");
    git(folder, "add", "--all");
    for (const { entry, args = [] } of manifest) {
      const [bundle, ...options] = entry.split(" ");
      const argv = [join(ROOT, bundle), ...options, ...args, "--help", "key.pem"];
      expect(spawnSync(process.execPath, argv, { cwd: folder }).status).toBe(1);
    }
  });
});
