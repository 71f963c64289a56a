import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Caller } from "../../../sandbox/sample/callers.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    callers: ["extra"],
    apps: { ccg: { authentication: "client_credentials" } },
  });
});
afterAll(() => sandbox.close());

async function request(caller: Caller | undefined, event: object = { app: "sandbox" }) {
  const { region, invokeUrl: endpoint } = sandbox;
  const client = new LambdaClient({ region, endpoint, credentials: caller!, maxAttempts: 1 });
  const Payload = Buffer.from(JSON.stringify(event));
  const input = { FunctionName: "token-invoke", Qualifier: caller!.alias, Payload };
  const response = await client.send(new InvokeCommand(input));
  return JSON.parse(Buffer.from(response.Payload!).toString());
}

test("each caller of the sample policy gets what the start-up text lists", async () => {
  const { everything, "one-folder": oneFolder, nothing, extra } = sandbox.callers;
  expect(await request(everything)).toMatchObject({ token_type: "bearer" });
  const narrow = await request(oneFolder);
  expect(narrow.scope.split(" ").sort()).toEqual(["base_explorer", "item_download", "item_preview"]);
  expect(narrow.restricted_to[0].object.id).toBe(sandbox.sample.reports.id);
  for (const caller of [nothing, extra]) {
    expect(await request(caller)).toMatchObject({ errorType: "unauthorized_client" });
  }
});

test("another policy can be deployed while it runs", async () => {
  const { extra, everything } = sandbox.callers;
  const statement = {
    id: "extra",
    caller: { alias: "extra" },
    app: "ccg",
    subjects: ["enterprise"],
    unrestricted: true,
  };
  await sandbox.deployPolicy({ version: 1, statements: [statement] });
  expect(await request(extra, { app: "ccg" })).toMatchObject({ token_type: "bearer" });
  expect(await request(everything)).toMatchObject({ errorType: "unauthorized_client" });
  await sandbox.deployPolicy("not even JSON");
  expect(await request(extra, { app: "ccg" })).toMatchObject({ errorType: "policy_unavailable" });
});

test("a key can be rotated while it runs, with or without the old one staying", async () => {
  const { box } = sandbox.apps.sandbox!;
  const [first] = box.publicKeys.keys();
  await sandbox.rotateKey("sandbox", { keepOld: true });
  expect(box.publicKeys.size).toBe(2);
  await sandbox.rotateKey();
  expect(box.publicKeys.size).toBe(1);
  expect(box.publicKeys.has(first!)).toBe(false);
  const { versions } = sandbox.secretsManager.secrets.get("box-sts/sandbox")!;
  const labels = [...versions.values()].map(({ stages }) => [...stages]);
  expect(labels).toEqual([[], ["AWSPREVIOUS"], ["AWSCURRENT"]]);
});

test("a cold start forgets what the function had in memory", async () => {
  const before = sandbox.functions.tokenInvoke.coldStarts;
  await sandbox.coldStart();
  await request(sandbox.callers.extra, { app: "ccg" });
  expect(sandbox.functions.tokenInvoke.coldStarts).toBe(before + 1);
});

test("several run side by side, and closing one leaves nothing of it", async () => {
  const other = await startSandbox();
  expect(other.tokenUrl).not.toBe(sandbox.tokenUrl);
  expect(existsSync(other.configPath!)).toBe(true);
  await other.close();
  expect(existsSync(dirname(other.configPath!))).toBe(false);
  await expect(fetch(other.box.url)).rejects.toThrow();
  await other.close();
});

test("the sandbox names the functions that are not built", async () => {
  await expect(startSandbox({ bundles: "/nowhere" })).rejects.toThrow(
    "The built function /nowhere/token-url/index.mjs is missing. Run npm run build.",
  );
});
