import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, type TestOptions, test } from "vitest";
import type { Caller } from "../../sandbox/sample/callers.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

export const EXAMPLES = join(import.meta.dirname, "../../examples");

/** What an example is given: the caller in AWS, and the sandbox instead of AWS and of Box. */
export function exampleEnvironment(
  sandbox: Sandbox,
  caller: Caller = sandbox.callers.everything!,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: "/nonexistent",
    AWS_ACCESS_KEY_ID: caller.accessKeyId,
    AWS_SECRET_ACCESS_KEY: caller.secretAccessKey,
    AWS_REGION: sandbox.region,
    AWS_DEFAULT_REGION: sandbox.region,
    AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
    BOX_STS_FUNCTION: sandbox.functions.tokenInvoke.name,
    BOX_STS_ALIAS: caller.alias,
    BOX_STS_URL: sandbox.tokenUrl,
    BOX_URL: sandbox.box.url,
  };
}

/** What the example that lists a folder does, in whichever language it is. */
export function listFolderTests(
  language: string,
  command: string,
  file: string,
  sandbox: () => Sandbox,
  options: TestOptions = {},
): void {
  const start = (caller?: Caller) =>
    promisify(execFile)(command, [join(EXAMPLES, file), sandbox().sample.reports.id], {
      env: exampleEnvironment(sandbox(), caller),
    });

  describe(`the ${language} script`, options, () => {
    beforeEach(() => {
      for (const faults of Object.values(sandbox().faults)) faults.clear();
    });

    test("lists the folder", async () => {
      expect((await start()).stdout).toMatch(/^folder\t\d+\t2026\nfile\t\d+\tsummary\.txt\n$/);
    });

    test("gets another token when Box refuses the first", async () => {
      await start();
      sandbox().box.tokens.expire();
      sandbox().freeze(10_000);
      expect((await start()).stdout).toContain("summary.txt");
    });

    test("reports a refusal by its code and whether a retry can help", async () => {
      await expect(start(sandbox().callers.nothing)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^unauthorized_client: The policy does not allow.* \(request [0-9a-f-]+\)\n$/,
        ),
      });
      await sandbox().coldStart();
      sandbox().box.faults.inject("rate-limited", { retryAfterSeconds: 600 });
      await expect(start()).rejects.toMatchObject({
        code: 75,
        stderr: expect.stringMatching(/^box_rate_limited: /),
      });
    });
  });
}
