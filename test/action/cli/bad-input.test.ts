import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dayAfter } from "../../../action/suppressions/days.ts";
import { pkcs8Pem, rsaKeyPair } from "../../keys.ts";
import { git, temporaryFolder } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { lint, lintProcess } from "./command-line.ts";
import { repository, SOON } from "./pull-request.ts";

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
    ["an option instead of a commit", ["--range=--all..HEAD"], /There is no commit --all in this clone/],
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
    ...[
      ["--staged"],
      ["--range", "main..HEAD"],
      ["--history"],
      ["--format", "json"],
      ["--fail-on", "never"],
      ["--schemas", "*.json=s.json"],
      ["--suppressions-from", "main"],
      ["--help-url", "https://example.com/"],
    ].map(([option = "", ...value]): [string, string[], RegExp] => [
      `${option}, which baseline would not heed`,
      ["baseline", option, ...value],
      new RegExp(`^box-config-lint: ${option} is not for baseline, .*; remove it\\.\\n$`),
    ]),
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

  it("for a baseline of what is staged, of which nothing is written", () => {
    const folder = repository();
    writeFileSync(join(folder, "new.pem"), KEY);
    git(folder, "add", "new.pem");
    expect(lint(folder, "baseline", "--staged")).toMatchObject({ status: 2, stdout: "" });
    expect(existsSync(join(folder, ".box-config-lint.json"))).toBe(false);
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

  it.skipIf(process.platform === "win32")(
    "for a baseline that cannot be written, which leaves the old one whole",
    () => {
      const folder = repository();
      const file = join(folder, ".box-config-lint.json");
      writeFileSync(join(folder, "a.pem"), KEY);
      expect(lint(folder, "baseline", "--reason", "removed in Box").status).toBe(0);
      const before = readFileSync(file, "utf8");
      writeFileSync(join(folder, "b.pem"), pkcs8Pem(rsaKeyPair().privateKey));
      const smallFiles = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"];
      const run = lintProcess(folder, ["baseline"], {}, smallFiles);
      expect(run).toMatchObject({ status: 2, stdout: "" });
      expect(run.stderr).toMatch(
        /^box-config-lint: \S+\.box-config-lint\.json cannot be written \(EFBIG\); /,
      );
      expect(readFileSync(file, "utf8")).toBe(before);
      expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    },
  );

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
