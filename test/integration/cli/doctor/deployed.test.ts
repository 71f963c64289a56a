import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ACCOUNT, type Identity } from "../../../../sandbox/aws/identities.ts";
import { type Sandbox, startSandbox } from "../../../../sandbox/sandbox.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { boxSts } from "../../../support/terminal.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ apps: { ccg: { authentication: "client_credentials" } } });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.box.faults.clear());

const shellOf = ({ accessKeyId, secretAccessKey }: Identity): NodeJS.ProcessEnv => ({
  AWS_REGION: sandbox.region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
});
const caller = (name: string) => sandbox.callers[name] as Identity;
const url = () => ["--url", new URL(sandbox.tokenUrl).origin, "--app", "sandbox"];

interface Line {
  readonly check: string;
  readonly status: string;
  readonly app?: string;
  readonly code?: string;
  readonly next?: string;
  readonly summary: string;
}

async function doctor(args: readonly string[], env: NodeJS.ProcessEnv) {
  const { status, stdout, stderr } = await boxSts(["doctor", ...args, "--json"], env);
  expect(stderr).toBe("");
  const { checks, source } = JSON.parse(stdout) as { checks: Line[]; source: string };
  return { status, source, checks, states: checks.map((one) => `${one.check} ${one.status}`) };
}

/** Every check of a request to a token function, with one that failed: those before it are ok, those after it unknown. */
const failedAt = (check: string) => {
  const all = ["network", "clock", "credentials", "permission", "function", "policy", "secret", "token"];
  const at = all.indexOf(check);
  return all.map((one, index) => `${one} ${index < at ? "ok" : index === at ? "failed" : "skipped"}`);
};

describe("box-sts doctor of a token function", () => {
  test("reports each check that a request passed, by URL and by alias, and prints no token", async () => {
    const env = shellOf(caller("one-folder"));
    const alias = ["--function", "token-invoke", "--alias", "one-folder", "--app", "sandbox"];
    for (const [args, source] of [
      [url(), "url"],
      [alias, "function"],
    ] as const) {
      const report = await doctor(args, env);
      expect(report).toMatchObject({ status: 0, source });
      expect(report.states).toEqual(failedAt("nothing").map((one) => one.replace("skipped", "ok")));
      expect(report.checks.at(-1)).toMatchObject({
        facts: { scopes: ["base_explorer", "item_download", "item_preview"] },
      });
      expect(JSON.stringify(report)).not.toContain("1!");
    }
  });

  test("names the policy where it denies, and how to find the statement", async () => {
    const { status, states, checks } = await doctor(url(), shellOf(caller("nothing")));
    expect(status).toBe(1);
    expect(states).toEqual(failedAt("policy"));
    expect(checks.find((one) => one.status === "failed")).toMatchObject({
      code: "unauthorized_client",
      summary: expect.stringMatching(/ \(request_id [\da-f-]{36}\)$/),
      next: expect.stringMatching(
        /box-sts policy explain .* CALLER is alias:NAME for an alias, and the ARN /,
      ),
    });
  });

  test("takes the alias from the name", async () => {
    const args = ["--function", `${ACCOUNT}:token-invoke:everything`, "--app", "sandbox"];
    expect(await doctor(args, shellOf(caller("everything")))).toMatchObject({ status: 0 });
  });

  test("names IAM where it denies an alias that is another caller's", async () => {
    const args = ["--function", "token-invoke", "--alias", "everything"];
    const { states, checks } = await doctor(args, shellOf(caller("nothing")));
    expect(states).toEqual(failedAt("permission"));
    expect(checks.find((one) => one.status === "failed")?.code).toBe("not_permitted");
  });

  test("names Box where it refuses the app", async () => {
    sandbox.box.faults.inject("unauthorized-app");
    const env = shellOf(caller("everything"));
    const { states, checks } = await doctor(
      [...url(), "--subject", `user:${sandbox.sample.managedUser.id}`],
      env,
    );
    expect(states).toEqual(failedAt("token"));
    expect(checks.at(-1)).toMatchObject({
      code: "box_app_not_authorized",
      next: expect.stringContaining("HealthFunction"),
    });
  });

  test("names the credentials where there are none, and where AWS refuses them", async () => {
    for (const [name, value] of [
      ["AWS_CONFIG_FILE", "/dev/null"],
      ["AWS_SHARED_CREDENTIALS_FILE", "/dev/null"],
      ["AWS_EC2_METADATA_DISABLED", "true"],
    ] as const)
      vi.stubEnv(name, value);
    const without = await doctor(url(), { AWS_REGION: sandbox.region, PATH: "/nonexistent" });
    vi.unstubAllEnvs();
    expect(without.checks[0]).toMatchObject({
      check: "credentials",
      status: "failed",
      code: "no_credentials",
    });
    const env = { ...shellOf(caller("everything")), AWS_SECRET_ACCESS_KEY: "another" };
    const refused = await doctor(url(), env);
    expect(refused.checks.find((one) => one.status === "failed")).toMatchObject({
      check: "credentials",
      code: "credentials_refused",
    });
    expect(refused.states, "a check that was made is not reported as unknown").toEqual(
      failedAt("credentials"),
    );
    expect(JSON.stringify(refused.checks)).not.toContain("another");
  });

  test("names the network where nothing responds", async () => {
    const { status, checks } = await doctor(["--url", "http://127.0.0.1:9"], shellOf(caller("everything")));
    expect(status).toBe(1);
    expect(checks[0]).toMatchObject({ check: "network", code: "unreachable" });
  });
});

