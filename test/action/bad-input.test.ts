import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runStep } from "./bundle/runner.ts";
import { lintIn } from "./cli/command-line.ts";
import { pullRequest } from "./git/events.ts";
import { fullClone, git, makeOrigin, shallowCheckout, temporaryFolder } from "./git/repository.ts";
import { KEY } from "./git/shapes.ts";

/**
 * A base with an unusable suppressions file, and a change with a key and a folder. `request`: the same change of `main`,
 * which has no such file.
 */
const origin = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n" } },
    { id: "broken", files: { ".box-config-lint.json": "{" } },
    { id: "pr", files: { "k.pem": KEY } },
    { id: "tip", files: { "folder/b.txt": "b\n" } },
    { id: "change", parents: ["main"], files: { "k.pem": KEY } },
    { id: "request", files: { "folder/b.txt": "b\n" } },
  ],
  {
    "refs/heads/main": "main",
    "refs/heads/broken": "broken",
    "refs/pull/1/head": "tip",
    "refs/pull/2/head": "request",
  },
);
const { id } = origin;
const FOUND = "k.pem\n  1:1  certain  private-key";
const gitless = temporaryFolder();
symlinkSync(process.execPath, join(gitless, "node"));

const checkedOut = () => {
  const folder = fullClone(origin);
  git(folder, "checkout", "--quiet", id("tip"));
  return folder;
};

/** Overwrites a loose object with garbage. */
function damage(folder: string, name: string): void {
  const object = git(folder, "rev-parse", name);
  const file = join(folder, ".git/objects", object.slice(0, 2), object.slice(2));
  // A clone may come as packs.
  for (const pack of globSync(join(folder, ".git/objects/pack/*.pack"))) {
    const bytes = readFileSync(pack);
    rmSync(pack);
    execFileSync("git", ["-C", folder, "unpack-objects", "-q"], { input: bytes });
  }
  chmodSync(file, 0o644);
  writeFileSync(file, "garbage");
}

/** One sentence, printed once, with the remedy; never a stack trace or a message of Node's. */
function expectSentence(text: string, sentence: RegExp): void {
  const said = text.split("\n").filter((line) => /^(?:Could not scan: |box-config-lint: )/.test(line));
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(sentence);
  expect(said[0]).toMatch(/; \w|: (?:git|install) |\. [A-Z]/);
  expect(text).not.toMatch(/^\s+at |node:internal|UnhandledPromise/m);
}

