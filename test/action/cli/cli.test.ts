import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../../action/scan/version.ts";
import { dayAfter } from "../../../action/suppressions/days.ts";
import { fullClone, git, makeOrigin, temporaryFolder } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { lint, lintProcess } from "./command-line.ts";

/** A day that a suppression may name. */
const SOON = dayAfter(new Date(), 200);

const commit = (folder: string, message: string) => {
  git(folder, "add", "--all");
  git(
    folder,
    "-c",
    "user.name=A",
    "-c",
    "user.email=a@example.com",
    "commit",
    "--quiet",
    `--message=${message}`,
  );
};

const origin = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n" } },
    { id: "x", files: { "k.pem": KEY } },
    { id: "pr", files: { "k.pem": null, "sub/b.txt": "b\n" } },
  ],
  { "refs/heads/main": "main", "refs/heads/pr": "pr" },
);

/** `main` and, checked out, `pr`, which had a key. */
function repository(): string {
  const folder = fullClone(origin);
  git(folder, "checkout", "--quiet", "-b", "pr", "origin/pr");
  return folder;
}

describe("box-config-lint", () => {
  it("scans the working directory, and does not report deleted files", () => {
    const run = lintProcess(repository(), []);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toBe(
      "No findings.\nScanned . on the disk, without what Git ignores: 2 blobs, 4 bytes.\n",
    );
  });

  it("prints paths relative to the root of the repository, wherever it is started", () => {
    const folder = repository();
    writeFileSync(join(folder, "sub/k.pem"), KEY);
    for (const run of [lint(join(folder, "sub")), lint(folder, "sub"), lint(join(folder, "sub"), "k.pem")]) {
      expect(run.status).toBe(1);
      expect(run.stdout).toMatch(/^sub\/k\.pem\n {2}1:1 {2}certain {2}private-key/);
    }
  });

  it("reports a Box config of two kinds of apps, and the App Token in it", () => {
    const folder = repository();
    const token = ["aB3dE5fG7hJ9kL1m", "N2pQ4rS6tU8vW0xY"].join("");
    const config = {
      boxAppSettings: { clientID: "abc" },
      oauth2: {},
      appTokens: { primary: { token } },
      enterpriseID: "1",
    };
    writeFileSync(join(folder, "box.json"), JSON.stringify(config, null, 2));
    const { status, stdout } = lint(folder);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ {2}6:16 {2}certain {2}box-config\b/m);
    expect(stdout).toContain("/oauth2 makes this");
    expect(stdout).toMatch(/^ {2}8:16 {2}certain {2}box-secret\b/m);
    expect(stdout).toContain("the primary App Token of a Box app is in plain text");
    expect(stdout).not.toContain(token.slice(0, 8));
  });

  it("scans files outside of a repository", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "k"), KEY);
    expect(lint(folder, "k").stdout).toMatch(/^k\n {2}1:1 {2}certain/);
    expect(lint("/", join(folder, "k")).status).toBe(1);
  });

  it("scans what is staged, with the suppressions of HEAD", () => {
    const folder = repository();
    expect(lint(folder, "--staged")).toMatchObject({ status: 0 });
    writeFileSync(join(folder, "k.pem"), KEY);
    git(folder, "add", "k.pem");
    const run = lint(folder, "--staged", "--format", "json");
    expect(run.status).toBe(1);
    const [{ identity }] = JSON.parse(run.stdout).findings;
    writeFileSync(
      join(folder, ".box-config-lint.json"),
      JSON.stringify({ ignore: [{ identity, reason: "known", expires: SOON }] }),
    );
    git(folder, "add", ".box-config-lint.json");
    expect(lint(folder, "--staged").status).toBe(1);
    git(folder, "reset", "--quiet", "k.pem");
    commit(folder, "Excuse");
    writeFileSync(join(folder, "copy.pem"), `${KEY}\n`);
    git(folder, "add", "copy.pem");
    expect(lint(folder, "--staged")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("No findings, 1 finding suppressed by fingerprint."),
    });
  });

  it("scans what is staged and, of the paths named with it, the files that are not staged", () => {
    const folder = repository();
    writeFileSync(join(folder, "staged.pem"), KEY);
    git(folder, "add", "staged.pem");
    writeFileSync(join(folder, "staged.pem"), "no longer on the disk\n");
    writeFileSync(join(folder, "sub/other.pem"), KEY);
    const named = (...paths: string[]) => {
      const run = lint(folder, "--staged", ...paths, "--format", "json");
      return JSON.parse(run.stdout).findings.flatMap(({ places }: { places: readonly { path: string }[] }) =>
        places.map(({ path }) => path),
      );
    };
    expect(named()).toEqual(["staged.pem"]);
    expect(named("staged.pem", "a.txt")).toEqual(["staged.pem"]);
    expect(named(".")).toEqual(["staged.pem", "sub/other.pem"]);
    expect(lint(folder, "--staged", "gone")).toMatchObject({
      status: 2,
      stdout: expect.stringContaining("gone does not exist; name a file or folder to scan."),
    });
  });

  it("scans a range and the whole history", () => {
    const folder = repository();
    for (const args of [["--range", "main..pr"], ["--range", "main.."], ["--history"]]) {
      const run = lint(folder, ...args);
      expect(run.status).toBe(1);
      expect(run.stdout).toMatch(/^k\.pem\n.*\n.*\n.*, commit \w{12}, no longer in the newest commit\n/);
    }
    expect(lint(folder, "--range", "pr..main")).toMatchObject({ status: 0 });
  });

  it("writes a baseline that suppresses the present findings, once it is committed", () => {
    const folder = repository();
    const run = lint(folder, "baseline", "--reason", "removed in Box", "--expires", SOON);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    const file = join(folder, ".box-config-lint.json");
    const { ignore } = JSON.parse(readFileSync(file, "utf8"));
    expect(ignore).toEqual([
      { identity: expect.stringMatching(/^spki-sha256:/), reason: "removed in Box", expires: SOON },
    ]);
    expect(lint(folder, "--history").status).toBe(1);
    commit(folder, "Baseline");
    expect(lint(folder, "--history").status).toBe(0);
    const before = readFileSync(file, "utf8");
    expect(lint(folder, "baseline").status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("fails for findings from the certainty of --fail-on upwards", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "k.pem"), KEY.slice(0, 900));
    expect(lint(folder).status).toBe(1);
    expect(lint(folder, "--fail-on", "certain").status).toBe(0);
    writeFileSync(join(folder, "k.pem"), KEY);
    expect(lint(folder, "--fail-on", "certain").status).toBe(1);
    expect(lint(folder, "--fail-on", "never").status).toBe(0);
  });

  it("prints JSON, SARIF and workflow commands, and no colours into a pipe", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "k.pem"), KEY);
    const stdout = (format: string) => lint(folder, "--format", format).stdout;
    expect(JSON.parse(stdout("json"))).toMatchObject({
      findings: [{ rule: "private-key", path: "k.pem", commit: null }],
      scanned: { blobs: 1, bytes: KEY.length },
    });
    expect(JSON.parse(stdout("sarif")).runs[0].results).toHaveLength(1);
    expect(stdout("github")).toMatch(/^::error file=k\.pem,line=1,col=1,title=/);
    const piped = lintProcess(folder, ["--format", "human"]);
    expect(piped.status).toBe(1);
    expect(piped.stdout).not.toContain("\u001b");
  });

  it("validates files against a schema of the user's own", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "conf"));
    writeFileSync(join(folder, "conf/a.json"), '{"port": "80"}');
    writeFileSync(
      join(folder, "conf.schema.json"),
      JSON.stringify({ type: "object", properties: { port: { type: "integer" } } }),
    );
    const run = lint(folder, "--schemas", "conf/*.json=conf.schema.json");
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/^conf\/a\.json\n {2}1:10 {2}certain {2}schema/);
  });

  it.each(["--version", "-v"])("prints its version for %s, as box-sts does", (option) => {
    expect(lintProcess("/", [option])).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: "" });
  });

  it("prints its help", () => {
    expect(lintProcess("/", ["--help"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^box-config-lint: validates Box configs/),
    });
  });
});

