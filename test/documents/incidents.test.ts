import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { needs } from "../programs/needs.ts";
import { requestToken } from "../support/token-client.ts";
import { ROOT } from "./readme.ts";

const PAGE = readFileSync(join(ROOT, "docs/incidents.md"), "utf8");

/** A named block of shell commands in a list, without its indentation. */
function commands(name: string): string {
  const [, code = ""] = new RegExp(`^ {3}\`\`\`sh ${name}\\n([\\s\\S]*?)^ {3}\`\`\`$`, "m").exec(PAGE) ?? [];
  return code === "" ? expect.fail(`docs/incidents.md has no block ${name}`) : code.replaceAll(/^ {3}/gm, "");
}

let sandbox: Sandbox;
let folder: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), "box-sts-incidents-"));
  // An AWS CLI that returns the app's secret.
  writeFileSync(join(folder, "aws"), `#!/bin/sh\ncat '${sandbox.configPath}'\n`);
  chmodSync(join(folder, "aws"), 0o755);
});
afterAll(async () => {
  await sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the commands print, sent to the sandbox's Box, where a person pastes the token. */
function run(code: string, token: string): Promise<string> {
  const script = code.replaceAll("https://api.box.com", sandbox.box.url);
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const child = spawn("bash", ["--norc", "-c", script], { env, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(`${token}\n`);
  return new Promise((resolve) => {
    let printed = "";
    child.stdout.on("data", (text) => {
      printed += text;
    });
    child.on("close", () => resolve(printed));
  });
}

test(
  "docs/incidents.md ends a leaked token at Box, and proves that it has ended",
  needs("curl 7.75"),
  async () => {
    const leaked = async () =>
      (await requestToken(sandbox, sandbox.callers.everything!)).body.access_token ?? "";
    const token = await leaked();
    const before = `read -rs TOKEN\n${commands("prove-ended")}`;
    expect(await run(before, token)).toBe("200\n");
    expect(await run(commands("end-token") + commands("prove-ended"), token)).toBe("200\n401\n");
  },
);
