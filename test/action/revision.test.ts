import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitNamed } from "../../action/cli/revision.ts";
import { OpenRepository } from "../../action/sources/git/open-repository.ts";

const folder = mkdtempSync(join(tmpdir(), "box-sts-revision-"));
const repository = new OpenRepository({ folder });
beforeAll(() => {
  const git = (...args: readonly string[]) => execFileSync("git", ["-C", folder, ...args]);
  git("init", "--quiet");
  git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--allow-empty", "-mfirst");
});
afterAll(() => {
  repository.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(["HEAD~1", "HEAD^2", "nowhere", "0123456789"])(
  "a range from %s, which the clone does not have, is refused by its name and not with a hint of Git",
  async (name) => {
    const problem = { code: "commit_unknown", name };
    await expect(commitNamed(repository, name)).rejects.toMatchObject({ problem });
  },
);