describe("the command line", () => {
  it.each<[string, RegExp, readonly string[], (folder: string) => void]>([
    [
      "a schema that is JSON and no schema",
      /bad\.json cannot be used as a schema: it is not a JSON Schema at \/type; correct it\.$/,
      ["--schemas", "*.txt=bad.json", "."],
      (folder) => writeFileSync(join(folder, "bad.json"), '{"type":5}'),
    ],
    [
      "a schema with a pattern that is none",
      /bad\.json cannot be used as a schema: a keyword or pattern in it is not valid; correct it\.$/,
      ["--schemas", "*.txt=bad.json", "."],
      (folder) => writeFileSync(join(folder, "bad.json"), '{"pattern":"("}'),
    ],
    [
      "a schema that is a folder",
      /The schema folder cannot be read \(EISDIR\); name a file relative to the root of the repository\.$/,
      ["--schemas", "*.txt=folder", "."],
      () => {},
    ],
    [
      "a suppressions file that is a folder",
      /The suppressions file \S+folder cannot be read \(EISDIR\); name a file that can be read\.$/,
      ["--config", "folder", "."],
      () => {},
    ],
    [
      "a range whose base has suppressions that cannot be used",
      /\.box-config-lint\.json cannot be used: .* The document ends inside an object\./,
      ["--range", `${id("broken")}..`],
      () => {},
    ],
    [
      "a named pipe",
      /pipe is a pipe, socket or device; name a file or folder to scan\.$/,
      ["pipe", "k.pem"],
      (folder) => void execFileSync("mkfifo", [join(folder, "pipe")]),
    ],
    [
      "a corrupt file in a range",
      /Git object \w{40} is (?:corrupt|missing) and was not scanned; run: git fsck$/,
      ["--range", `${id("main")}..`],
      (folder) => {
        git(folder, "checkout", "--quiet", "--force", id("request"));
        damage(folder, `${id("request")}:folder/b.txt`);
      },
    ],
    [
      "a corrupt folder in a range",
      /Git cannot read all objects of \S+, and what they lead to was not scanned; run: git fsck, and clone again\.$/,
      ["--range", `${id("main")}..`],
      (folder) => {
        git(folder, "checkout", "--quiet", "--force", id("request"));
        damage(folder, `${id("request")}:folder`);
      },
    ],
    [
      "a staged file whose object is corrupt",
      /Git object \w{40} is (?:corrupt|missing) and was not scanned; run: git fsck$/,
      ["--staged"],
      (folder) => {
        git(folder, "checkout", "--quiet", "--force", id("request"));
        git(folder, "reset", "--quiet", "--soft", id("main"));
        damage(folder, `${id("request")}:folder/b.txt`);
      },
    ],
    [
      "staged files and paths without Git",
      /Git cannot be started in \S+: install Git and put it on the PATH, and check that the folder exists\.$/,
      ["--staged", "k.pem"],
      () => {},
    ],
    [
      "staged files and paths outside of a repository",
      /is not in a Git repository; name files or folders to scan, or check the repository out first\.$/,
      ["--staged", "k.pem"],
      () => {},
    ],
  ])("ends with 2 for %s, and reports the key beside it", (what, sentence, args, prepare) => {
    const outside = what.endsWith("outside of a repository");
    const folder = outside ? temporaryFolder() : checkedOut();
    if (outside) writeFileSync(join(folder, "k.pem"), KEY);
    writeFileSync(join(folder, ".box-config-lint.json"), '{"ignore":[]}');
    prepare(folder);
    const run = lintIn(folder, args, what.endsWith("without Git") ? { PATH: gitless } : {});
    expectSentence(run.stdout + run.stderr, sentence);
    expect(run.stdout).toContain(FOUND);
    expect(run.status).toBe(2);
  });

  it.each([["--history"], ["--staged"], ["--range", "HEAD~1.."], ["baseline"]])(
    "ends with 2 and one sentence without Git: %s",
    (...args) => {
      const run = lintIn(checkedOut(), args, { PATH: gitless });
      expectSentence(run.stdout + run.stderr, /install Git and put it on the PATH/);
      expect(run.status).toBe(2);
    },
  );

  it("needs no Git for files", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "k.pem"), KEY);
    expect(lintIn(folder, ["."], { PATH: gitless })).toMatchObject({ status: 1, stderr: "" });
  });

  it.each(["HEAD", "HEAD^{tree}"])("ends with 2 and one sentence where %s is corrupt", (name) => {
    const folder = checkedOut();
    damage(folder, name);
    for (const args of [["--history"], ["--range", `${id("main")}..HEAD`]]) {
      const run = lintIn(folder, args);
      expectSentence(
        run.stdout + run.stderr,
        /Git cannot read all objects of .*; run: git fsck, and clone again\.$/,
      );
      expect(run.status).toBe(2);
    }
  });

  it.skipIf(!existsSync("/proc/self/mem"))(
    "reports a file that cannot be read (skipped where there is no /proc)",
    () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, "k.pem"), KEY);
      const run = lintIn(folder, ["/proc/self/mem", "."]);
      expectSentence(
        run.stdout + run.stderr,
        /\/proc\/self\/mem cannot be read \(EIO\); check its permissions and run again\.$/,
      );
      expect(run).toMatchObject({ status: 2, stdout: expect.stringContaining(FOUND) });
    },
  );
});

