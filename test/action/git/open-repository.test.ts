import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ScanProblem } from "../../../action/scan/problem.ts";
import { OpenRepository } from "../../../action/sources/git/open-repository.ts";
import { type Requested, readObjects } from "../../../action/sources/git/read-objects.ts";
import { opened } from "./opened.ts";
import { fullClone, git, makeOrigin, shallowCheckout, temporaryFolder } from "./repository.ts";

/** As Git's own responses are. */
const MISLEADING = `${"a".repeat(40)} blob 3\nabc\n? missing\n`;
const files = {
  "a.txt": "a\n",
  "a b.txt": "a b\n",
  "a.txt\nb": "line feed\n",
  "a.txt\r": "carriage return\n",
  misleading: MISLEADING,
  empty: "",
  large: "x".repeat(1_000_000),
  "d/e.txt": "e\n",
};
const origin = makeOrigin([{ id: "root" }, { id: "main", files }], { "refs/heads/main": "main" });
const main = origin.id("main");

async function* listsOf(
  ...lists: readonly (readonly string[])[]
): AsyncGenerator<readonly Requested<null>[]> {
  for (const objects of lists) yield objects.map((object) => ({ object, note: null }));
}

describe("a name in a repository", () => {
  const names = [
    main,
    "HEAD",
    "main",
    "refs/heads/main^{commit}",
    `${main}^{tree}`,
    `${main}:d/e.txt`,
    ...["", "?", "nowhere", "HEAD\nHEAD", "HEAD\r", "a".repeat(40), `${main}:gone.txt`, "^HEAD"],
  ];

  it("is found as `git rev-parse` finds it, one after the other and all at once", async () => {
    const folder = fullClone(origin);
    const repository = opened(folder);
    const expected = names.map((name) => {
      try {
        // It takes a full name for granted.
        git(folder, "cat-file", "-e", name);
        return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", name);
      } catch {
        return "missing";
      }
    });
    expect(expected.filter((object) => object !== "missing")).toHaveLength(6);
    const objectOf = async (name: string) => {
      const found = await repository.find(name);
      return typeof found === "object" ? found.object : found;
    };
    const each = [];
    for (const name of names) each.push(await objectOf(name));
    expect(each).toEqual(expected);
    expect(await Promise.all(names.map(objectOf))).toEqual(expected);
  });

  it("is found once a fetch has brought it, by the Git that did not find it", async () => {
    const two = makeOrigin([{ id: "one" }, { id: "two", files: { "b.txt": "b\n" } }], {
      "refs/heads/main": "one",
      "refs/heads/topic": "two",
    });
    const folder = shallowCheckout(two, two.id("one"));
    const repository = opened(folder);
    const serving = repository.take();
    repository.giveBack(serving);
    const [commit, branch] = [two.id("two"), "refs/remotes/origin/topic^{commit}"];
    for (const name of [commit, branch, "FETCH_HEAD^{commit}"])
      expect(await repository.find(name)).toBe("missing");
    git(folder, "fetch", "--quiet", "--depth=1", "origin", "topic:refs/remotes/origin/topic");
    for (const name of [commit, branch, "FETCH_HEAD^{commit}"])
      expect(await repository.find(name)).toMatchObject({ object: commit });
    expect(await repository.fileAt(commit, "b.txt")).toBe("b\n");
    expect(repository.take()).toBe(serving);
    serving.stop();
  });

  it("is not found where Git ends, which is no response", async () => {
    expect(await opened(temporaryFolder()).find("HEAD")).toBe("ended");
    await expect(opened(join(temporaryFolder(), "gone")).find("HEAD")).rejects.toMatchObject({
      problem: { code: "git_absent" },
    });
  });
});

describe("a file in a commit", () => {
  it.each(Object.entries(files))("is read by its exact path, whatever it holds: %j", async (path, text) => {
    const repository = opened(fullClone(origin));
    expect(await repository.fileAt(main, path)).toBe(text);
    expect(await repository.fileAt(main, "a.txt")).toBe("a\n");
  });

  it("is undefined where there is none, or a folder", async () => {
    const repository = opened(fullClone(origin));
    for (const path of ["d", "gone", "gone\nb", "a.txt\nc"])
      expect(await repository.fileAt(main, path)).toBeUndefined();
    expect(await repository.fileAt("b".repeat(40), "a.txt")).toBeUndefined();
  });
});

describe("the Git of a repository", () => {
  const [blob = "", commit = ""] = [git(origin.folder, "rev-parse", `${main}:a.txt`), main];

  it("serves names and lists of objects, one after the other", async () => {
    const repository = opened(fullClone(origin));
    const serving = repository.take();
    repository.giveBack(serving);
    for (const _ of [1, 2]) {
      expect(await repository.find("HEAD")).toMatchObject({ object: main, type: "commit" });
      const read: string[] = [];
      for await (const one of readObjects(repository, listsOf([], [blob], [commit]), [])) {
        expect(repository.take()).not.toBe(serving);
        read.push(one.object);
      }
      expect(read).toEqual([blob, commit]);
    }
    expect(repository.take()).toBe(serving);
    serving.stop();
  });

  it("is another one where it has ended meanwhile", async () => {
    const repository = opened(fullClone(origin));
    const serving = repository.take();
    serving.stop();
    await serving.closed;
    repository.giveBack(serving);
    expect(await repository.find("HEAD")).toMatchObject({ object: main });
  });

  it("is ended, and so is the listing, where a reader stops early", async () => {
    const repository = opened(fullClone(origin));
    const serving = repository.take();
    repository.giveBack(serving);
    const listing = Promise.withResolvers<void>();
    const requested = (async function* () {
      try {
        for (;;) yield* listsOf([blob]);
      } finally {
        listing.resolve();
      }
    })();
    for await (const _ of readObjects(repository, requested, [])) break;
    await Promise.all([listing.promise, serving.closed]);
    expect(serving.isRunning).toBe(false);
  });

  it("is missed where it ends while objects are still to come", async () => {
    const programs = temporaryFolder();
    const program = '#!/bin/sh\nread name\necho "$name missing"\necho "fatal: out of memory" >&2\nexit 1\n';
    writeFileSync(join(programs, "git"), program, { mode: 0o755 });
    const before = process.env.PATH;
    process.env.PATH = `${programs}:${before}`;
    const repository = opened(fullClone(origin));
    const serving = repository.take();
    process.env.PATH = before;
    repository.giveBack(serving);
    const problems: ScanProblem[] = [];
    const requested = (async function* () {
      yield* listsOf([blob]);
      await serving.closed;
      yield* listsOf([], [commit]);
    })();
    const read = async () => {
      for await (const _ of readObjects(repository, requested, problems));
    };
    const complaint = "fatal: out of memory";
    await expect(read()).rejects.toMatchObject({ problem: { code: "git_failed", complaint } });
    expect(problems).toEqual([{ code: "object_missing", object: blob }]);
  });

  it("ends with the repository, and keeps no program from its end that forgets to close it", async () => {
    const folder = fullClone(origin);
    const repository = new OpenRepository({ folder });
    await repository.find("HEAD");
    const serving = repository.take();
    repository.giveBack(serving);
    repository.close();
    await serving.closed;
    expect(serving.isRunning).toBe(false);
    const source = join(import.meta.dirname, "../../../action/sources/git/open-repository.ts");
    const program = `
      const { OpenRepository } = await import(${JSON.stringify(source)});
      console.log((await new OpenRepository({ folder: ${JSON.stringify(folder)} }).find("HEAD")).object);`;
    const args = ["--input-type=module", "--eval", program];
    expect(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 }).trim()).toBe(main);
  });
});
