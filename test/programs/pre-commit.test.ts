import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { dayAfter } from "../../action/suppressions/days.ts";
import { git, temporaryFolder } from "../action/git/repository.ts";
import { KEY } from "../action/git/shapes.ts";
import { needs } from "./needs.ts";
import { PRE_COMMIT } from "./programs.ts";

const ROOT = join(import.meta.dirname, "../..");
const MANIFEST = join(ROOT, ".pre-commit-hooks.yaml");
const home = temporaryFolder();
/** The machine's own Node and Git, and none of its settings. */
const environment = {
  PATH: process.env.PATH,
  HOME: home,
  PRE_COMMIT_HOME: join(home, "cache"),
  PRE_COMMIT_COLOR: "never",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

function run(folder: string, command: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: environment,
  });
  return { status, text: `${stdout}${stderr}` };
}

/** What a user's configuration names: a repository with the manifest and the bundle, at a revision. */
let hooks: { folder: string; rev: string };

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

/** A repository with one commit, whose configuration names these hooks. */
function repository(...ids: readonly string[]): string {
  const folder = temporaryFolder();
  run(folder, "git", "init", "--quiet", "--initial-branch=main");
  const config = {
    repos: [{ repo: hooks.folder, rev: hooks.rev, hooks: ids.map((id) => ({ id })) }],
  };
  // JSON is YAML.
  write(folder, { ".pre-commit-config.yaml": JSON.stringify(config), "old.txt": "old\n" });
  run(folder, "git", "add", ".");
  run(folder, "git", "commit", "--quiet", "--message=first");
  return folder;
}

const head = (folder: string) => git(folder, "rev-parse", "HEAD");

describe("pre-commit", needs("pre-commit"), () => {
  beforeAll(() => {
    const folder = temporaryFolder();
    cpSync(MANIFEST, join(folder, ".pre-commit-hooks.yaml"));
    cpSync(join(ROOT, "action/dist"), join(folder, "action/dist"), { recursive: true });
    run(folder, "git", "init", "--quiet");
    run(folder, "git", "add", ".");
    run(folder, "git", "commit", "--quiet", "--message=hooks");
    hooks = { folder, rev: head(folder) };
  });

  it.each(["box-config-lint", "box-config-lint-files"])("tries %s out of its repository", (id) => {
    const folder = repository(id);
    write(folder, { "new.txt": "new\n" });
    git(folder, "add", "new.txt");
    const tried = () => run(folder, PRE_COMMIT, "try-repo", hooks.folder, id, "--verbose");
    expect(tried()).toMatchObject({ status: 0, text: expect.stringContaining("No findings.") });
    write(folder, { "k.pem": KEY });
    git(folder, "add", "k.pem");
    const blocked = tried();
    expect(blocked).toMatchObject({ status: 1, text: expect.stringContaining("exit code: 1") });
    expect(blocked.text).toMatch(/^k\.pem\n {2}1:1 {2}certain {2}private-key/m);
    expect(blocked.text).not.toContain("deprecated");
  });

  it.each(["box-config-lint", "box-config-lint-files"])(
    "installed with %s lets a clean commit pass and blocks one with a key, however it is made",
    (id) => {
      const folder = repository(id);
      expect(run(folder, PRE_COMMIT, "install")).toMatchObject({ status: 0 });
      write(folder, { "new.txt": "new\n", "not staged.pem": KEY });
      git(folder, "add", "new.txt");
      expect(run(folder, "git", "commit", "--message=clean")).toMatchObject({ status: 0 });
      const before = head(folder);
      write(folder, { "sub folder/ü k.pem": KEY, "old.txt": `old\n${KEY}` });
      git(folder, "add", "sub folder");
      const blocked = run(join(folder, "sub folder"), "git", "commit", "--message=key");
      expect(blocked).toMatchObject({ status: 1, text: expect.stringContaining("private-key") });
      git(folder, "reset", "--quiet");
      // With an index of its own, which Git makes for this commit alone.
      expect(run(folder, "git", "commit", "--all", "--message=key").text).toMatch(/^old\.txt\n {2}2:1/m);
      expect(run(folder, "git", "commit", "old.txt", "--message=key").status).toBe(1);
      expect(head(folder)).toBe(before);
      expect(run(folder, "git", "commit", "--all", "--no-verify", "--message=key").status).toBe(0);
    },
  );

  it.each(["box-config-lint", "box-config-lint-files"])(
    "finds with run --all-files what is there: %s",
    (id) => {
      const folder = repository(id);
      expect(run(folder, PRE_COMMIT, "run", "--all-files")).toMatchObject({ status: 0 });
      write(folder, { "k.pem": KEY });
      git(folder, "add", ".");
      run(folder, "git", "commit", "--quiet", "--message=key");
      const { status, text } = run(folder, PRE_COMMIT, "run", "--all-files");
      expect(status).toBe(1);
      expect(text.match(/^k\.pem$/gm)).toHaveLength(1);
    },
  );

  it("blocks the very first commit for a link that names a key", () => {
    const folder = repository("box-config-lint");
    run(folder, PRE_COMMIT, "install");
    run(folder, "git", "checkout", "--quiet", "--orphan", "other");
    run(folder, "git", "rm", "--quiet", "old.txt");
    symlinkSync(`token=1 ${KEY.replaceAll("\n", " ")}`, join(folder, "link"));
    git(folder, "add", "link");
    const { status, text } = run(folder, "git", "commit", "--message=first");
    expect(status).toBe(1);
    expect(text).toMatch(/^link\n {2}1:/m);
  });

  it("takes suppressions from HEAD, so that a commit cannot suppress its own findings", () => {
    const folder = repository("box-config-lint");
    run(folder, PRE_COMMIT, "install");
    write(folder, { "k.pem": KEY });
    git(folder, "add", "k.pem");
    const [identity] = /spki-sha256:\w{64}/.exec(run(folder, "git", "commit", "--message=key").text) ?? [];
    const ignore = [{ identity, reason: "a test", expires: dayAfter(new Date(), 200) }];
    write(folder, { ".box-config-lint.json": JSON.stringify({ ignore }) });
    git(folder, "add", ".");
    expect(run(folder, "git", "commit", "--message=key").status).toBe(1);
    git(folder, "reset", "--quiet", "k.pem");
    expect(run(folder, "git", "commit", "--message=excuse").status).toBe(0);
    git(folder, "add", "k.pem");
    expect(run(folder, "git", "commit", "--message=key").status).toBe(0);
  });

  it("scans what a merge brings in where the hook is installed for merges", () => {
    const folder = repository("box-config-lint");
    run(folder, PRE_COMMIT, "install", "--hook-type", "pre-merge-commit");
    run(folder, "git", "checkout", "--quiet", "-b", "side");
    write(folder, { "k.pem": KEY });
    git(folder, "add", "k.pem");
    run(folder, "git", "commit", "--quiet", "--message=key");
    run(folder, "git", "checkout", "--quiet", "main");
    const { status, text } = run(folder, "git", "merge", "--no-ff", "--no-edit", "side");
    expect(status).not.toBe(0);
    expect(text).toMatch(/^k\.pem\n {2}1:1/m);
  });
});
