import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Identity } from "../../../sandbox/aws/identities.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { FetchBrowser } from "../../support/authorize-front.ts";
import { connectUser } from "../../support/connect-user.ts";
import { boxSts } from "../../support/terminal.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true, apps: { crm: { authentication: "oauth2" } } });
});
afterAll(() => sandbox.close());
afterEach(() => vi.unstubAllEnvs());

const mona = () => sandbox.sample.managedUser.id;

/** The variables of a shell that is this identity. */
const shellOf = ({ accessKeyId, secretAccessKey }: Identity = sandbox.operator): NodeJS.ProcessEnv => ({
  AWS_REGION: sandbox.region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
});

const connections = (action: string, ...args: readonly string[]) =>
  boxSts(["connections", action, "--function", "connections", ...args], shellOf());

describe("box-sts connections", () => {
  test("lists who is connected and for how long, as a table and as JSON", async () => {
    expect(await connections("list")).toMatchObject({ status: 0, stdout: "No user is connected.\n" });
    await connectUser(sandbox, "crm", mona());
    const { status, stdout } = await connections("list", "--app", "crm");
    expect(status).toBe(0);
    const [head, row, ...more] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^APP\s+USER\s+LOGIN\s+DAYS LEFT\s+STATUS$/);
    expect(row).toMatch(new RegExp(`^crm\\s+${mona()}\\s+user@example.com\\s+(?:59|60)\\s+connected$`));
    expect(more).toEqual([]);
    const json = JSON.parse((await connections("list", "--json")).stdout);
    expect(json.connections).toEqual([
      expect.objectContaining({ app: "crm", userId: mona(), status: "connected" }),
    ]);
    expect(JSON.stringify(json)).not.toMatch(/token|secret/i);
  });

  test("disconnects a user, whose tokens end at Box, and reports a user who is not connected", async () => {
    await connectUser(sandbox, "crm", mona());
    const [refreshToken] = sandbox.box.connections.refreshTokens.slice(-1);
    const ended = await connections("disconnect", "--app", "crm", "--user", mona());
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(ended.stdout).toBe("The user is disconnected, and the tokens have ended at Box.\n");
    expect(sandbox.box.connections.refreshTokens).not.toContain(refreshToken);
    const again = await connections("disconnect", "--app", "crm", "--user", mona());
    expect([again.status, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toContain("[user_not_connected]");
  });

  test("prints a link that leads to Box's consent page", async () => {
    const { status, stdout } = await connections("link", "--app", "crm", "--user", mona(), "--days", "1");
    expect(status).toBe(0);
    const { status: redirect, location } = await new FetchBrowser().open(stdout.trim());
    expect(redirect).toBe(302);
    expect(location).toMatch(/\/api\/oauth2\/authorize\?/);
    const { url, expiresAt } = JSON.parse((await connections("link", "--app", "crm", "--json")).stdout);
    expect(url).toContain("/connect?invitation=");
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
  });
});

describe("box-sts connections says what is wrong", () => {
  test.each([
    ["with an app that is not configured", ["link", "--app", "crn"], 1, "crm"],
    ["with a number of days that is none", ["link", "--app", "crm", "--days", "week"], 2, "from 1 to 60"],
    ["with a user who is none", ["disconnect", "--app", "crm", "--user", "abc"], 2, "1 to 20 digits"],
    ["with an email address", ["link", "--app", "crm", "--user", "ann@example.com"], 2, "1 to 20 digits"],
    ["without a user", ["disconnect", "--app", "crm"], 2, "Give --user"],
    ["with a misspelt action", ["lst"], 2, "Did you mean list?"],
  ])("%s", async (_, [action = "", ...args], status, text) => {
    const result = await connections(action, ...args);
    expect([result.status, result.stdout]).toEqual([status, ""]);
    expect(result.stderr).toContain(text);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  test("with whether the same command can succeed later, and the request of the function's log", async () => {
    await connectUser(sandbox, "crm", mona());
    const user = ["--app", "crm", "--user", mona(), "--json"];
    sandbox.box.faults.inject("server-error", { on: "revoke" });
    const [failed, text] = [
      await connections("disconnect", ...user),
      await connections("disconnect", ...user.slice(0, -1)),
    ];
    sandbox.box.faults.clear();
    const { error } = JSON.parse(failed.stdout);
    expect(error).toMatchObject({ code: "box_unavailable", retryable: true });
    expect(error.request_id).toMatch(/^[\da-f-]{36}$/);
    expect(text.stderr).toMatch(/ Nothing was removed\. \(request_id [\da-f-]{36}\) \[box_unavailable\]\n$/);
    await connections("disconnect", ...user);
    const unknown = JSON.parse((await connections("disconnect", ...user)).stdout);
    expect(unknown.error).toMatchObject({ code: "user_not_connected", retryable: false });
  });

  test("with a code that docs/problems.md has, and the function's own sentence", async () => {
    const { stderr } = await connections("link", "--app", "crn");
    expect(stderr).toBe(
      "box-sts connections link: The app must be one of: crm. Did you mean crm? [invalid_request]\n",
    );
    const args = ["--app", "crn", "--user", "1", "--json"];
    const { error } = JSON.parse((await connections("disconnect", ...args)).stdout);
    expect(error).toEqual({
      code: "invalid_request",
      message:
        "The app must be one of: crm. Did you mean crm? With force, the connection of an app that is not configured any more is removed.",
    });
  });

  test.each([
    ["link", "--app", "crm"],
    ["disconnect", "--app", "crm", "--user", "1"],
  ])("where %s is sent to another function", async (action, ...args) => {
    const result = await boxSts(["connections", action, "--function", "health", ...args], shellOf());
    expect([result.status, result.stdout]).toEqual([1, ""]);
    expect(result.stderr).toContain("[not_a_connections_function]");
  });

  test.each([
    ["a function that does not exist", ["--function", "conections"], "[function_not_found]", 1],
    ["another function", ["--function", "health"], "[not_a_connections_function]", 1],
    ["an alias, which this function has not", ["--function", "connections:live"], "without an alias", 2],
  ])("with %s", async (_, args, text, status) => {
    const result = await boxSts(["connections", "list", ...args], shellOf());
    expect([result.status, result.stdout]).toEqual([status, ""]);
    expect(result.stderr).toContain(text);
  });

  test("to a caller whom IAM does not let invoke the function, also as JSON", async () => {
    const args = ["connections", "list", "--function", "connections", "--json"];
    const { status, stdout } = await boxSts(args, shellOf(sandbox.callers.everything));
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe("not_permitted");
  });
});
