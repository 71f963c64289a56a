import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RULES } from "../../../action/rules/rules.ts";
import { KEY_FORMATS } from "../../../action/scan/key-formats.ts";
import { lint } from "../../../action/scan/scan.ts";
import { pathSources } from "../../../action/sources/files/work-tree.ts";
import type { PathSuppression } from "../../../action/suppressions/by-path.ts";
import { dayAfter } from "../../../action/suppressions/days.ts";
import { pkcs1Pem, pkcs8Pem, rsaKeyPair } from "../../keys.ts";
import { lint as run } from "../cli/command-line.ts";
import { pullRequest, scanEvent } from "../git/events.ts";
import { type File, fullClone, makeOrigin, temporaryFolder } from "../git/repository.ts";
import { boxConfig } from "../private-key/kinds.ts";
import { SECRETS } from "../rules/vectors.ts";

const FILE = ".box-config-lint.json";
const KEY = pkcs8Pem(rsaKeyPair(2048).privateKey);
const PKCS1 = pkcs1Pem(rsaKeyPair(1024).privateKey);
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "sec1",
  format: "pem",
});
const ENTRY = { path: "testdata/**", kinds: ["pkcs8"], reason: "published", expires: "2027-01-01" };
const entries = (...all: readonly object[]) => JSON.stringify({ ignore: all });

type Files = Readonly<Record<string, File>>;

/** A pull request of these commits on a base with the entry, as the Action sees it. */
async function request(commits: readonly Files[], base: Files = {}, entry: object = ENTRY) {
  const origin = makeOrigin(
    [
      { id: "base", files: { [FILE]: entries(entry), ...base } },
      ...commits.map((files, at) => ({ id: `${at}`, files })),
    ],
    { "refs/heads/main": "base", "refs/pull/1/head": `${commits.length - 1}` },
  );
  const payload = pullRequest(origin.id("base"), origin.id(`${commits.length - 1}`), commits.length);
  const { findings, suppressed, problems, skipped } = await scanEvent(
    fullClone(origin),
    "pull_request",
    payload,
  );
  expect(problems).toEqual([]);
  return {
    findings: findings.map(({ path }) => path).toSorted(),
    suppressed: suppressed.map(({ path }) => path).toSorted(),
    skipped: skipped.map(({ kind }) => kind),
    reasons: suppressed.map(({ suppression }) => suppression.reason),
  };
}