describe("bad input ends with 2 and one sentence", () => {
  const untouched = repository();

  it.each([
    [
      "an unknown option",
      ["--stagd"],
      /^box-config-lint: Unknown option '--stagd'; did you mean --staged\? see: box-config-lint --help\n$/,
    ],
    [
      "an unknown format",
      ["--format", "xml"],
      /--format is "xml"; write one of: human, json, sarif, github\.\n$/,
    ],
    [
      "an unknown certainty",
      ["--fail-on", "high"],
      /--fail-on is "high"; write partial, certain or never\.\n$/,
    ],
    ["two extents", ["--staged", "--history"], /Name one of: paths, --staged, --range, --history\.\n$/],
    [
      "two ranges, of which only one would be scanned",
      ["--range", "main..HEAD", "--range=HEAD..main"],
      /^box-config-lint: --range is there twice; write it once\.\n$/,
    ],
    ["two formats", ["--format=json", "--format", "json"], /--format is there twice; write it once\.\n$/],
    ["a range that is none", ["--range", "main"], /write it as A\.\.B, for example main\.\.HEAD\.\n$/],
    [
      "a commit that is not there",
      ["--range", "nope..HEAD"],
      /There is no commit nope in this clone; fetch it,/,
    ],
    ["an option in the place of a commit", ["--range=--all..HEAD"], /There is no commit --all in this clone/],
    ...["", " \t"].map((blank): [string, string[], RegExp] => [
      `the reason "${blank}", which no later run would take`,
      ["baseline", "--reason", blank],
      /--reason is empty; write why the findings may stay, or leave it out\.\n$/,
    ]),
    ["a day that is none", ["baseline", "--expires", "2026-02-30"], /--expires is "2026-02-30"; write a day/],
    [
      "a day that is past",
      ["baseline", "--expires", "2020-01-01"],
      /--expires is "2020-01-01", which is past; write \d{4}-\d\d-\d\d or a later day\.\n$/,
    ],
    [
      "a day that is more than a year away",
      ["baseline", "--expires", dayAfter(new Date(), 400)],
      /--expires is "\d{4}-\d\d-\d\d", more than a year away; write \d{4}-\d\d-\d\d or a day before it\.\n$/,
    ],
    [
      "a commit of suppressions that is not there",
      ["--suppressions-from", "nope"],
      /There is no commit nope in this clone; fetch it, or name another\.\n$/,
    ],
    ["an empty path", [""], /^box-config-lint: A path is empty; name a file or folder, or leave it out\.\n$/],
    ["an empty path of a baseline", ["baseline", ""], /A path is empty; /],
    ["an empty glob", ["--exclude", ""], /--exclude is empty; write a glob, or leave it out\.\n$/],
    ["an empty mapping", ["--schemas", " "], /--schemas is empty; write GLOB=SCHEMA, or leave it out\.\n$/],
    [
      "a reason that no baseline would have",
      ["--reason", "known"],
      /--reason is for baseline; remove it, or write: box-config-lint baseline\n$/,
    ],
    [
      "a day that no baseline would have",
      ["--history", "--expires", SOON],
      /--expires is for baseline; remove it, or write: box-config-lint baseline\n$/,
    ],
    [
      "two places of suppressions",
      ["--suppressions-from", "main", "--config", "x.json"],
      /Name one of: --config, --suppressions-from\.\n$/,
    ],
    [
      "a suppressions file that is not there",
      ["--config", "x.json", "--format", "json"],
      /x\.json does not exist; name a file that can be read\.\n$/,
    ],
  ])("for %s", (_, args, sentence) => {
    const run = lint(untouched, ...args);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr.split("\n")).toHaveLength(2);
  });

  it("for a baseline of a path that is not there, of which nothing is written", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "k.pem"), KEY);
    symlinkSync("nowhere", join(folder, "link"));
    for (const path of ["nope", "link"]) {
      const run = lint(folder, "baseline", "k.pem", path);
      expect(run).toMatchObject({ status: 2, stdout: "" });
      expect(run.stderr).toMatch(
        /^box-config-lint: \S+ (?:does not exist|is a symbolic link that leads to no)/,
      );
      expect(run.stderr).toMatch(/ Nothing was written: correct it first\.\n$/);
      expect(existsSync(join(folder, ".box-config-lint.json"))).toBe(false);
    }
  });

  it("for --staged outside of a repository", () => {
    const run = lintProcess(temporaryFolder(), ["--staged"]);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/ is not in a Git repository; name files or folders to scan/);
  });

  it("for a repository that only GIT_DIR or a file .git names", () => {
    const sentence =
      /^box-config-lint: The repository that GIT_DIR or the file \.git names for \S+ does not exist/;
    const misled = lintProcess(untouched, ["--staged"], { GIT_DIR: join(untouched, "gone") });
    expect(misled.status).toBe(2);
    expect(misled.stderr).toMatch(sentence);
    const moved = temporaryFolder();
    writeFileSync(join(moved, ".git"), "gitdir: ../gone/.git/worktrees/moved\n");
    expect(lintProcess(moved, ["--staged"]).stderr).toMatch(sentence);
  });

  it.each([
    ["a path that is not there", ["gone", "k.pem"], /Could not scan: \S*gone does not exist/],
    ["a mapping without a schema", ["--schemas", "x"], /names no glob and schema/],
    [
      "a schema that is not there",
      ["--schemas", "*.pem=no.json"],
      /The schema no\.json cannot be read \(ENOENT\)/,
    ],
    [
      "a schema that is none",
      ["--schemas", "*.pem=k.pem"],
      /k\.pem cannot be used as a schema: it is not JSON/,
    ],
    [
      "a glob that matches nothing",
      ["--schemas", "x/*.json=s.json"],
      /The glob x\/\*\.json of the schemas matches no file/,
    ],
    ["a suppressions file that is none", ["--config", "k.pem"], /k\.pem cannot be used: /],
  ])("for %s, and scans everything else anyway", (_, args, sentence) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "k.pem"), KEY);
    writeFileSync(join(folder, "s.json"), "{}");
    const run = lint(folder, ...args);
    expect(run.status).toBe(2);
    expect(run.stdout).toMatch(sentence);
    expect(run.stdout).toContain("k.pem\n  1:1  certain  private-key");
  });

  it("prints one sentence, no stack trace, and ends with 2 where it fails by a defect of its own", () => {
    // As an older Node, which lacks a method.
    const NODE_OPTIONS = "--import=data:text/javascript,Array.prototype.toSorted=undefined";
    const run = lintProcess(repository(), ["a.txt"], { NODE_OPTIONS });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toMatch(
      /^box-config-lint: The scan ended by a defect of the linter \(TypeError at [^\n]*\n$/,
    );
    expect(run.stderr).not.toMatch(/\n {4}at /);
  });
});
