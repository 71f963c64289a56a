import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, type TestOptions } from "vitest";
import { unreadableFolders } from "../../../action/sources/files/git-ls-files.ts";
import { git, temporaryFolder } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { lintProcess } from "./command-line.ts";

/** Permissions do not count for root, unless it gives up the privilege that lets it pass over them. */
const LAUNCHER =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : [];
const NEEDS_PERMISSIONS: TestOptions = permissionsCount()
  ? {}
  : { skip: true, meta: { absentPrograms: ["setpriv"] } };

/** Windows has no such permissions. */
function permissionsCount(): boolean {
  if (process.platform === "win32") return false;
  const [program = "true", ...args] = [...LAUNCHER, "true"];
  return spawnSync(program, args).status === 0;
}

const closed: string[] = [];
afterEach(() => {
  for (const folder of closed.splice(0)) chmodSync(folder, 0o700);
});

/** A repository with a key in an untracked folder, which has this mode. */
function repository(path: string, mode = 0): string {
  const folder = temporaryFolder();
  git(folder, "init", "--quiet", "--initial-branch=main");
  mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, path, "k.pem"), KEY);
  chmodSync(join(folder, path), mode);
  closed.push(join(folder, path));
  return folder;
}

const lint = (folder: string, ...args: readonly string[]) => lintProcess(folder, args, {}, LAUNCHER);

describe("a folder that cannot be read", NEEDS_PERMISSIONS, () => {
  it.each([0, 0o311])("is a problem where Git would pass over it (mode %o)", (mode) => {
    const { status, stdout } = lint(repository("sub/keys", mode));
    expect(stdout).toContain("sub/keys cannot be read (Permission denied); check its permissions");
    expect(status).toBe(2);
  });

  it("is named by its path in the repository, where the folder above it is scanned", () => {
    const { status, stdout } = lint(repository("sub/keys"), "sub");
    expect(stdout).toContain("sub/keys cannot be read (Permission denied)");
    expect(status).toBe(2);
  });

  it.each([
    [0, "EACCES"],
    [0o311, "Permission denied"],
  ])("is named where it is what the command line names (mode %o)", (mode, reason) => {
    const { status, stdout, stderr } = lint(repository("sub/keys", mode), "sub/keys");
    expect(stdout).toContain(`sub/keys cannot be read (${reason}); check its permissions and run again.`);
    expect(stdout + stderr).not.toContain("Git cannot be started");
    expect(status).toBe(2);
  });

  it("is no problem where Git ignores it", () => {
    const folder = repository("keys");
    writeFileSync(join(folder, ".gitignore"), "keys\n");
    expect(lint(folder)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^No findings/) });
  });
});

it("takes the folders that Git passed over from its warnings", () => {
  const warnings = [
    "warning: unable to access 'a/.gitignore': Permission denied",
    "warning: could not open directory 'a/': Permission denied",
    "warning: could not open directory 'a/it's: b/': Input/output error",
    "warning: could not open directory '.': Permission denied",
    "warning: could not open directory 'in two\nlines/': Permission denied",
    "warning: could not open directory 'cut o",
  ].join("\n");
  expect(unreadableFolders(warnings, "")).toEqual([
    { name: "a", reason: "Permission denied" },
    { name: "a/it's: b", reason: "Input/output error" },
    { name: ".", reason: "Permission denied" },
    { name: "in two\nlines", reason: "Permission denied" },
    { name: ".", reason: "unknown error" },
  ]);
  expect(unreadableFolders("warning: could not open directory 'a/b/': No\n", "a/b/")).toEqual([
    { name: ".", reason: "No" },
  ]);
});
