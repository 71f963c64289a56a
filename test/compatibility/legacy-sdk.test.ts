import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
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
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, packageName], {
    env: {
      NODE_EXTRA_CA_CERTS: sandbox.caPath,
      BOX_TLS_URL: boxUrl,
      CONFIG_PATH: sandbox.configPath,
      USER_ID: sample.managedUser.id,
      FOLDER_ID: sample.reports.id,
      FILE_ID: sample.reportFile.id,
      OUR_TOKEN: body.access_token,
    },
  });
  return JSON.parse(stdout);
}

describe.each(["box-node-sdk-4", "box-node-sdk-3"])("%s", (packageName) => {
  test("signs in, acts, downloads, downscopes and revokes, and takes our token", async () => {
    const serviceAccount = sandbox.apps.sandbox?.box.serviceAccountId;
    expect(await runWith(packageName)).toEqual({
      service: serviceAccount,
      parallel: 1,
      user: sandbox.sample.managedUser.id,
      file: "This is summary.txt.\n",
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

  test("refuses plain HTTP, which is why the sandbox has TLS", async () => {
    await expect(runWith(packageName, sandbox.box.url)).rejects.toMatchObject({
      stderr: expect.stringMatching(/Protocol "http:" not supported/),
    });
  });
});
