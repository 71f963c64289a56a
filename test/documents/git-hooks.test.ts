import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../action/git/repository.ts";
import { KEY } from "../action/git/shapes.ts";
import { actionBundle } from "../support/action-bundle.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/git-hooks.md"), "utf8");
const blocks = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
const block = (part: string) => blocks.find((text) => text.includes(part)) ?? "";
const HOOK = block("#!/bin/sh");

let bundle: string;
beforeAll(async () => {
  bundle = await actionBundle();
});

/** A person with a repository in a folder whose name needs quotes. */
function person() {
  const home = join(temporaryFolder(), "home of Jörg");
  const folder = join(home, "my repository");
  mkdirSync(folder, { recursive: true });
  const at = (cwd: string) => (command: string) => {
    const { status, stdout, stderr } = spawnSync("sh", ["-e", "-c", command], {
      cwd,
      encoding: "utf8",
      env: {
        PATH: process.env.PATH,
        HOME: home,
        ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@example.com" },
        ...{ GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@example.com" },
      },
    });
    return { status, text: `${stdout}${stderr}` };
  };
  const sh = at(folder);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  sh("git init --quiet --initial-branch=main");
  write(".githooks/pre-commit", HOOK);
  sh(block("chmod +x"));
  return { home, folder, sh, at, write };
}

/** What a clone of the release, or the installed package, has in this folder. */
function provide(folder: string): void {
  mkdirSync(join(folder, "action"), { recursive: true });
  symlinkSync(bundle, join(folder, "action/dist"));
}

test("the hook of docs/git-hooks.md, from a clone of box-sts, refuses a key in a commit and in a merge", () => {
  const { home, sh, write } = person();
  provide(join(home, ".box-sts"));
  expect(sh(block("pre-merge-commit"))).toMatchObject({ status: 0 });
  write("a.txt", "a\n");
  expect(sh("git add . && git commit --quiet --message one")).toMatchObject({ status: 0 });
  sh("git switch --quiet --create topic");
  write("ключ.pem", KEY);
  const refused = sh("git add . && git commit --quiet --message two");
  expect([refused.status, refused.text]).toEqual([1, expect.stringContaining("1 finding (1 certain")]);
  sh("git commit --quiet --no-verify --message two && git switch --quiet main");
  const merge = sh("git merge --quiet --no-ff --no-edit topic");
  expect([merge.status !== 0, merge.text]).toEqual([true, expect.stringContaining("1 finding (1 certain")]);
});

test("the hook of docs/git-hooks.md, from the installed package, refuses a key in a worktree", () => {
  const { folder, sh, at, write } = person();
  const tree = join(folder, "../tree");
  sh("git commit --quiet --allow-empty --message one && git worktree add --quiet ../tree");
  write("../tree/.githooks/pre-commit", HOOK);
  expect(at(tree)(`${block("chmod +x")}\n${block("--git-path hooks")}`)).toMatchObject({
    status: 0,
  });
  provide(join(tree, "node_modules/box-sts"));
  write("../tree/key.pem", KEY);
  const refused = at(tree)("git add key.pem && git commit --quiet --message two");
  expect([refused.status, refused.text]).toEqual([1, expect.stringContaining("1 finding (1 certain")]);
});

test("the hook of docs/git-hooks.md refuses each commit where nothing can scan it, and names the next step", () => {
  const { home, sh } = person();
  expect(sh(block("git config --global"))).toMatchObject({ status: 0 });
  expect(existsSync(join(home, ".githooks/pre-commit"))).toBe(true);
  const without = sh("git commit --allow-empty --message one");
  expect([without.status, without.text]).toEqual([
    1,
    `There is no box-config-lint here: run npm install, or clone box-sts to ${home}/.box-sts.\n`,
  ]);
  const git = sh("command -v git").text.trim();
  const bin = join(home, "bin");
  mkdirSync(bin);
  for (const name of ["git", "sh"]) symlinkSync(name === "git" ? git : "/bin/sh", join(bin, name));
  expect(sh(`PATH='${bin}' git commit --allow-empty --message one`).text).toBe(
    "box-config-lint needs Node 20 or later, and there is no node in PATH.\n",
  );
});
