import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import validate from "asl-validator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CLIENT_PROBLEMS } from "../../client/errors.ts";
import type { Caller } from "../../sandbox/callers.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const run = promisify(execFile);
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => {
  for (const faults of Object.values(sandbox.faults)) faults.clear();
});

function environment(caller: Caller = sandbox.callers.everything!): NodeJS.ProcessEnv {
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

/** The lambda's handler, called as Lambda would, in a process of its own. */
const HARNESS = `
const { handler } = await import(process.argv[1]);
const outcome = await handler({ folder: process.argv[2] }).catch((error) => ({ errorType: error.name }));
console.log(JSON.stringify(outcome));`;
const lambda = async (folder: string, caller?: Caller) => {
  const args = ["--input-type=module", "-e", HARNESS, join(EXAMPLES, "lambda/index.mjs"), folder];
  return JSON.parse((await run(process.execPath, args, { env: environment(caller) })).stdout);
};
const script = (command: string, file: string) => (caller?: Caller) =>
  run(command, [join(EXAMPLES, file), sandbox.sample.reports.id], { env: environment(caller) });

describe("the Lambda", () => {
  test("lists the folder", async () => {
    const names = (await lambda(sandbox.sample.reports.id)).map(({ name }: { name: string }) => name);
    expect(names).toEqual(["2026", "summary.txt"]);
  });

  test("throws a refusal by its code, for Step Functions", async () => {
    const { nothing } = sandbox.callers;
    expect(await lambda(sandbox.sample.reports.id, nothing)).toEqual({ errorType: "unauthorized_client" });
  });
});

const hasBoto3 = spawnSync("python3", ["-c", "import boto3"]).status === 0;

describe.each([
  ["node", true, script(process.execPath, "node/list-folder.mjs")],
  ["python", hasBoto3, script("python3", "python/list_folder.py")],
] as const)("the %s script", (_, possible, start) => {
  test.skipIf(!possible)("lists the folder", async () => {
    expect((await start()).stdout).toMatch(/^folder\t\d+\t2026\nfile\t\d+\tsummary\.txt\n$/);
  });

  test.skipIf(!possible)("gets another token when Box refuses the first", async () => {
    await start();
    sandbox.box.tokens.expire();
    sandbox.freeze(10_000);
    expect((await start()).stdout).toContain("summary.txt");
  });

  test.skipIf(!possible)("reports a refusal by its code and whether a retry can help", async () => {
    await expect(start(sandbox.callers.nothing)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^unauthorized_client: The policy does not allow.* \(request [0-9a-f-]+\)\n$/,
      ),
    });
    await sandbox.coldStart();
    sandbox.box.faults.inject("rate-limited", { retryAfterSeconds: 600 });
    await expect(start()).rejects.toMatchObject({
      code: 75,
      stderr: expect.stringMatching(/^box_rate_limited: /),
    });
  });
});

describe("the state machine", () => {
  interface Task {
    readonly Retry: readonly { readonly ErrorEquals: readonly string[] }[];
    readonly Catch: readonly { readonly ErrorEquals: readonly string[] }[];
  }
  const machine = JSON.parse(readFileSync(join(EXAMPLES, "step-functions/list-folder.asl.json"), "utf8"));
  const { Retry, Catch } = machine.States["List the folder"] as Task;
  const ours = (name: string) => /^[a-z_]+$/.test(name);
  const all: Record<string, { retryable: boolean }> = { ...PROBLEMS, ...CLIENT_PROBLEMS };

  test("is valid by the Amazon States Language", () => {
    const { isValid, errors } = validate(machine);
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
  });

  test("retries every code that is retryable, and no other", () => {
    const retried = Retry.flatMap(({ ErrorEquals }) => ErrorEquals).filter(ours);
    const retryable = Object.keys(all).filter((code) => all[code]?.retryable);
    expect(retried.sort()).toEqual(retryable.sort());
  });

  test("distinguishes every refusal from a failure", () => {
    const [refused, ...others] = Catch.map(({ ErrorEquals }) => ErrorEquals);
    const codes = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => PROBLEMS[code].status === 403);
    expect([...(refused ?? [])].sort()).toEqual(codes.sort());
    expect(others).toEqual([["States.ALL"]]);
  });
});

test("every file of the examples is named in their README", () => {
  const readme = readFileSync(join(EXAMPLES, "README.md"), "utf8");
  for (const file of [
    "lambda/index.mjs",
    "node/list-folder.mjs",
    "python/list_folder.py",
    "step-functions/list-folder.asl.json",
  ]) {
    expect(readme).toContain(`(${file})`);
  }
});
