import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { functionUrlEvent } from "../../sandbox/lambda/function-url-event.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { judgeLogLine } from "../support/audit-lines.ts";
import { type RuntimeApi, startRuntimeApi } from "../support/runtime-api.ts";
import { needs } from "./needs.ts";
import { LAMBDA_RIC } from "./programs.ts";

/** The bundles as Lambda runs them: inside AWS's own runtime client. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let sandbox: Sandbox;
let runtime: RuntimeApi | undefined;
let child: ChildProcess | undefined;
let output: string;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox?.close());
afterEach(() => {
  child?.kill("SIGKILL");
  runtime?.close();
});

async function start(name: "token-url" | "token-invoke"): Promise<RuntimeApi> {
  const started = await startRuntimeApi();
  runtime = started;
  output = "";
  child = spawn(process.execPath, [LAMBDA_RIC, "index.handler"], {
    cwd: join(ROOT, "dist/functions", name),
    env: {
      ...sandbox.environment,
      AWS_LAMBDA_RUNTIME_API: started.address,
      LAMBDA_TASK_ROOT: join(ROOT, "dist/functions", name),
      _HANDLER: "index.handler",
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "1",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/21/[1]0",
      AWS_REGION: sandbox.region,
      BOX_STS_CALLER: name === "token-url" ? "function-url" : "alias",
    },
  });
  child.on("error", (error) => started.abort(error));
  child.on("exit", (code) => started.abort(new Error(`the runtime client ended with ${code}: ${output}`)));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  return started;
}

const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

describe("inside aws-lambda-ric", needs("aws-lambda-ric (npm ci --prefix tools/lambda-ric)"), () => {
  test("token-invoke responds to its alias, the second time from its cache", async () => {
    const api = await start("token-invoke");
    const invokeAlias = () => api.invoke({}, `${arn("token-invoke")}:everything`);
    const [first, second] = [await invokeAlias(), await invokeAlias()];
    expect(first).toMatchObject({ ok: true, payload: expect.stringContaining('"token_type":"bearer"') });
    const token = (reported: typeof first) => reported.ok && JSON.parse(reported.payload).access_token;
    expect(token(second)).toBe(token(first));
    expect(output).toContain('"kind":"audit"');
    for (const line of output.split("\n")) judgeLogLine(line);
    expect(output).not.toContain(token(first));
  });

  test("token-invoke throws a refusal by its code, with an empty stack", async () => {
    const api = await start("token-invoke");
    const reported = await api.invoke({}, arn("token-invoke"));
    expect(reported).toMatchObject({
      ok: false,
      error: {
        errorType: "unauthorized_client",
        errorMessage: expect.stringContaining('"code":"unauthorized_client"'),
      },
    });
    expect(JSON.stringify(reported)).not.toMatch(/\bat .*index\.mjs/);
  });

  test("token-url responds to a Function URL's event", async () => {
    const api = await start("token-url");
    const request = {
      method: "POST",
      path: "/oauth2/token",
      query: "",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from("box_subject_type=enterprise"),
      tooLarge: false,
    };
    const event = functionUrlEvent(request, sandbox.callers.everything!, sandbox.region, "r-1", Date.now());
    const reported = await api.invoke(event, arn("token-url"));
    expect(reported.ok && JSON.parse(reported.payload)).toMatchObject({
      statusCode: 200,
      headers: { "cache-control": "no-store" },
      body: expect.stringContaining('"access_token"'),
    });
  });
});