describe("box-sts doctor of the health function", () => {
  test("has a line for the policy and for each app", async () => {
    const { status, checks } = await doctor(["--function", "health"], shellOf(sandbox.operator));
    expect(status).toBe(0);
    expect(checks.slice(-3).map(({ check, app }) => [check, app])).toEqual([
      ["policy", undefined],
      ["token", "sandbox"],
      ["token", "ccg"],
    ]);
  });

  test("names the app that failed with the console page of its remedy", async () => {
    sandbox.box.faults.inject("key-removed");
    const { status, checks } = await doctor(["--function", "health"], shellOf(sandbox.operator));
    expect(status).toBe(1);
    expect(checks.filter((one) => one.status === "failed")).toMatchObject([
      {
        check: "token",
        app: "sandbox",
        code: "box_key_refused",
        next: expect.stringContaining("Public Keys"),
      },
    ]);
  });

  test("checks one app with --app, and reports the names for an unknown one", async () => {
    const args = ["--function", "health", "--app"];
    const one = await doctor([...args, "ccg"], shellOf(sandbox.operator));
    expect(one.checks.filter(({ app }) => app !== undefined).map(({ app }) => app)).toEqual(["ccg"]);
    const { status, checks } = await doctor([...args, "sandbocks"], shellOf(sandbox.operator));
    expect(status).toBe(1);
    expect(checks.find(({ status }) => status === "failed")).toMatchObject({
      check: "function",
      code: "unknown_app",
      summary: "The app must be one of: sandbox, ccg; without it all are checked. Did you mean sandbox?",
    });
  });

  test.each(["function:health", `${ACCOUNT}:health`, `${ACCOUNT}:function:health`])(
    "takes %s for a name without an alias",
    async (name) => {
      const { status, checks } = await doctor(["--function", name], shellOf(sandbox.operator));
      expect(checks.find((one) => one.check === "function")).toMatchObject({ status: "ok" });
      expect(status).toBe(0);
    },
  );

  test("names the function where IAM denies it to this identity", async () => {
    const { checks } = await doctor(["--function", "health"], shellOf(caller("everything")));
    expect(checks.find((one) => one.status === "failed")).toMatchObject({
      check: "permission",
      code: "not_permitted",
      summary: expect.stringContaining("(Function health, region us-east-1.)"),
    });
  });
});

test("box-sts doctor recognises the connections function, which is not the health function", async () => {
  const { url } = await loopbackServer(({ response }) => {
    response.writeHead(200, { "x-amz-function-error": "Unhandled" });
    response.end(
      JSON.stringify({ errorType: "InvalidRequest", errorMessage: "action must be one of: sweep." }),
    );
  });
  const env = { ...shellOf(sandbox.operator), AWS_ENDPOINT_URL_LAMBDA: url };
  const { status, checks } = await doctor(["--function", "connections"], env);
  expect(status).toBe(1);
  expect(checks.at(-1)).toMatchObject({
    code: "not_a_health_function",
    next: expect.stringContaining("HealthFunction"),
  });
});

test("box-sts doctor reports an error of the function that has the name of a property of objects", async () => {
  const { url } = await loopbackServer(({ response }) => {
    response.writeHead(200, { "x-amz-function-error": "Unhandled" });
    response.end(JSON.stringify({ errorType: "toString", errorMessage: "failed" }));
  });
  const env = { ...shellOf(sandbox.operator), AWS_ENDPOINT_URL_LAMBDA: url };
  const { status, checks } = await doctor(["--function", "health"], env);
  expect(status).toBe(1);
  expect(checks.filter((one) => one.status === "failed")).toMatchObject([
    { check: "function", code: "toString" },
  ]);
});

test.each([
  [[], "Name one of: --url, --function, --config."],
  [["--url", "https://example.com/"], "is not a Function URL"],
  [["--url", "http://127.0.0.1:9", "--offline"], "--offline works only with --config; leave it out."],
  [["--config", "a.json", "--subject", "enterprise:7"], "Write user:ID"],
  [["--function", "a:b:c"], "without an alias"],
  [["--config", "a.json", "--ofline"], "Did you mean --offline?"],
])("box-sts doctor %j is wrong use", async (args, text) => {
  const env = { AWS_REGION: "us-east-1" };
  const { status, stdout, stderr } = await boxSts(["doctor", ...args], env);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(text);
});
