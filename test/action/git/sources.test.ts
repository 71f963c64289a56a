import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { problemText } from "../../../action/report/problems.ts";
import { pathSources } from "../../../action/sources/files/work-tree.ts";
import { historySources, rangeSources, stagedSources } from "../../../action/sources/git/commits.ts";
import { listCommits, listNewObjects } from "../../../action/sources/git/rev-list.ts";
import type { Sources } from "../../../action/sources/source.ts";
import { lint } from "../cli/command-line.ts";
import { opened } from "./opened.ts";
import { fullClone, git, makeOrigin, shallowCheckout, temporaryFolder } from "./repository.ts";

interface Seen {
  readonly path: string;
  readonly text: string;
  readonly largest: number;
}

async function seen({ sources }: Sources): Promise<readonly Seen[]> {
  const all: Seen[] = [];
  for await (const source of sources) {
    const chunks: Buffer[] = [];
    for await (const chunk of source.chunks()) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString("utf8");
    all.push({ path: source.path, text, largest: Math.max(0, ...chunks.map(({ length }) => length)) });
  }
  return all;
}

const pathsOf = (all: readonly Seen[]) => all.map(({ path }) => path).toSorted();

describe("the objects of a range", () => {
  const origin = makeOrigin(
    [
      { id: "root", files: { "a.txt": "a\n" } },
      { id: "main", message: "Subject\n\nBody\n", files: { "b.txt": "b\n", "d/c.txt": "c\n", empty: "" } },
    ],
    { "refs/heads/main": "main" },
  );
  const range = { include: [origin.id("main")], exclude: [origin.id("root")] };

  it("are its new blobs and the messages of its commits, without their headers", async () => {
    const all = await seen(rangeSources(opened(fullClone(origin)), range));
    expect(all.map(({ path, text }) => [path, text])).toEqual([
      ["COMMIT_MESSAGE", "Subject\n\nBody\n"],
      ["b.txt", "b\n"],
      ["d/c.txt", "c\n"],
      ["empty", ""],
    ]);
  });

  it("can be left unread", async () => {
    const paths = [];
    for await (const { path } of rangeSources(opened(fullClone(origin)), range).sources) paths.push(path);
    expect(paths).toEqual(["COMMIT_MESSAGE", "b.txt", "d/c.txt", "empty"]);
  });

  it("come in pieces, however large they are", async () => {
    const large = makeOrigin([{ id: "main", files: { big: Buffer.alloc(30_000_000, "x") } }], {
      "refs/heads/main": "main",
    });
    const sources = rangeSources(opened(fullClone(large)), { include: ["HEAD"], exclude: [] });
    const [big] = (await seen(sources)).filter(({ path }) => path === "big");
    expect(big?.text).toHaveLength(30_000_000);
    expect(big?.largest).toBeLessThan(2_000_000);
  });
});

describe("the commits of a range", () => {
  const origin = makeOrigin(
    [
      { id: "root", files: { "a.txt": "a\n" } },
      { id: "side", files: { "b.txt": "b\n" } },
      { id: "main", parents: ["root"], files: { "c.txt": "c\n" } },
      { id: "merge", parents: ["main", "side", "root"], message: "commit\n\ncommit x\n" },
      { id: "last", files: { "commit x": "d\n" } },
    ],
    { "refs/heads/main": "last" },
  );
  const last = origin.id("last");

  it.each([
    ["a full clone", fullClone(origin), 4],
    ["a shallow clone, of which the oldest has no parents", shallowCheckout(origin, last), 1],
  ])("have the trees and parents that Git uses in %s", async (_, folder, count) => {
    const range = { include: [last], exclude: count === 1 ? [] : [origin.id("root")] };
    const format = ["--no-walk=unsorted", "--format=%H %T %P"];
    const commits = await listCommits({ folder }, range);
    const lines = commits.map(({ object, tree, parents }) => [object, tree, ...parents].join(" "));
    expect(lines).toHaveLength(count);
    const printed = git(folder, "rev-list", ...format, ...commits.map(({ object }) => object)).split("\n");
    expect(lines).toEqual(printed.filter((line) => !line.startsWith("commit ")));
    const listed = [];
    for await (const some of listNewObjects({ folder }, range)) listed.push(...some.commits);
    expect(listed).toEqual(commits);
  });
});