describe("the committed bundle in a step", () => {
  const event = "pull_request";
  const shallow = (head = "request") => shallowCheckout(origin, id(head));
  const withKey = (folder: string) => {
    mkdirSync(join(folder, "built"));
    writeFileSync(join(folder, "built/k.pem"), KEY);
    return folder;
  };

  it.each<
    [string, RegExp, { base: string; inputs?: Record<string, string>; prepare?: (folder: string) => void }]
  >([
    [
      "a glob that matches no file",
      /The glob x\/\*\.json of the schemas matches no file; correct it, or remove the line\./,
      {
        base: "main",
        inputs: { schemas: "x/*.json=s.json" },
        prepare: (folder) => writeFileSync(join(folder, "s.json"), "{}"),
      },
    ],
    [
      "a schema that is JSON and no schema",
      /s\.json cannot be used as a schema: it is not a JSON Schema at \/type; correct it\./,
      {
        base: "main",
        inputs: { schemas: "*.txt=s.json" },
        prepare: (folder) => writeFileSync(join(folder, "s.json"), '{"type":5}'),
      },
    ],
    [
      "a mapping without a schema",
      /The mapping "conf" names no glob and schema; write it as: conf\/\*\.json=conf\.schema\.json/,
      { base: "main", inputs: { schemas: "conf" } },
    ],
    [
      "a base whose suppressions cannot be used",
      /\.box-config-lint\.json cannot be used: .*The document ends inside an object\./,
      { base: "broken" },
    ],
  ])(
    "ends with 2 and one sentence for %s, and reports the key beside it",
    (_, sentence, { base, inputs, prepare }) => {
      const head = base === "main" ? "request" : "tip";
      const workspace = shallow(head);
      prepare?.(workspace);
      const payload = pullRequest(id(base), id(head), 2);
      const run = runStep(workspace, { event, payload, ...(inputs && { inputs }) });
      expectSentence(run.stdout, sentence);
      expect(run.stdout).toContain(FOUND);
      expect(run.summary).toContain("Not everything could be scanned");
      expect(run).toMatchObject({ status: 2, stderr: "", outputs: { findings: "1" } });
    },
  );

  const payload = pullRequest(id("main"), id("request"), 2);
  it.each<[string, RegExp, () => Partial<Parameters<typeof runStep>[1]> & { workspace: string }]>([
    [
      "there is no Git",
      /install Git and put it on the PATH/,
      () => ({ workspace: withKey(shallow()), environment: { PATH: gitless } }),
    ],
    [
      "there is no repository",
      /is not in a Git repository; name files or folders to scan, or check the repository out first\./,
      () => ({ workspace: withKey(temporaryFolder()) }),
    ],
    [
      "a commit is corrupt",
      /Git cannot read all objects of \S+, and what they lead to was not scanned; run: git fsck, and clone again\./,
      () => {
        const workspace = withKey(checkedOut());
        damage(workspace, id("change"));
        return { workspace };
      },
    ],
  ])("scans the named files even where %s", (_, sentence, prepare) => {
    const { workspace, ...step } = prepare();
    const run = runStep(workspace, { event, payload, inputs: { paths: "built" }, ...step });
    expectSentence(run.stdout, sentence);
    expect(run.stdout).toContain(`built/${FOUND}`);
    expect(run).toMatchObject({ status: 2, stderr: "", outputs: { findings: "1" } });
  });

  it("scans everything up to the head, without suppressions, where the base commit does not exist", () => {
    const nowhere = pullRequest("1".repeat(40), id("request"), 2);
    const run = runStep(withKey(shallow()), { event, payload: nowhere, inputs: { paths: "built" } });
    expect(run.stdout).toContain(`pull_request: everything up to ${id("request").slice(0, 12)}`);
    expect(run.stdout).toContain(FOUND);
    expect(run).toMatchObject({ status: 1, stderr: "", outputs: { findings: "1", "scanned-blobs": "4" } });
  });
});
