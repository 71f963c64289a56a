import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";

/** The client as it is published, in a process of its own. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const EXAMPLE = join(ROOT, "examples/node/list-folder.mjs");
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), "box-sts-published-"));
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

const keys = () => {
  const { accessKeyId, secretAccessKey } = sandbox.callers.everything!;
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
};

function start(node: string, program: string, env: NodeJS.ProcessEnv) {
  const { tokenUrl, region, sample, box } = sandbox;
  return promisify(execFile)(node, [program, sample.reports.id], {
    env: { HOME: folder, BOX_STS_URL: tokenUrl, AWS_REGION: region, BOX_URL: box.url, ...env },
  });
}

/** The machine's own Node: the first in the path that npm did not put there. */
function otherNode(): { readonly path: string; readonly version: string } | undefined {
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    if (place.includes("node_modules")) continue;
    const path = join(place, "node");
    const version = spawnSync(path, ["--version"]).stdout?.toString().trim();
    if (version) return { path, version };
  }
  return undefined;
}

describe("on the machine's own Node", () => {
  const other = otherNode();
  const reason = other === undefined ? "(skipped: the machine has none)" : other.version;
  test.skipIf(other === undefined || Number.parseInt(other.version.slice(1), 10) < 20)(
    `runs it ${reason}`,
    async () => {
      const { stdout } = await start(other?.path ?? "", EXAMPLE, keys());
      expect(stdout).toContain("summary.txt");
    },
  );
});

describe("without credentials in variables", () => {
  test("the client reads a profile through the AWS SDK's own chain, if it is installed", async () => {
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = keys();
    const file = join(folder, "credentials");
    writeFileSync(file, `[reports]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`);
    const env = { AWS_PROFILE: "reports", AWS_SHARED_CREDENTIALS_FILE: file };
    expect((await start(process.execPath, EXAMPLE, env)).stdout).toContain("summary.txt");
  });

  test("the error names the remedy if that package is missing", async () => {
    cpSync(join(ROOT, "dist/client"), join(folder, "package/dist/client"), { recursive: true });
    writeFileSync(join(folder, "package/package.json"), '{"type":"module"}');
    const program = join(folder, "package/program.mjs");
    writeFileSync(
      program,
      `import { boxAuth } from "./dist/client/index.js";
       await boxAuth({ url: process.env.BOX_STS_URL }).retrieveToken().catch((error) => console.log(error.message));`,
    );
    const { stdout } = await start(process.execPath, program, {});
    expect(stdout).toMatch(/^No AWS credentials were found .*install @aws-sdk\/credential-providers/);
    expect(stdout).toContain(
      "Tried: the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set), @aws-sdk/credential-providers (it is not installed).",
    );
  });
});
