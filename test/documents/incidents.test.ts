import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { policySample } from "../../sandbox/sample/policy-sample.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { needs } from "../programs/needs.ts";
import { requestToken } from "../support/token-client.ts";
import { awsEnvironment, ROOT } from "./readme.ts";

const PAGE = readFileSync(join(ROOT, "docs/incidents.md"), "utf8");

/** A named block of shell commands in a list, without its indentation. */
function commands(name: string): string {
  const [, code = ""] = new RegExp(`^ {3}\`\`\`sh ${name}\\n([\\s\\S]*?)^ {3}\`\`\`$`, "m").exec(PAGE) ?? [];
  return code === "" ? expect.fail(`docs/incidents.md has no block ${name}`) : code.replaceAll(/^ {3}/gm, "");
}

let sandbox: Sandbox;
let folder: string;
beforeAll(async () => {
  const app = "sandbox";
  const policy = {
    version: 1 as const,
    statements: [
      {
        ...{ id: "reads", caller: { name: "reader" }, app, subjects: ["enterprise"] },
        ...{ unrestricted: true as const, isolate: true as const },
      },
      {
        ...{ id: "ends", caller: { name: "operator" }, app, subjects: ["enterprise"] },
        ...{ unrestricted: true as const, revoke: true as const },
      },
    ],
  };
  sandbox = await startSandbox({ sharedCache: true, policy, policySample: policySample(policy) });
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
  const env = {
    ...awsEnvironment(sandbox, sandbox.callers.operator),
    PATH: `${folder}:${process.env.PATH}`,
    TOKEN_URL: sandbox.tokenUrl,
  };
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

const leaked = async () => (await requestToken(sandbox, sandbox.callers.reader!)).body.access_token ?? "";
const PASTE = commands("paste");
const PROVE = commands("prove-ended");

test(
  "docs/incidents.md revokes a leaked token as a caller whose statement has revoke",
  needs("curl 7.75"),
  async () => {
    // In the sandbox a caller has the key of an IAM user, for which docs/deploy.md says to leave the header out.
    const revoke = commands("revoke")
      .replace(' -H "x-amz-security-token: $AWS_SESSION_TOKEN"', "")
      .replace("eu-central-1", sandbox.region);
    expect(await run(PASTE + revoke + PROVE, await leaked())).toBe("200\n401\n");
  },
);

test(
  "docs/incidents.md ends a leaked token at Box, and proves that it has ended",
  needs("curl 7.75"),
  async () => {
    const token = await leaked();
    expect(await run(PASTE + PROVE, token)).toBe("200\n");
    expect(await run(PASTE + commands("end-token") + PROVE, token)).toBe("200\n401\n");
  },
);