describe("an entry for a path", () => {
  it("suppresses private keys of its kinds below its path, and no other kind and no other place", async () => {
    const files = {
      "testdata/a.pem": KEY,
      "testdata/deep/er/b.pem": KEY,
      "testdata/c.pem": PKCS1,
      "testdata/d.pem": EC,
      "src/a.pem": KEY,
      "src/testdata/a.pem": KEY,
      "testdata.pem": KEY,
      "testdata2/a.pem": KEY,
    };
    expect(await request([files])).toMatchObject({
      suppressed: ["testdata/a.pem", "testdata/deep/er/b.pem"],
      findings: [
        "src/a.pem",
        "src/testdata/a.pem",
        "testdata.pem",
        "testdata/c.pem",
        "testdata/d.pem",
        "testdata2/a.pem",
      ],
      reasons: ["published", "published"],
    });
  });

  it("counts only if it is on the base, so that a pull request cannot add one or widen it", async () => {
    const wider = entries({ ...ENTRY, path: "src/**" }, { ...ENTRY, kinds: Object.keys(KEY_FORMATS) });
    const change = { [FILE]: wider, "src/a.pem": KEY, "testdata/c.pem": PKCS1, "testdata/a.pem": KEY };
    expect(await request([change])).toMatchObject({
      findings: ["src/a.pem", "testdata/c.pem"],
      suppressed: ["testdata/a.pem"],
    });
  });

  it.each<[string, readonly Files[]]>([
    [
      "an earlier commit of the request has it elsewhere",
      [{ "src/a.pem": KEY }, { "src/a.pem": null, "testdata/a.pem": KEY }],
    ],
    [
      "a later commit has it elsewhere for a while",
      [{ "testdata/a.pem": KEY }, { "src/a.pem": KEY }, { "src/a.pem": null }],
    ],
  ])("does not cover a key where %s", async (_, commits) => {
    expect(await request(commits)).toMatchObject({ findings: ["src/a.pem"], suppressed: ["testdata/a.pem"] });
  });

  it("does not take a suppressed place at the head for a place that is not suppressed", async () => {
    const passing = [{ "testdata/a.pem": KEY }, { "testdata/a.pem": null }];
    expect(await request(passing, { "src/a.pem": KEY })).toMatchObject({
      findings: [],
      suppressed: ["testdata/a.pem"],
    });
    const commits = [{ "src/a.pem": KEY }, { "src/a.pem": null }];
    expect(await request(commits, { "testdata/a.pem": KEY })).toMatchObject({
      findings: ["src/a.pem"],
      suppressed: [],
    });
  });

  const OTHER_FOLDERS: readonly (readonly [how: string, path: string])[] = [
    ["in other case", "TestData/a.pem"],
    ["with a backslash", "testdata\\a.pem"],
    ["with a backslash behind the folder", "testdata/..\\src\\a.pem"],
    ["with a letter of another script", "test\u0434ata/a.pem"],
    ["with an accent composed in another way", "testd\u0061\u0301ta/a.pem"],
    ["with an invisible character", "testdata\u200b/a.pem"],
    ["with a space", "testdata /a.pem"],
  ];
  it("does not cover a folder that is written in other case, with a backslash, or with other letters or spaces", async () => {
    // Of each file other bytes, so that none is a copy of another.
    const files = Object.fromEntries(OTHER_FOLDERS.map(([how, path]) => [path, `${KEY}${how}\n`]));
    expect(await request([files])).toMatchObject({
      findings: OTHER_FOLDERS.map(([, path]) => path).toSorted(),
      suppressed: [],
    });
  });

  it("does not cover a key in a Box config, with Box's file name, or a copy of such a key", async () => {
    const config = boxConfig();
    const key = JSON.parse(config).boxAppSettings.appAuth.privateKey;
    const files = {
      "testdata/config.json": config,
      "testdata/encoded.txt": Buffer.from(config).toString("base64"),
      "testdata/secret.yaml": `a: ${Buffer.from(config).toString("base64")}\n`,
      "testdata/12345_ab12cd34_config.json": KEY,
      "testdata/copy.pem": `${key}\n# passphrase: ${JSON.parse(config).boxAppSettings.appAuth.passphrase}\n`,
    };
    const all = { ...ENTRY, kinds: Object.keys(KEY_FORMATS) };
    const { findings, suppressed } = await request([files], {}, all);
    expect(suppressed).toEqual([]);
    expect(new Set(findings)).toEqual(new Set(Object.keys(files)));
  });

  it("does not cover a key in a Box config that does not say which key it is", async () => {
    const key = KEY.replaceAll("\n", "\\n");
    const config = `{"boxAppSettings":{"clientID":"x","appAuth":{"publicKeyID":"","privateKey":"${key}"}},"enterpriseID":"1"}`;
    const files = {
      "testdata/config.json": config,
      "testdata/far.json": config
        .replace("{", `{${" ".repeat(9000)}`)
        .replace(',"privateKey', `,${" ".repeat(9000)}"privateKey`),
      "testdata/encoded.txt": Buffer.from(config).toString("base64"),
    };
    // One by one: a key that is known as Box's in one file is known in all.
    for (const [path, text] of Object.entries(files)) {
      const { findings, suppressed } = await request([{ [path]: text }]);
      expect({ path, suppressed }).toEqual({ path, suppressed: [] });
      expect(findings).toContain(path);
    }
  });

  it("does not cover a Box secret", async () => {
    const files = { "testdata/.env": `BOX_CLIENT_SECRET=${SECRETS.alnum}\n`, "testdata/a.pem": KEY };
    expect(await request([files])).toMatchObject({
      findings: ["testdata/.env"],
      suppressed: ["testdata/a.pem"],
    });
  });

  it("does not cover a message, whatever its glob", async () => {
    const origin = makeOrigin(
      [
        { id: "base", files: { [FILE]: entries({ ...ENTRY, path: "COMMIT_MESSAGE" }) } },
        { id: "pr", message: `Add\n\n${KEY}`, files: { a: "a" } },
      ],
      { "refs/heads/main": "base", "refs/pull/1/head": "pr" },
    );
    const report = await scanEvent(
      fullClone(origin),
      "pull_request",
      pullRequest(origin.id("base"), origin.id("pr"), 1),
    );
    expect(report.findings.map(({ path }) => path)).toEqual(["COMMIT_MESSAGE"]);
  });

  it("does not cover what is reached as the target of a symbolic link, and covers the link's own name alone", async () => {
    const files = { testdata: { mode: "120000", data: "src" }, "src/a.pem": KEY };
    expect(await request([files])).toMatchObject({ findings: ["src/a.pem"], suppressed: [] });
  });

  it("covers no content that has more paths than are read: one of them may be anywhere", async () => {
    const copies = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`testdata/${at}.pem`, KEY]));
    expect(await request([{ ...copies(200), "testdata/other.pem": `${KEY}\n` }])).toMatchObject({
      findings: [],
    });
    const { findings, suppressed, skipped } = await request([
      { ...copies(256), "zsrc/a.pem": KEY, "testdata/other.pem": `${KEY}\n` },
    ]);
    expect(skipped).toEqual(["copies"]);
    expect(findings).toHaveLength(256);
    expect(suppressed).toEqual(["testdata/other.pem"]);
  });

  it("covers nothing where folders were left out, because their content is unknown", async () => {
    const folders = Object.fromEntries(
      Array.from({ length: 257 }, (_, at) => [`testdata/${at}/x/a.pem`, KEY]),
    );
    const { findings, suppressed, skipped } = await request([
      { ...folders, "z/z/x/a.pem": KEY, "testdata/other.pem": `${KEY}\n` },
    ]);
    expect(skipped).toEqual(["copies"]);
    expect(suppressed).toEqual([]);
    expect(findings).toContain("testdata/other.pem");
  });
});

