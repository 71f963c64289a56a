import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dayAfter } from "../../../action/suppressions/days.ts";
import { lint } from "../cli/command-line.ts";
import { fullClone, git, makeOrigin, temporaryFolder } from "../git/repository.ts";
import { SECRETS } from "../rules/vectors.ts";

const { alnum = "", other = "", third = "", lower = "" } = SECRETS;
const FILE = ".box-config-lint.json";
const SOON = dayAfter(new Date(), 200);
const PLACE = "box-secret:.env#BOX_CLIENT_SECRET";
const env = (secret: string) => `BOX_CLIENT_SECRET=${secret}\n`;

function commit(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  git(folder, "add", "--all");
  const author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
  git(folder, ...author, "commit", "--quiet", "--message=change");
}

/** These secrets were in the same place of its history, one after the other. Each costs a slow hash to compare. */
function repository(...secrets: readonly string[]): string {
  const commits = secrets.map((secret, at) => ({ id: `${at}`, files: { ".env": env(secret) } }));
  const folder = fullClone(makeOrigin(commits, { "refs/heads/main": `${secrets.length - 1}` }));
  git(folder, "checkout", "--quiet");
  return folder;
}

const entries = (folder: string) => JSON.parse(readFileSync(join(folder, FILE), "utf8")).ignore;

/** What is printed and written: nothing of it may hold a part of a secret. */
function expectNoSecret(...texts: readonly string[]): void {
  for (const secret of [alnum, other, third])
    for (let at = 0; at + 8 <= secret.length; at++)
      expect(texts.join("\n")).not.toContain(secret.slice(at, at + 8));
}

describe("the suppression of a Box secret", () => {
  it("is written by baseline for each value at its place, and does not let another value pass", () => {
    const folder = repository(alnum, other);
    const baseline = lint(folder, "baseline", "--reason", "reset", "--expires", SOON);
    expect(baseline).toMatchObject({ status: 0, stderr: "" });
    expect(entries(folder)).toEqual([
      {
        identity: PLACE,
        reason: "reset",
        expires: SOON,
        secretHash: expect.stringMatching(/^scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43},[\w+/]{43}$/),
      },
    ]);
    const written = readFileSync(join(folder, FILE), "utf8");
    commit(folder, {});
    const clean = lint(folder, "--history");
    expect(clean).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^No findings, 2 findings suppressed by fingerprint/m),
    });
    commit(folder, { ".env": env(third) });
    const caught = lint(folder, "--history", "--format", "json");
    expect(caught.status).toBe(1);
    expect(JSON.parse(caught.stdout)).toMatchObject({
      suppressed: 2,
      findings: [{ identity: PLACE, path: ".env", line: 1 }],
    });
    expect(lint(folder, "baseline")).toMatchObject({ status: 0 });
    const [first, second, ...more] = entries(folder);
    expect(`${JSON.stringify(first)}\n`).toBe(written.split("\n")[2]?.trim().concat("\n"));
    expect(second).toMatchObject({ identity: PLACE, secretHash: expect.stringMatching(/\$[\w+/]{43}$/) });
    expect(more).toEqual([]);
    expectNoSecret(
      baseline.stdout,
      clean.stdout,
      caught.stdout,
      written,
      readFileSync(join(folder, FILE), "utf8"),
    );
  });

  it("without a hash suppresses nothing, says how to renew it, and gives its reason to the new one", () => {
    const folder = repository(alnum);
    const old = [{ identity: PLACE, reason: "dead since May", expires: SOON }];
    commit(folder, { [FILE]: JSON.stringify({ ignore: old }) });
    const run = lint(folder, "--history");
    expect(run.status).toBe(1);
    expect(run.stdout).toContain(
      `Note: ${FILE}: 1 entry for Box secrets without a secretHash suppresses nothing, because any other secret at the same place would pass: ${PLACE}. Renew with: box-config-lint baseline`,
    );
    expect(lint(folder, "baseline")).toMatchObject({ status: 0 });
    expect(entries(folder)).toEqual([{ ...old[0], secretHash: expect.any(String) }]);
    commit(folder, {});
    expect(lint(folder, "--history")).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining("Note:"),
    });
  });

  it("is reported as out of use where its place has only other values", () => {
    const folder = repository(alnum);
    lint(folder, "baseline");
    const [{ secretHash, ...entry }] = entries(folder);
    const hash = secretHash.replace(/\$[^$]*$/, `$${"A".repeat(43)}`);
    commit(folder, { [FILE]: JSON.stringify({ ignore: [{ ...entry, secretHash: hash }] }) });
    expect(lint(folder, "--history")).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(
        `no secret at ${PLACE} has a value of its entry any more; remove the entry.`,
      ),
    });
  });

  it("counts in a Box config too, and in a large tree that two threads scan", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "many"));
    for (let at = 0; at < 600; at++) writeFileSync(join(folder, "many", `${at}.txt`), `${at}\n`);
    const config = (secret: string) =>
      JSON.stringify({ boxAppSettings: { clientID: lower, clientSecret: secret }, enterpriseID: "1" });
    const write = (secret: string) => {
      writeFileSync(join(folder, "box.json"), config(secret));
      writeFileSync(join(folder, "many", "599.txt"), env(secret));
    };
    write(alnum);
    expect(lint(folder, "baseline", ".")).toMatchObject({ status: 0 });
    expect(entries(folder)).toHaveLength(2);
    expect(lint(folder)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("2 findings suppressed by fingerprint"),
    });
    write(other);
    const after = JSON.parse(lint(folder, "--format", "json").stdout);
    const [{ places }, ...others] = after.findings;
    expect(others).toEqual([]);
    // One secret at two places, which two threads have read.
    expect(places.map(({ path }: { path: string }) => path)).toEqual(["box.json", "many/599.txt"]);
  });
});

