import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Started, startInClone } from "../integration/fresh-start.ts";
import { awsEnvironment, block, blockOf } from "../integration/readme.ts";
import { missingLines, parseTranscript } from "../support/transcript.ts";
import { needs } from "./needs.ts";

/** The blocks of the README and of docs/http-api.md that are for curl, Python and the AWS CLI. */
let sandbox: Sandbox;
let folder: string;
let started: Started;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-readme-"));
  [sandbox, started] = await Promise.all([startSandbox(), startInClone(join(folder, "clone"))]);
});
afterAll(async () => {
  await Promise.all([sandbox?.close(), started?.end()]);
  rmSync(folder, { recursive: true, force: true });
});

describe("the README's snippet", () => {
  test(
    "of the first minute shows what npm start prints, what curl prints, and the log of that request",
    needs("curl 7.75"),
    async () => {
      const transcript = parseTranscript(block("$ npm ci && npm start"));
      const commands = transcript.flatMap((line) => (line.kind === "command" ? [line.text] : []));
      const [start, request = "", ...others] = commands;
      expect([start, others]).toEqual(["npm ci && npm start", []]);
      const { stdout } = await started.paste(request);
      for (const { properties } of transcript.filter((line) => line.kind === "json"))
        expect(Object.keys(JSON.parse(stdout))).toEqual(expect.arrayContaining([...properties]));
      const shown = transcript.flatMap((line) => (line.kind === "output" ? [line.text] : []));
      expect(shown.length).toBeGreaterThan(10);
      expect(missingLines(shown, await started.printed(/box\.exchange/))).toEqual([]);
    },
  );

  test("for curl gets a token of the scope that it requests", needs("curl 7.75"), async () => {
    const { stdout } = await started.paste(block("curl -sS --aws-sigv4"));
    expect(JSON.parse(stdout)).toMatchObject({ token_type: "bearer", scope: "item_download" });
  });

  test("leads to examples/python/list_folder.py, which runs in the same state", needs("boto3"), async () => {
    const { stdout } = await started.paste("python3 examples/python/list_folder.py");
    expect(stdout).toMatch(/^folder\t\d+\tReports$/m);
  });

  test("for a secret stores the config file as it is", needs("the AWS CLI"), async () => {
    copyFileSync(sandbox.configPath ?? "", join(folder, "config.json"));
    const env = awsEnvironment(sandbox, sandbox.operator);
    await promisify(execFile)("bash", ["-c", block("aws secretsmanager create-secret")], {
      cwd: folder,
      env,
    });
    expect(sandbox.secretsManager.secrets.has("box/reports")).toBe(true);
  });
});

describe("the snippet of", () => {
  test("docs/http-api.md gets the response that the page shows", needs("curl 7.75"), async () => {
    const { stdout } = await started.paste(blockOf("docs/http-api.md", "sh", "curl "));
    const shown = JSON.parse(blockOf("docs/http-api.md", "json", '{\n  "access_token"'));
    expect(Object.keys(JSON.parse(stdout))).toEqual(Object.keys(shown));
  });

  test("docs/http-api.md shows the properties of a refusal", needs("curl 7.75"), async () => {
    const request = blockOf("docs/http-api.md", "sh", "curl ").replace(
      "scope=item_download",
      "app=elsewhere",
    );
    const { stdout } = await started.paste(request);
    const shown = JSON.parse(blockOf("docs/http-api.md", "json", '{\n  "error"'));
    expect(JSON.parse(stdout)).toMatchObject({
      ...shown,
      error_description: expect.stringContaining(shown.error_description.replace(" …", "")),
      request_id: expect.any(String),
    });
  });
});