describe("a tag that points to a file", () => {
  it("brings the file in, by itself and in the whole history", async () => {
    const origin = makeOrigin([{ id: "main", files: { "d/a.txt": "a\n" } }], { "refs/heads/main": "main" });
    const folder = fullClone(origin);
    writeFileSync(join(folder, "lonely.txt"), "lonely\n");
    const blob = git(folder, "hash-object", "-w", "lonely.txt");
    git(folder, "tag", "lonely", blob);
    const history = historySources(opened(folder), { include: [], exclude: [], all: true });
    const texts = (await seen(history)).map(({ text }) => text);
    expect(texts.toSorted()).toEqual(["a\n", "lonely\n", "main"]);
    const range = rangeSources(opened(folder), { include: [blob], exclude: [origin.id("main")] });
    expect(await seen(range)).toMatchObject([{ path: "(unknown path)", text: "lonely\n" }]);
  });
});

describe("damaged objects", () => {
  const damaged = (damage: (file: string) => void, name: string) => {
    const folder = temporaryFolder();
    git(folder, "init", "--quiet");
    for (const [file, content] of Object.entries({
      "a.txt": "a\n",
      "b.bin": randomBytes(300_000),
      "c.txt": "c\n",
    }))
      writeFileSync(join(folder, file), content);
    git(folder, "add", ".");
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=main");
    const object = git(folder, "rev-parse", `HEAD:${name}`);
    damage(join(folder, ".git/objects", object.slice(0, 2), object.slice(2)));
    return folder;
  };

  it.each([
    [
      "missing",
      (file: string) => rmSync(file),
      /^Git object \w+ is missing and was not scanned; run: git fsck$/,
    ],
    [
      "cut short",
      (file: string) => {
        chmodSync(file, 0o644);
        truncateSync(file, Math.min(40_000, statSync(file).size - 5));
      },
      /^Git object \w+ is (?:corrupt|missing) and was not scanned; run: git fsck$/,
    ],
  ])("that are %s are reported, and the others are scanned", async (_, damage, sentence) => {
    for (const name of ["a.txt", "b.bin"]) {
      const folder = damaged(damage, name);
      const sources = historySources(opened(folder), { include: ["HEAD"], exclude: [] });
      const all = await seen(sources);
      expect(sources.problems.map(problemText)).toEqual([expect.stringMatching(sentence)]);
      const whole = all.filter(({ path, text }) => path !== name && text !== "");
      expect(pathsOf(whole)).toEqual(
        ["COMMIT_MESSAGE", "a.txt", "b.bin", "c.txt"].filter((path) => path !== name),
      );
    }
  });
});

describe("what is staged", () => {
  it("is what the index holds and HEAD does not", async () => {
    const origin = makeOrigin([{ id: "main", files: { "a.txt": "a\n", "b.txt": "b\n" } }], {
      "refs/heads/main": "main",
    });
    const folder = fullClone(origin);
    git(folder, "reset", "--quiet", "--hard");
    for (const [name, text] of [
      ["a.txt", "changed\n"],
      ["new\nline.txt", "new\n"],
      ["not staged.txt", "x\n"],
    ] as const)
      writeFileSync(join(folder, name), text);
    git(folder, "add", "a.txt", "new\nline.txt");
    writeFileSync(join(folder, "a.txt"), "changed again\n");
    git(folder, "rm", "--quiet", "b.txt");
    expect((await seen(stagedSources(opened(folder)))).map(({ path, text }) => [path, text])).toEqual([
      ["a.txt", "changed\n"],
      ["new\nline.txt", "new\n"],
    ]);
  });

  it("is everything before the first commit", async () => {
    const folder = temporaryFolder();
    git(folder, "init", "--quiet");
    writeFileSync(join(folder, "a.txt"), "a\n");
    git(folder, "add", ".");
    expect(pathsOf(await seen(stagedSources(opened(folder))))).toEqual(["a.txt"]);
  });
});

