import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../action/cli/options.ts";
import { pathOrFolderMatcher } from "../../../action/rules/schema/glob.ts";
import type { Selection } from "../../../action/sources/files/walk.ts";
import { pathSources } from "../../../action/sources/files/work-tree.ts";
import { git, temporaryFolder } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { lint, lintIn } from "./command-line.ts";

/** A repository with a key in each of these files, and one that is tracked. */
function repository(files: readonly string[] = []): string {
  const folder = temporaryFolder();
  git(folder, "init", "--quiet", "--initial-branch=main");
  add(folder, "app.js", "1\n");
  git(folder, "add", "--all");
  for (const file of files) add(folder, file, KEY);
  return folder;
}

function add(folder: string, path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** The keys that are read: not the other files. */
async function keysRead(
  folder: string,
  paths: readonly string[] = ["."],
  { exclude = [], ...selection }: Omit<Selection, "excludes"> & { readonly exclude?: readonly string[] } = {},
): Promise<readonly string[]> {
  const excludes = pathOrFolderMatcher(exclude);
  const { sources } = pathSources(folder, paths, undefined, { asGitLists: true, ...selection, excludes });
  const read: string[] = [];
  for await (const { path, size } of sources) if (size === KEY.length) read.push(path);
  return read.toSorted();
}

describe("what box-config-lint reads of a folder", () => {
  it("does not read files that Git ignores, and says so", async () => {
    const folder = repository(["node_modules/x/k.pem", "sub/node_modules/k.pem", ".env", "dist/k"]);
    add(folder, ".gitignore", "node_modules/\n/.env\n");
    add(folder, ".git/info/exclude", "dist\n");
    const run = lint(folder);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toBe(
      "No findings.\nScanned . on the disk, without what Git ignores: 2 blobs, 22 bytes.\n",
    );
    expect(await keysRead(folder, ["."], { asGitLists: false })).toEqual([
      ".env",
      "dist/k",
      "node_modules/x/k.pem",
      "sub/node_modules/k.pem",
    ]);
  });

  it("reads untracked files, tracked files that are ignored, and skips tracked files that are deleted", async () => {
    const folder = repository(["ignored/tracked.pem", "new.pem", "gone.pem"]);
    add(folder, ".gitignore", "ignored/\n");
    git(folder, "add", "--force", "ignored/tracked.pem", "gone.pem");
    rmSync(join(folder, "gone.pem"));
    expect(await keysRead(folder)).toEqual(["ignored/tracked.pem", "new.pem"]);
    expect(await keysRead(folder, ["ignored"])).toEqual(["ignored/tracked.pem"]);
  });

  it("reads a file and a folder that Git ignores where they are named", async () => {
    const folder = repository(["node_modules/x/k.pem", "local.pem"]);
    add(folder, ".gitignore", "node_modules\nlocal.pem\n");
    expect(await keysRead(folder, ["local.pem", "node_modules"])).toEqual([
      "local.pem",
      "node_modules/x/k.pem",
    ]);
    expect(await keysRead(folder, ["node_modules/x"])).toEqual(["node_modules/x/k.pem"]);
  });

  it("reads every file outside of a repository, and says so", () => {
    const folder = temporaryFolder();
    add(folder, "node_modules/k.pem", KEY);
    add(folder, ".gitignore", "node_modules\n");
    const run = lint(folder);
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/^node_modules\/k\.pem$/m);
    expect(run.stdout).toContain(
      `Note: ${folder} is in no Git repository: every file in it is scanned, ignored names included.`,
    );
    expect(lint(folder, "--no-ignore").stdout).not.toContain("Note:");
  });

  it("reads a repository inside the repository, and a submodule's folder, as Git would take them", async () => {
    const folder = repository();
    const inner = join(folder, "inner");
    mkdirSync(inner);
    git(inner, "init", "--quiet");
    add(inner, "k.pem", KEY);
    add(inner, "node_modules/k.pem", KEY);
    add(inner, ".gitignore", "node_modules\n");
    expect(await keysRead(folder)).toEqual(["inner/k.pem"]);
    const id = "1".repeat(40);
    git(folder, "update-index", "--add", "--cacheinfo", `160000,${id},module`);
    add(folder, "module/k.pem", KEY);
    expect(await keysRead(folder)).toEqual(["inner/k.pem", "module/k.pem"]);
    expect(await keysRead(folder, ["module"])).toEqual(["module/k.pem"]);
  });

  it("lists the files of the folder, although a hook's environment names another repository", async () => {
    const folder = repository(["new.pem"]);
    const other = join(repository(), ".git");
    const run = lintIn(folder, ["."], { GIT_DIR: other, GIT_INDEX_FILE: join(other, "index") });
    expect(run.stdout).toMatch(/^new\.pem$/m);
  });

  it.skipIf(process.platform !== "linux")("does not pass over a name that is not UTF-8", async () => {
    const folder = repository();
    const latin1 = (name: string) => Buffer.concat([Buffer.from(`${folder}/${name}`), Buffer.from([0xff])]);
    writeFileSync(latin1("k"), KEY);
    mkdirSync(latin1("d"));
    writeFileSync(Buffer.concat([latin1("d"), Buffer.from("/k.pem")]), KEY);
    for (const args of [[], ["--no-ignore"]]) {
      const { status, stdout } = lint(folder, ...args);
      expect(status).toBe(2);
      for (const name of ["k", "d"])
        expect(stdout).toMatch(
          new RegExp(`${name}\ufffd\\S* cannot be read: its name is not UTF-8; rename it\\.`),
        );
    }
  });
});

describe("--exclude", () => {
  it("leaves out the files and folders that a glob fits, and says so", async () => {
    const folder = repository(["vendor/a/k.pem", "lib/vendor/k.pem", "lib/k.pem", "k.key"]);
    expect(await keysRead(folder, ["."], { exclude: ["vendor/", "*.key"] })).toEqual([
      "lib/k.pem",
      "lib/vendor/k.pem",
    ]);
    expect(await keysRead(folder, ["."], { exclude: ["**/vendor"], asGitLists: false })).toEqual([
      "k.key",
      "lib/k.pem",
    ]);
    expect(lint(folder, "--exclude", "**/*.{pem,key}").stdout).toBe(
      "No findings.\nScanned . on the disk, without what Git ignores, **/*.{pem,key}: 1 blob, 2 bytes.\n",
    );
  });

  it.each([
    ["--staged", "--exclude=a"],
    ["--history", "--no-ignore"],
    ["--range=a..b", "--exclude=a"],
    ["baseline", "--no-ignore"],
  ])("is refused where commits are scanned: %s %s", (...args) => {
    expect(parseOptions(args, "2026-01-01")).toEqual({
      ok: false,
      error: expect.stringMatching(/^(--exclude|--no-ignore) is for paths on the disk; remove it/),
    });
  });
});

it("says in a bare repository, whose files are Git's own, that --history scans what was committed", () => {
  const folder = temporaryFolder();
  git(folder, "init", "--quiet", "--bare");
  const { status, stdout } = lint(folder);
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(
      /^Note: .+ has no work tree: its files are Git's own, .+ Scan it with --history or --range\.\n/,
    ),
  ]);
});
