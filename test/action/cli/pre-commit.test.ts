import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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
});
