import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SKIPPED_KINDS } from "../../action/scan/skipped.ts";
import { boxStylePem, PASSPHRASE, pkcs8Pem, rsaKeyPair } from "../keys.ts";
import { runStep } from "./bundle/runner.ts";
import { lint } from "./cli/command-line.ts";
import { pullRequest } from "./git/events.ts";
import { makeOrigin, shallowCheckout, temporaryFolder } from "./git/repository.ts";
import { cook } from "./private-key/steps.ts";
import { SECRETS } from "./rules/vectors.ts";

const { privateKey } = rsaKeyPair(2048);
const bare = pkcs8Pem(privateKey).split("\n").slice(1, -2);
const locked = `passphrase: ${PASSPHRASE}\n${boxStylePem(privateKey)}`;
const tokens = (count: number) => `BOX_TOKEN=${SECRETS.alnum}\n`.repeat(count);

/** Files that exceed a limit of one file, by the sentence that reports them. */
const HOSTILE: Readonly<Record<string, readonly [file: string, content: string | Buffer]>> = {
  "1 file with more encoded text than is decoded, the rest unread": [
    "heads.txt",
    `${`${bare[0]}\n`.repeat(4000)}${"-".repeat(400)}\n${bare.join("\n")}\n`,
  ],
  "1 file encoded more times over than is decoded, the inmost unread": [
    "nested.txt",
    cook(Buffer.from(`${bare.join("\n")}\n`), Array(8).fill("base64")),
  ],
  "1 file with more passphrases or slower locks than are tried on its encrypted keys": [
    "locked.txt",
    locked.repeat(66),
  ],
  "1 file with more Box secrets or names for them than are reported": ["tokens.env", tokens(201)],
  "1 file too large to be read as a Box config or policy": [
    "1_abcdefgh_config.json",
    `{"boxAppSettings":{}${" ".repeat(1_100_000)}}`,
  ],
};

/** The sentence of a kind about one file, as every report has it. */
const lineOf = (sentence: string, file: string) => {
  const escaped = `${sentence} (KIND): ${file}.`.replace(/[.()]/g, String.raw`\$&`);
  return new RegExp(escaped.replace("KIND", String.raw`\w+`));
};

it.each(Object.entries(HOSTILE))("a scan reports and fails for %s", (sentence, [file, content]) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, file), content);
  const { stdout, stderr, status } = lint(folder);
  expect(stdout).toMatch(lineOf(`Not read: ${sentence}`, file));
  expect(stdout).not.toMatch(/no findings/i);
  expect({ stderr, status }).toEqual({ stderr: "", status: 2 });
});

