import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import validate from "asl-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT_PROBLEMS } from "../../client/errors.ts";
import type { Caller } from "../../sandbox/sample/callers.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { EXAMPLES, exampleEnvironment, listFolderTests } from "../integration/list-folder-tests.ts";

const run = promisify(execFile);
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

/** The lambda's handler, called as Lambda would, in a process of its own. */
const HARNESS = `
const { handler } = await import(process.argv[1]);
const outcome = await handler({ folder: process.argv[2] }).catch((error) => ({ errorType: error.name }));
console.log(JSON.stringify(outcome));`;
const lambda = async (folder: string, caller?: Caller) => {
  const args = ["--input-type=module", "-e", HARNESS, join(EXAMPLES, "lambda/index.mjs"), folder];
  return JSON.parse((await run(process.execPath, args, { env: exampleEnvironment(sandbox, caller) })).stdout);
};
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

// The script in Python is in `test/programs`.
listFolderTests("node", process.execPath, "node/list-folder.mjs", () => sandbox);

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
