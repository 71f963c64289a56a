import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { localScanPlan } from "../../../action/cli/scan-plan.ts";
import { RULES } from "../../../action/rules/rules.ts";
import { lint } from "../../../action/scan/scan.ts";
import { opened } from "./opened.ts";
import { git, temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

const AUTHOR = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
/** In Latin-1 the letter é, which is no UTF-8. */
const LATIN = Buffer.from("caf\xe9", "latin1");

const gitWith = (folder: string, input: string | Buffer, ...args: readonly string[]) =>
  execFileSync("git", ["-C", folder, ...args], { input, encoding: "utf8" }).trim();

/** Commits one after the other, each with these files; the names are bytes, which a work tree need not be able to hold. */
function repository(...commits: readonly (readonly (readonly [name: string | Buffer, text: string])[])[]) {
  const folder = temporaryFolder();
  git(folder, "init", "--quiet", "--initial-branch=main");
  git(folder, ...AUTHOR, "commit", "--quiet", "--allow-empty", "--message=root");
  for (const files of commits) {
    git(folder, "read-tree", "--empty");
    const entries = files.map(([name, text]) =>
      Buffer.concat([
        Buffer.from(`100644 ${gitWith(folder, text, "hash-object", "-w", "--stdin")}\t`),
        Buffer.from(name),
        Buffer.from([0]),
      ]),
    );
    gitWith(folder, Buffer.concat(entries), "update-index", "-z", "--index-info");
    git(folder, ...AUTHOR, "commit", "--quiet", "--allow-empty", "--message=next");
  }
  return folder;
}

async function found(folder: string, target: Parameters<typeof localScanPlan>[1]) {
  const plan = await localScanPlan(opened(folder), target, undefined);
  const { findings, problems } = await lint({
    ...plan,
    rules: RULES,
    globs: [],
    suppressions: [],
    today: "2026-01-01",
  });
  expect(problems).toEqual([]);
  return findings.map(({ path, atHead }) => [path, atHead]);
}
const range = (from: string) => ({ kind: "range", from, to: "HEAD" }) as const;
const HISTORY = { kind: "history" } as const;

describe("a file with a name that is not UTF-8", () => {
  const name = Buffer.concat([LATIN, Buffer.from(".pem")]);
  const inFolder = Buffer.concat([Buffer.from("a/"), LATIN, Buffer.from("/k.pem")]);

  it("is in the newest commit where it is, although the same content has another path too", async () => {
    const folder = repository(
      [["z.pem", KEY]],
      [
        ["z.pem", KEY],
        [name, KEY],
        [inFolder, KEY],
      ],
    );
    const all = [
      ["a/caf\ufffd/k.pem", true],
      ["caf\ufffd.pem", true],
      ["z.pem", true],
    ];
    expect(await found(folder, range("HEAD~2"))).toEqual(all);
    expect(await found(folder, HISTORY)).toEqual(all);
  });

  it("is reported under its own path, although Git lists the content under another one", async () => {
    const folder = repository(
      [["a.pem", KEY]],
      [
        ["a.pem", KEY],
        [name, KEY],
      ],
    );
    expect(await found(folder, range("HEAD~1"))).toEqual([["caf\ufffd.pem", true]]);
  });

  it("is no longer in the newest commit after its removal", async () => {
    const folder = repository(
      [
        ["z.pem", KEY],
        [name, KEY],
        [inFolder, KEY],
      ],
      [["z.pem", KEY]],
    );
    const left = [
      ["a/caf\ufffd/k.pem", false],
      ["caf\ufffd.pem", false],
      ["z.pem", true],
    ];
    expect(await found(folder, range("HEAD~2"))).toEqual(left);
    expect(await found(folder, HISTORY)).toEqual(left);
  });

  it("is no longer in the newest commit where its place has another content", async () => {
    const folder = repository(
      [
        ["z.pem", KEY],
        [name, KEY],
      ],
      [
        ["z.pem", KEY],
        [name, "none\n"],
      ],
    );
    expect(await found(folder, HISTORY)).toEqual([
      ["caf\ufffd.pem", false],
      ["z.pem", true],
    ]);
  });
});

it("a path that is longer than a command line takes is found in the newest commit", async () => {
  const folder = repository();
  const name = "n".repeat(60_000);
  let [mode, object] = ["100644 blob", gitWith(folder, KEY, "hash-object", "-w", "--stdin")];
  for (let level = 0; level < 3; level++)
    [mode, object] = ["040000 tree", gitWith(folder, `${mode} ${object}\t${name}\n`, "mktree")];
  git(
    folder,
    "reset",
    "--quiet",
    "--soft",
    git(folder, ...AUTHOR, "commit-tree", "-p", "HEAD", "-m", "deep", object),
  );
  expect(await found(folder, range("HEAD~1"))).toEqual([[[name, name, name].join("/"), true]]);
});