it("docs/rules.md documents each kind of skipped content, and whether it fails by default", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/rules.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` \| .* \| (yes|no) \|$/gm)].map(([, kind, fails]) => [
    kind,
    fails,
  ]);
  expect(rows).toEqual(
    Object.entries(SKIPPED_KINDS).map(([kind, { fails }]) => [kind, fails ? "yes" : "no"]),
  );
});

describe("fail-on-skipped", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "nested.txt"), HOSTILE[Object.keys(HOSTILE)[1] ?? ""]?.[1] ?? "");
  writeFileSync(join(folder, "a.gz"), Buffer.from([0x1f, 0x8b, 8, 0]));

  it.each([
    [[], 2, { archive: false, nested: true }],
    [["--fail-on-skipped", "default"], 2, { archive: false, nested: true }],
    [["--fail-on-skipped", "true"], 2, { archive: true, nested: true }],
    [["--fail-on-skipped", "false"], 0, { archive: false, nested: false }],
    [["--fail-on-skipped", "archive, encoded"], 2, { archive: true, nested: false }],
    [["--fail-on-skipped", "encoded"], 0, { archive: false, nested: false }],
    [["--fail-on-skipped", "default archive"], 2, { archive: true, nested: true }],
    [["--fail-on", "never"], 2, { archive: false, nested: true }],
  ] as const)(
    "given as %j makes the exit status %i, and the report says which kinds fail",
    (args, status, fails) => {
      const run = lint(folder, ...args, "--format", "json");
      const { skipped, complete } = JSON.parse(run.stdout);
      expect(run).toMatchObject({ status, stderr: "" });
      expect(complete).toBe(false);
      expect(
        Object.fromEntries(skipped.map((one: { kind: string; fails: boolean }) => [one.kind, one.fails])),
      ).toEqual(fails);
      expect(skipped.map(({ places }: { places: unknown }) => places)).toEqual([
        [{ path: "a.gz", commit: null }],
        [{ path: "nested.txt", commit: null }],
      ]);
    },
  );

  it("is refused with the list of kinds where it names an unknown one", () => {
    expect(lint(folder, "--fail-on-skipped", "zip")).toEqual({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(
        /^box-config-lint: --fail-on-skipped has "zip"; write default, true, false, or a list of: archive, encoded, .*\n$/,
      ),
    });
  });
});

it("a scan reports nothing as skipped for files at the limits", () => {
  const folder = temporaryFolder();
  const harmless: Readonly<Record<string, string | Buffer>> = {
    "nested.txt": cook(Buffer.from(`${bare.join("\n")}\n`), Array(5).fill("base64")),
    "locked.txt": locked.repeat(60),
    "tokens.env": tokens(200),
    "large.json": `{"a":"${"boxAppSettings ".repeat(100_000)}"}`,
    "heads.txt": `${bare[0]}\n`.repeat(200),
  };
  for (const [file, content] of Object.entries(harmless)) writeFileSync(join(folder, file), content);
  expect(lint(folder, "--no-ignore").stdout).not.toMatch(/Note:|Not read:/);
});

it("a scan counts the archives of a large tree that a worker scans, names 20, and gives the number of others", () => {
  const folder = temporaryFolder();
  for (let at = 0; at < 600; at++) {
    mkdirSync(join(folder, `d${at % 7}`), { recursive: true });
    writeFileSync(join(folder, `d${at % 7}`, `${at}.gz`), Buffer.from([0x1f, 0x8b, 8, 0]));
  }
  const { stdout, status } = lint(folder);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^Not read: 600 archives not unpacked \(archive\): (?:d\d\/\d+\.gz, ){20}and 580 others\.$/m,
  );
});

it("a scan reports skipped content in the log, an error, the job summary, the JSON and the SARIF file of the Action, and fails the step", () => {
  const origin = makeOrigin(
    [
      { id: "main", files: { "a.txt": "a\n" } },
      { id: "pr", files: Object.fromEntries(Object.values(HOSTILE)) },
    ],
    { "refs/heads/main": "main", "refs/pull/1/head": "pr" },
  );
  const payload = pullRequest(origin.id("main"), origin.id("pr"), 1);
  const workspace = shallowCheckout(origin, origin.id("pr"));
  const run = (inputs: Readonly<Record<string, string>>) =>
    runStep(workspace, {
      event: "pull_request",
      payload,
      inputs: { sarif: "lint.sarif", report: "lint.json", "fail-on": "never", ...inputs },
    });
  const read = (file: string) => JSON.parse(readFileSync(join(workspace, file), "utf8"));
  const step = run({});
  const json = read("lint.json");
  const [{ executionSuccessful, toolExecutionNotifications }] = read("lint.sarif").runs[0].invocations;
  const error = step.stdout.split("\n").find((line) => line.startsWith("::error title=Not read::"));
  expect(step).toMatchObject({ status: 2, stderr: "" });
  expect(executionSuccessful).toBe(false);
  for (const [sentence, [file]] of Object.entries(HOSTILE)) {
    const wanted = lineOf(sentence, file);
    expect(error).toMatch(wanted);
    expect(step.stdout).toMatch(lineOf(`\nNot read: ${sentence}`, file));
    expect(step.summary.replaceAll("&#95;", "_")).toMatch(lineOf(`\n- ${sentence}`, file));
    const inSarif = toolExecutionNotifications.find((one: { message: { text: string } }) =>
      wanted.test(one.message.text),
    );
    expect(inSarif).toMatchObject({
      level: "error",
      locations: [{ physicalLocation: { artifactLocation: { uri: file } } }],
    });
    expect(json.skipped).toContainEqual(
      expect.objectContaining({
        fails: true,
        message: expect.stringMatching(wanted),
        places: [{ path: file, commit: origin.id("pr") }],
      }),
    );
  }
  expect(run({ "fail-on-skipped": "false" })).toMatchObject({ status: 0, stderr: "" });
  expect(read("lint.sarif").runs[0].invocations[0].executionSuccessful).toBe(true);
  const refused = run({ "fail-on-skipped": "zip" });
  expect(refused.status).toBe(2);
  expect(refused.stdout).toContain(
    'The input fail-on-skipped has "zip"; write default, true, false, or a list of',
  );
});
