import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { loopbackServer } from "../support/loopback-server.ts";
import { turn } from "../support/virtual-clock.ts";

const FUNCTIONS = join(import.meta.dirname, "../../dist/functions");

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.coldStart(sandbox.environment));

const invoke = () =>
  sandbox.functions.tokenInvoke.invoke({}, { qualifier: sandbox.callers.everything!.alias });

const environment = () => ({
  ...sandbox.environment,
  AWS_REGION: sandbox.region,
  BOX_STS_CALLER: "alias",
});
/** The variables of each function, as it is deployed without a shared cache. */
const withoutTable = (name: string) => ({
  ...environment(),
  BOX_STS_CALLER: name === "token-url" ? "function-url" : "alias",
});
const TABLE = { BOX_STS_TABLE: "box-sts-tokens", BOX_STS_SERVICE_SECRET: "box-sts-service-secret" };
/** The second argument of a handler, as source. */
const contextOf = () => {
  const arn = `arn:aws:lambda:us-east-1:123456789012:function:token-invoke:${sandbox.callers.everything!.alias}`;
  return `{ awsRequestId: "request-1", invokedFunctionArn: "${arn}", getRemainingTimeInMillis: () => 30_000 }`;
};
/** Prints the URL of every module that is loaded from a file. */
const LISTED = `
  import { registerHooks } from "node:module";
  registerHooks({ load(url, context, next) { if (url.startsWith("file:")) console.log(url); return next(url, context); } });`;

/** The function's own files, by name, that a script loads. */
async function filesLoaded(name: string, script: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    scriptArguments(`${LISTED}\n${script}\nprocess.exit();`),
    { env },
  );
  const folder = pathToFileURL(join(FUNCTIONS, name, "/")).href;
  return stdout
    .split("\n")
    .filter((url) => url.startsWith(folder))
    .map((url) => url.slice(folder.length));
}

const filesLoadedBy = (name: string, env: NodeJS.ProcessEnv) =>
  filesLoaded(name, `await import(${JSON.stringify(join(FUNCTIONS, name, "index.mjs"))});`, env);
const scriptArguments = (script: string) => ["--input-type=module", "-e", script];

describe("a built function", () => {
  it("is one file, with what a table needs too and what packages load on demand beside it", () => {
    const partsOf = (name: string) =>
      readdirSync(join(FUNCTIONS, name))
        .map((file) => file.replace(/-[0-9A-Z]{8}\./, "."))
        .toSorted();
    for (const name of ["authorize", "connections"])
      expect(partsOf(name)).toEqual(["index.mjs", "on-demand"]);
    expect(partsOf("health")).toEqual(["authorizations.mjs", "chunk.mjs", "index.mjs", "on-demand"]);
    for (const name of ["token-invoke", "token-url"]) {
      expect(partsOf(name)).toEqual(["chunk.mjs", "index.mjs", "on-demand", "shared-cache.mjs"]);
    }
  });

  it.each(["token-url", "token-invoke"])(
    "%s loads nothing of DynamoDB without a table, and its client with one",
    async (name) => {
      const isOfDynamoDb = (file: string) =>
        readFileSync(join(FUNCTIONS, name, file), "utf8").includes("DynamoDB_20120810");
      const ofDynamoDb = readdirSync(join(FUNCTIONS, name)).filter(
        (file) => file.endsWith(".mjs") && isOfDynamoDb(file),
      );
      expect(ofDynamoDb).toEqual([expect.stringMatching(/^shared-cache-/)]);
      const without = await filesLoadedBy(name, withoutTable(name));
      const withTable = await filesLoadedBy(name, { ...withoutTable(name), ...TABLE });
      expect(without.filter(isOfDynamoDb)).toEqual([]);
      expect(withTable.toSorted()).toEqual([...without, ...ofDynamoDb].toSorted());
    },
  );

  it("loads nothing of DynamoDB for a token, where there is no table", async () => {
    const script = `
      const { handler } = await import(${JSON.stringify(join(FUNCTIONS, "token-invoke/index.mjs"))});
      const { access_token } = await handler({}, ${contextOf()});
      if (access_token === undefined) throw new Error("no token");`;
    const loaded = await filesLoaded("token-invoke", script, environment());
    expect(loaded).toContain("index.mjs");
    expect(loaded.filter((file) => file.startsWith("shared-cache"))).toEqual([]);
  });

  it("loads neither web streams, nor the promises of node:fs, nor WebCrypto when it starts", async () => {
    const script = `
      await import(${JSON.stringify(join(FUNCTIONS, "token-invoke/index.mjs"))});
      console.log(process.moduleLoadList.join());
      process.exit();`;
    const { stdout: loaded } = await promisify(execFile)(process.execPath, scriptArguments(script), {
      env: environment(),
    });
    expect(loaded).toContain("NativeModule https");
    expect(loaded).not.toMatch(/webstreams|internal\/fs\/promises|readline|crypto\/webidl/);
  });

  it("loads WebCrypto, with which jose signs, before Secrets Manager has responded", async () => {
    const gate = Promise.withResolvers<void>();
    sandbox.secretsManager.faults.inject("slow", { until: gate.promise, times: 1 });
    const script = `
      const { handler } = await import(${JSON.stringify(join(FUNCTIONS, "token-invoke/index.mjs"))});
      const token = handler({}, ${contextOf()});
      const isLoaded = () => process.moduleLoadList.some((name) => name.includes("crypto/webidl"));
      while (!isLoaded()) await new Promise(setImmediate);
      process.stdout.write("LOADED\\n");
      process.stdout.write((await token).access_token ? "TOKEN\\n" : "NOTHING\\n");
      process.stdout.write(process.moduleLoadList.join() + "\\n", () => process.exit());`;
    const child = execFile(process.execPath, scriptArguments(script), { env: environment() });
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      if (output.includes("LOADED")) gate.resolve();
    });
    await new Promise((ended) => child.once("close", ended));
    expect(output).toMatch(/^LOADED\n(?:.*\n)*TOKEN\n/);
    // What the clock needs, and neither `performance` nor what else a first token can do without.
    expect(output).not.toMatch(/perf_hooks|internal\/fs\/promises|readline/);
  });

  it("gets its credentials from a container's endpoint, with code that it loads on demand", async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = sandbox.environment;
    const server = await loopbackServer(({ response }) => {
      const keys = { AccessKeyId: AWS_ACCESS_KEY_ID, SecretAccessKey: AWS_SECRET_ACCESS_KEY };
      response.end(JSON.stringify({ ...keys, Token: AWS_SESSION_TOKEN, Expiration: "2999-01-01T00:00:00Z" }));
    });
    await sandbox.coldStart({
      ...{ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "" },
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials`,
    });
    expect(await invoke()).toMatchObject({ ok: true, payload: expect.stringContaining("access_token") });
    expect(server.requests.map(({ path }) => path)).toContain("/credentials");
  });

  it("has connected to Box before Secrets Manager responds", async () => {
    const box = await loopbackServer(({ response }) => response.writeHead(500).end());
    await sandbox.coldStart({ BOX_API_URL: box.url });
    const gate = Promise.withResolvers<void>();
    sandbox.secretsManager.faults.inject("slow", { until: gate.promise, times: 1 });
    const response = invoke();
    while (box.connections() === 0) await turn();
    expect(box.requests).toEqual([]);
    gate.resolve();
    expect(await response).toMatchObject({ ok: false });
    expect(box.requests.length).toBeGreaterThan(0);
  });
});
