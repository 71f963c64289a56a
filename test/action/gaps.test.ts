import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
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

/** Files that take more time than one of them may have, by what is told of them. */
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
  "1 file with more Box secrets or names for them than are told": ["tokens.env", tokens(201)],
  "1 file too large to be read as a Box config or policy": [
    "1_abcdefgh_config.json",
    `{"boxAppSettings":{}${" ".repeat(1_100_000)}}`,
  ],
};

it.each(Object.entries(HOSTILE))("tells %s", (sentence, [file, content]) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, file), content);
  const { stdout, stderr } = lint(folder);
  expect(stdout).toContain(`Note: ${sentence}: ${file}.\n`);
  expect(stderr).toBe("");
});

it("tells nothing where all was looked into, at the limits", () => {
  const folder = temporaryFolder();
  const harmless: Readonly<Record<string, string | Buffer>> = {
    "nested.txt": cook(Buffer.from(`${bare.join("\n")}\n`), Array(5).fill("base64")),
    "locked.txt": locked.repeat(60),
    "tokens.env": tokens(200),
    "large.json": `{"a":"${"boxAppSettings ".repeat(100_000)}"}`,
    "heads.txt": `${bare[0]}\n`.repeat(200),
  };
  for (const [file, content] of Object.entries(harmless)) writeFileSync(join(folder, file), content);
  expect(lint(folder).stdout).not.toContain("Note:");
});

it("counts the files of a large tree that another thread looks at, names 20, and gives the number of others", () => {
  const folder = temporaryFolder();
  for (let at = 0; at < 600; at++) {
    mkdirSync(join(folder, `d${at % 7}`), { recursive: true });
    writeFileSync(join(folder, `d${at % 7}`, `${at}.gz`), Buffer.from([0x1f, 0x8b, 8, 0]));
  }
  const { stdout, status } = lint(folder);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Note: 600 archives not unpacked: (?:d\d\/\d+\.gz, ){20}and 580 more\.$/m);
});

it("stands in the job summary, in a notice and in the SARIF file of the Action", () => {
  const origin = makeOrigin(
    [
      { id: "main", files: { "a.txt": "a\n" } },
      { id: "pr", files: Object.fromEntries(Object.values(HOSTILE)) },
    ],
    { "refs/heads/main": "main", "refs/pull/1/head": "pr" },
  );
  const payload = pullRequest(origin.id("main"), origin.id("pr"), 1);
  const workspace = shallowCheckout(origin, origin.id("pr"));
  const step = runStep(workspace, { event: "pull_request", payload, inputs: { sarif: "lint.sarif" } });
  const notice = step.stdout.split("\n").find((line) => line.startsWith("::notice title=box-config-lint::"));
  const sarif = lint(workspace, "--range", `${origin.id("main")}..`, "--format", "sarif").stdout;
  for (const [sentence, [file]] of Object.entries(HOSTILE)) {
    expect(notice).toContain(`${sentence}: ${file}.`);
    expect(sarif).toContain(`${sentence}: ${file}.`);
    expect(step.summary.replaceAll("&#95;", "_")).toContain(`\n- ${sentence}: ${file}.\n`);
  }
});