describe("baseline", () => {
  it("writes nothing where the file that is there cannot be used, so that no reason is lost", () => {
    const folder = repository(alnum);
    const text = JSON.stringify({ ignore: [{ identity: PLACE, reason: "r", expires: "2999-01-01" }] });
    writeFileSync(join(folder, FILE), text);
    expect(lint(folder, "baseline")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/more than a year away; .* Nothing was written: correct it first\.\n$/),
    });
    expect(readFileSync(join(folder, FILE), "utf8")).toBe(text);
  });

  it("of paths adds to the entries that are there, and of the history takes out what is out of use", () => {
    const folder = repository(alnum, other);
    const key = { identity: "spki-sha256:00", reason: "elsewhere", expires: SOON };
    const old = { identity: "box-secret:old#A", reason: "to renew", expires: SOON };
    writeFileSync(join(folder, FILE), JSON.stringify({ ignore: [key, old] }));
    lint(folder, "baseline", ".env");
    expect(entries(folder)).toMatchObject([{ identity: PLACE }, old, key]);
    const before = readFileSync(join(folder, FILE), "utf8");
    lint(folder, "baseline", FILE);
    expect(readFileSync(join(folder, FILE), "utf8")).toBe(before);
    lint(folder, "baseline");
    expect(entries(folder)).toMatchObject([{ identity: PLACE }, { identity: PLACE }]);
  });

  it("reports what it could not read, and ends with 2", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "1_abcdefgh_config.json"), `{"boxAppSettings":{}${" ".repeat(1_100_000)}}`);
    expect(lint(folder, "baseline", ".")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("box-config-lint: Not read: 1 file too large"),
    });
  });
});

describe("a file of suppressions that is not committed", () => {
  it("does not count where commits are scanned, which a notice says, and counts for files on the disk", () => {
    const folder = repository("", alnum);
    lint(folder, "baseline");
    const note =
      /^Note: \.box-config-lint\.json is on the disk and not in the commit \w{12}, .*: it does not count/m;
    for (const args of [["--history"], ["--range", "HEAD~1..HEAD"]])
      expect(lint(folder, ...args)).toMatchObject({ status: 1, stdout: expect.stringMatching(note) });
    expect(lint(folder, ".")).toMatchObject({ status: 0, stdout: expect.not.stringContaining("Note:") });
  });
});

describe("--suppressions-from", () => {
  it("takes the suppressions of a commit, for files on the disk, the index, a range and the history", () => {
    const folder = repository("", alnum, "");
    git(folder, "branch", "before");
    lint(folder, "baseline");
    commit(folder, {});
    git(folder, "branch", "protected");
    writeFileSync(join(folder, ".env"), env(alnum));
    git(folder, "add", ".env");
    for (const args of [["."], ["--staged"], ["--history"], ["--range", "before~2..main"]]) {
      expect(lint(folder, ...args, "--suppressions-from", "protected")).toMatchObject({ status: 0 });
      expect(lint(folder, ...args, "--suppressions-from", "before")).toMatchObject({ status: 1 });
    }
  });

  it("says that nothing is suppressed where the commit that is named has no file of suppressions", () => {
    const folder = repository("", alnum);
    const run = lint(folder, "--history", "--suppressions-from", "HEAD~1");
    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(run.stdout).toContain(
      "Note: There is no .box-config-lint.json in HEAD~1, which --suppressions-from names: nothing is suppressed in this run.",
    );
  });
});