describe("files on the disk", () => {
  const scanned = async (...named: readonly string[]) => {
    const root = temporaryFolder();
    mkdirSync(join(root, "src/keys"), { recursive: true });
    mkdirSync(join(root, "testdata"));
    writeFileSync(join(root, "src/keys/a.pem"), KEY);
    writeFileSync(join(root, "testdata/a.pem"), KEY);
    symlinkSync("../src", join(root, "testdata/link"));
    const report = await lint({
      ...{ range: "the disk", sources: [pathSources(root, named)], rules: RULES, globs: [], problems: [] },
      ...{ suppressions: [ENTRY as PathSuppression], isFullHistory: false, today: "2026-11-21" },
    });
    return [report.findings, report.suppressed].map((all) => all.map(({ path }) => path));
  };

  it("are suppressed by their path, and not where it leads through a symbolic link", async () => {
    expect(await scanned("testdata")).toEqual([[], ["testdata/a.pem"]]);
    expect(await scanned("testdata/a.pem")).toEqual([[], ["testdata/a.pem"]]);
    expect(await scanned("testdata/link")).toEqual([["testdata/link/keys/a.pem"], []]);
    expect(await scanned("testdata/link/keys")).toEqual([["testdata/link/keys/a.pem"], []]);
    expect(await scanned("testdata/link/keys/a.pem")).toEqual([["testdata/link/keys/a.pem"], []]);
    expect(await scanned(".")).toEqual([["src/keys/a.pem"], ["testdata/a.pem"]]);
  });

  it("have their entries for paths kept by baseline, which writes no entry for what they cover", () => {
    const root = temporaryFolder();
    const entry = { ...ENTRY, expires: dayAfter(new Date(), 90) };
    mkdirSync(join(root, "testdata"));
    writeFileSync(join(root, "testdata/a.pem"), KEY);
    writeFileSync(join(root, "b.pem"), PKCS1);
    writeFileSync(join(root, FILE), entries(entry));
    expect(run(root, "baseline", ".")).toMatchObject({ status: 0, stderr: "" });
    const written = JSON.parse(readFileSync(join(root, FILE), "utf8")).ignore;
    expect(written).toEqual([entry, expect.objectContaining({ identity: expect.stringMatching(/^spki-/) })]);
    expect(run(root)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(
        "No findings, 1 finding suppressed by fingerprint, 1 finding suppressed by path.",
      ),
    });
  });
});

describe("the whole history", () => {
  const history = async (commits: readonly Files[], entry: object = ENTRY) => {
    const files = commits.map((one, at) => ({
      id: `${at}`,
      files: at === 0 ? { [FILE]: entries(entry), ...one } : one,
    }));
    const last = `${commits.length - 1}`;
    const origin = makeOrigin(files, { "refs/heads/main": last });
    const facts = { sha: origin.id(last) };
    return scanEvent(fullClone(origin), "schedule", { repository: { default_branch: "main" } }, facts);
  };

  it("is suppressed at the path alone, whichever of its paths Git names first", async () => {
    const report = await history([
      { "a/a.pem": KEY, "testdata/a.pem": KEY, "z/a.pem": KEY },
      { "z/a.pem": null },
    ]);
    expect(report.findings.map(({ path }) => path)).toEqual(["a/a.pem", "z/a.pem"]);
    expect(report.suppressed.map(({ path }) => path)).toEqual(["testdata/a.pem"]);
  });

  it("covers nothing where folders were left out", async () => {
    const folders = Object.fromEntries(
      Array.from({ length: 257 }, (_, at) => [`testdata/${at}/x/a.pem`, KEY]),
    );
    const report = await history([folders]);
    expect(report.suppressed).toEqual([]);
    expect(report.findings.length).toBeGreaterThan(0);
  });

  it("reports an entry that suppresses nothing, and one whose day has passed", async () => {
    const unused = await history([{ "src/a.txt": "a\n" }]);
    expect(unused.notices).toEqual([
      `${FILE}: the path testdata/** (pkcs8) suppresses nothing; remove its entry.`,
    ]);
    const expired = await history([{ "testdata/a.pem": KEY }], { ...ENTRY, expires: "2026-11-20" });
    expect(expired.findings).toHaveLength(1);
    expect(expired.notices).toEqual([
      `${FILE}: the entry for the path testdata/** (pkcs8) expired on 2026-11-20; remove the cause, or give it a new day.`,
    ]);
    const used = await history([{ "testdata/a.pem": KEY }]);
    expect(used).toMatchObject({ findings: [], notices: [] });
  });
});
