import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeConfig } from "../../sandbox/apps/app.ts";
import type { Sample } from "../../sandbox/box/sample.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { requestToken } from "../support/token-client.ts";

/** The legacy lines of Box's SDK, as published: they want TLS, and trust what NODE_EXTRA_CA_CERTS names. */
const PROGRAM = fileURLToPath(new URL("legacy-sdk.mjs", import.meta.url));
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.box.faults.clear();
  sandbox.box.requests.clear();
});

async function runWith(packageName: string, boxUrl = sandbox.box.tlsUrl as string) {
  const { sample } = sandbox;
  const { body } = await requestToken(sandbox, sandbox.callers.everything!);
  sandbox.box.requests.clear();
  return runProgram(packageName, sample, {
    BOX_TLS_URL: boxUrl,
    CONFIG_PATH: sandbox.configPath as string,
    OUR_TOKEN: body.access_token as string,
  });
}

async function runProgram(packageName: string, sample: Sample, at: Readonly<Record<string, string>>) {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, packageName], {
    env: {
      NODE_EXTRA_CA_CERTS: sandbox.caPath,
      USER_ID: sample.managedUser.id,
      FOLDER_ID: sample.reports.id,
      FILE_ID: sample.reportFile.id,
      ...at,
    },
  });
  return JSON.parse(stdout);
}

describe.each(["box-node-sdk-4", "box-node-sdk-3"])("%s", (packageName) => {
  test("signs in, acts, downloads, opens a shared link, downscopes and revokes, and takes our token", async () => {
    const serviceAccount = sandbox.apps.sandbox?.box.serviceAccountId;
    expect(await runWith(packageName)).toEqual({
      service: serviceAccount,
      parallel: 1,
      user: sandbox.sample.managedUser.id,
      file: "This is summary.txt.\n",
      shared: sandbox.sample.reportFile.id,
      narrowed: "Reports",
      refused: 403,
      ours: serviceAccount,
      revoked: true,
    });
    // Ten parallel calls and everything after them need two grants: one for the Service Account, one for the user.
    expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(2);
  });

  test.each([
    ["skewed-clock", { skewSeconds: 600 }],
    ["rate-limited", { times: 2 }],
    ["server-error", { times: 2 }],
  ] as const)("gets over %s %j by itself, with a fresh assertion", async (fault, settings) => {
    sandbox.box.faults.inject(fault, { on: "token/jwt-bearer", ...settings });
    expect((await runWith(packageName)).service).toBe(sandbox.apps.sandbox?.box.serviceAccountId);
    expect(sandbox.box.requests.count("token/jwt-bearer")).toBeGreaterThan(2);
  });

  test("works below the prefix of an enterprise of its own, over TLS", async () => {
    const at = await sandbox.box.enterprise(packageName);
    const { serviceAccountId, clientId, scopes } = at.app;
    const facts = { clientId, userId: serviceAccountId, scopes: new Set<string>(scopes), downscoped: false };
    const folder = dirname(sandbox.caPath);
    expect(
      await runProgram(packageName, at.sample, {
        BOX_TLS_URL: at.tlsUrl as string,
        CONFIG_PATH: await writeConfig(folder, at.config),
        OUR_TOKEN: at.tokens.mint(facts, 3_600).value,
      }),
    ).toMatchObject({
      service: serviceAccountId,
      file: "This is summary.txt.\n",
      refused: 403,
      revoked: true,
    });
    expect(at.requests.count("token/jwt-bearer")).toBe(2);
    expect(sandbox.box.requests.count()).toBe(0);
  });

  test("refuses plain HTTP, which is why the sandbox has TLS", async () => {
    await expect(runWith(packageName, sandbox.box.url)).rejects.toMatchObject({
      stderr: expect.stringMatching(/Protocol "http:" not supported/),
    });
  });
});