describe("paths on the disk", () => {
  it("are read even if hidden, with links scanned as names and not followed", async () => {
    const folder = temporaryFolder();
    for (const name of ["node_modules/x", ".git/hooks", ".hidden", "src"])
      mkdirSync(join(folder, name), { recursive: true });
    for (const name of ["node_modules/x/i.js", ".git/config", ".hidden/h", "src/a", ".gitignore"])
      writeFileSync(join(folder, name), "*\n");
    symlinkSync("../..", join(folder, "src/up"));
    symlinkSync("nowhere", join(folder, "dangling"));
    const sources = pathSources(folder, ["."]);
    expect(pathsOf(await seen(sources))).toEqual([
      ".gitignore",
      ".hidden/h",
      "dangling",
      "node_modules/x/i.js",
      "src/a",
      "src/up",
    ]);
    expect(sources.problems).toEqual([]);
  });

  it("that do not exist are reported, and the others are scanned", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "a"), "a\n");
    const sources = pathSources(folder, ["gone", "a"]);
    expect(pathsOf(await seen(sources))).toEqual(["a"]);
    expect(sources.problems).toEqual([{ code: "path_absent", path: "gone" }]);
  });
});

describe("a clone that leaves objects out", () => {
  const origin = makeOrigin(
    [
      { id: "root", files: { "a.txt": "a\n" } },
      { id: "main", files: { "d/b.txt": "b\n", "d/c.txt": "c\n" } },
    ],
    { "refs/heads/main": "main" },
  );
  git(origin.folder, "config", "uploadpack.allowFilter", "true");
  const clone = (filter: string) => {
    const folder = join(temporaryFolder(), "work");
    git("/", "clone", "--quiet", "--no-checkout", `--filter=${filter}`, `file://${origin.folder}`, folder);
    return folder;
  };

  it.each(["blob:none", "tree:0"])("fetches those of a range from its remote (%s)", async (filter) => {
    const range = { include: ["HEAD"], exclude: [origin.id("root")] };
    const sources = rangeSources(opened(clone(filter)), range);
    expect((await seen(sources)).map(({ path, text }) => [path, text])).toEqual([
      ["COMMIT_MESSAGE", "main"],
      ["d/b.txt", "b\n"],
      ["d/c.txt", "c\n"],
    ]);
    expect(sources.problems).toEqual([]);
  });

  it.each(["blob:none", "tree:0"])("reports once that it cannot fetch those of a range (%s)", (filter) => {
    const cut = clone(filter);
    git(cut, "remote", "set-url", "origin", "file:///nowhere");
    const { status, stdout, stderr } = lint(cut, "--range", `${origin.id("root")}..HEAD`);
    expect([status, stderr]).toEqual([2, ""]);
    expect(stdout.match(/Could not scan: .*/g)).toEqual([
      expect.stringMatching(
        /^Could not scan: This partial clone leaves objects out that could not be fetched/,
      ),
    ]);
  });

  it("says of the history that it cannot fetch them", async () => {
    const cut = clone("blob:none");
    git(cut, "remote", "set-url", "origin", "file:///nowhere");
    const history = historySources(opened(cut), { include: ["HEAD"], exclude: [] });
    await seen(history);
    expect(history.problems).toContainEqual({ code: "clone_partial" });
  });

  it("reports that folders are left out", async () => {
    const history = historySources(opened(clone("tree:0")), { include: ["HEAD"], exclude: [] });
    await seen(history);
    expect(history.problems[0]?.code).toBe("tree_left_out");
  });
});
