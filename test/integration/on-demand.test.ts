import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { loopbackServer } from "../support/loopback-server.ts";

const FUNCTION = join(import.meta.dirname, "../../dist/functions/token-invoke/index.mjs");
const INVOKE = join(import.meta.dirname, "../../bench/invoke-once.mjs");

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

it("the built function gets its credentials from a container's endpoint, with code that it loads on demand", async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...environment } = functionEnvironment(sandbox);
  const server = await loopbackServer(({ response }) => {
    const keys = { AccessKeyId: AWS_ACCESS_KEY_ID, SecretAccessKey: AWS_SECRET_ACCESS_KEY, Token: "" };
    response.end(JSON.stringify({ ...keys, Expiration: "2999-01-01T00:00:00Z" }));
  });
  const { stdout } = await promisify(execFile)(process.execPath, [INVOKE, FUNCTION], {
    env: { ...environment, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials` },
  });
  expect(stdout).toContain("TOKEN\n");
  expect(server.requests.map(({ path }) => path)).toEqual(["/credentials"]);
});
