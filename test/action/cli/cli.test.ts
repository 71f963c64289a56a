import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../../action/scan/version.ts";
import { git, temporaryFolder } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { lint, lintProcess } from "./command-line.ts";
import { repository, SOON } from "./pull-request.ts";

const PEM = { format: "pem", type: "pkcs8" } as const;

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

  it("counts the entries that baseline writes, and those that are new", () => {
    const folder = repository();
    const counts = (text: string) => `.box-config-lint.json has ${text} the file: it counts from then on.\n`;
    const first = "Reset or remove each key and secret at Box first, ";
    const history = lint(folder, "baseline");
    expect(history.stdout).toBe(
      counts(`1 entry, 1 new. ${first}write a reason for each new entry, and commit`),
    );
    expect(lint(folder, "baseline", "a.txt").stdout).toBe(counts("1 entry, none of them new. Commit"));
    writeFileSync(join(folder, "other.pem"), generateKeyPairSync("ed25519").privateKey.export(PEM));
    const added = lint(folder, "baseline", "other.pem", "--reason", "known");
    expect(added.stdout).toBe(counts(`2 entries, 1 new. ${first.replace(/, $/, "")}, and commit`));
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
