import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Caller } from "../../../sandbox/sample/callers.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { boxSts } from "../../support/terminal.ts";

let sandbox: Sandbox;
const folder = mkdtempSync(join(tmpdir(), "box-sts-token-"));
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => sandbox.box.requests.clear());

/** The variables of a shell that is this caller. */
const shellOf = (name: string): NodeJS.ProcessEnv => {
  const { accessKeyId, secretAccessKey } = sandbox.callers[name] as Caller;
  return {
    AWS_REGION: sandbox.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
  };
};
const byUrl = () => ["token", "--url", new URL(sandbox.tokenUrl).origin];
const byInvoke = () => [
  "token",
  "--function",
  "token-invoke",
  "--alias",
  sandbox.callers.everything?.alias ?? "",
];
const byConfig = () => ["token", "--config", sandbox.configPath ?? ""];

/** Whose token it is, by Box. */
async function loginOf(authorization: string): Promise<string> {
  const response = await fetch(`${sandbox.box.url}/2.0/users/me`, { headers: { authorization } });
  return ((await response.json()) as { id: string }).id;
}
const serviceAccount = () => sandbox.apps.sandbox?.box.serviceAccountId;

describe("box-sts token", () => {
  test("prints, by URL, by invoke and by config file, a token that Box accepts, as a shell's variable", async () => {
    for (const args of [byUrl(), byInvoke(), byConfig()]) {
      const env = { ...shellOf("everything"), BOX_API_URL: sandbox.box.url };
      const { status, stdout, stderr } = await boxSts(args, env);
      expect([status, stderr]).toEqual([0, ""]);
      const [, token] = /^export BOX_ACCESS_TOKEN='([^']+)'\n$/.exec(stdout) ?? [];
      expect(await loginOf(`Bearer ${token}`)).toBe(serviceAccount());
    }
  });

  test("prints a header that curl takes", async () => {
    const { stdout } = await boxSts([...byUrl(), "--format", "header"], shellOf("everything"));
    const [, value = ""] = /^Authorization: (Bearer \S+)\n$/.exec(stdout) ?? [];
    expect(await loginOf(value)).toBe(serviceAccount());
  });

  test("prints JSON with the scopes and the folder that the token is bound to, from each source", async () => {
    const resource = `https://api.box.com/2.0/folders/${sandbox.sample.reports.id}`;
    for (const source of [byUrl(), byConfig()]) {
      const args = [...source, "--scope", "item_preview", "--resource", resource, "--json"];
      const env = { ...shellOf("everything"), BOX_API_URL: sandbox.box.url };
      const { status, stdout } = await boxSts(args, env);
      expect(status).toBe(0);
      const printed = JSON.parse(stdout);
      expect(printed).toMatchObject({ token_type: "bearer", access_token: expect.stringMatching(/^1!/) });
      expect(printed.expires_in).toBeGreaterThan(3000);
      expect(printed.restricted_to).toMatchObject([{ scope: "item_preview", object: { type: "folder" } }]);
    }
  });

  test("gets a user's token with --subject", async () => {
    const { managedUser } = sandbox.sample;
    for (const source of [byInvoke(), byConfig()]) {
      const env = { ...shellOf("everything"), BOX_API_URL: sandbox.box.url };
      const args = [...source, "--subject", `user:${managedUser.id}`, "--format", "json"];
      const { access_token } = JSON.parse((await boxSts(args, env)).stdout);
      expect(await loginOf(`Bearer ${access_token}`)).toBe(managedUser.id);
    }
  });

  test("warns on the standard error where a person sees the token", async () => {
    const { status, stdout, stderr } = await boxSts(byUrl(), shellOf("everything"), true);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^export /);
    expect(stderr).toContain("The token is on your screen");
    expect(stderr).not.toContain("1!");
  });

  test("exits with status 1 and the code where the policy refuses, as a sentence and as JSON", async () => {
    const { status, stdout, stderr } = await boxSts(byUrl(), shellOf("nothing"));
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^box-sts token: .+ \(request_id [\da-f-]{36}\) \[unauthorized_client\]\n$/);
    const json = await boxSts([...byUrl(), "--json"], shellOf("nothing"));
    expect(json).toMatchObject({ status: 1, stderr: "" });
    expect(JSON.parse(json.stdout).error).toMatchObject({ code: "unauthorized_client", retryable: false });
  });

  test("says of an alias of another caller whose it is, and advises no grant, as doctor does", async () => {
    const other = shellOf("nothing");
    const advice =
      "This alias belongs to another caller. Use the alias that the deployment grants to your role, or have the operator add your role to `callers`.";
    const { status, stderr } = await boxSts(byInvoke(), other);
    expect(status).toBe(1);
    expect(stderr).toContain(advice);
    expect(stderr).toMatch(/ \[not_permitted\]\n$/);
    const doctor = await boxSts(["doctor", ...byInvoke().slice(1)], other);
    expect(doctor.stdout).toContain(advice);
    expect(doctor.stdout + stderr).not.toContain("lambda:");
  });

  test("exits with status 1 and Box's reason where Box refuses the config file", async () => {
    const app = sandbox.apps.sandbox!;
    const path = join(folder, "stale.json");
    const boxAppSettings = { ...app.config.boxAppSettings, clientID: "notregisteredatbox0000000000000" };
    writeFileSync(path, JSON.stringify({ ...app.config, boxAppSettings }));
    const env = { BOX_API_URL: sandbox.box.url };
    const { status, stdout, stderr } = await boxSts(["token", "--config", path], env);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^box-sts token: .+ \[\w+\]\n$/);
    expect(stderr).not.toContain(app.config.boxAppSettings.clientSecret);
  });

  test("names a config file whose passphrase is wrong, and no service", async () => {
    const app = sandbox.apps.sandbox!;
    const path = join(folder, "passphrase.json");
    const { boxAppSettings } = app.config;
    const appAuth = { ...boxAppSettings.appAuth, passphrase: "another" };
    writeFileSync(path, JSON.stringify({ ...app.config, boxAppSettings: { ...boxAppSettings, appAuth } }));
    const { status, stdout, stderr } = await boxSts(["token", "--config", path]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      `box-sts token: ${path} is no usable Box config. /boxAppSettings/appAuth/privateKey: The private key does not open with the passphrase: it is another key's, or a character of either is damaged. Take key and passphrase from the same config.json, which Box offers once for each key pair.\n`,
    );
  });

  test("sends a person whose config names a key in AWS KMS to the token function", async () => {
    const path = join(folder, "kms.json");
    const { clientID, clientSecret } = sandbox.apps.sandbox!.config.boxAppSettings;
    const boxAppSettings = { clientID, clientSecret, appAuth: { publicKeyID: "ab", kmsKeyId: "alias/box" } };
    writeFileSync(path, JSON.stringify({ boxAppSettings, enterpriseID: "1" }));
    const { status, stdout, stderr } = await boxSts(["token", "--config", path]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/kmsKeyId: AWS KMS has the private key.*--function or --url/);
  });

  test("advises a person with a config file, and no operator of a service, where Box refuses it", async () => {
    const app = sandbox.apps.sandbox!;
    const path = join(folder, "other-key.json");
    const { boxAppSettings } = app.config;
    const appAuth = { ...boxAppSettings.appAuth, publicKeyID: "unknown1" };
    writeFileSync(path, JSON.stringify({ ...app.config, boxAppSettings: { ...boxAppSettings, appAuth } }));
    const { status, stderr } = await boxSts(["token", "--config", path], { BOX_API_URL: sandbox.box.url });
    expect(status).toBe(1);
    expect(stderr).toContain("Compare publicKeyID with the keys listed there.");
    expect(stderr).toMatch(/ \[box_key_refused\]\n$/);
    expect(stderr).not.toMatch(/operator|secret|request_id/);
  });

  test("names its own options where Box knows no such user", async () => {
    const env = { ...shellOf("everything"), BOX_API_URL: sandbox.box.url };
    for (const [source, advice] of [
      [byInvoke(), "Check --subject. "],
      [byConfig(), "Check that 404404 is the id of a user of this enterprise;"],
    ] as const) {
      const { status, stderr } = await boxSts([...source, "--subject", "user:404404"], env);
      expect(status).toBe(1);
      expect(stderr).toContain(advice);
      expect(stderr).toMatch(/ \[box_subject_refused\]\n$/);
    }
  });

  test("takes the credentials that the AWS CLI has for the profile, where no variable has any", async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...others } = shellOf("everything");
    const exported = { Version: 1, AccessKeyId: AWS_ACCESS_KEY_ID, SecretAccessKey: AWS_SECRET_ACCESS_KEY };
    const command = join(folder, "aws");
    const expected = "configure export-credentials --format process of work";
    writeFileSync(
      command,
      `#!/bin/sh\n[ "$* of $AWS_PROFILE" = "${expected}" ] && echo '${JSON.stringify(exported)}'\n`,
    );
    chmodSync(command, 0o755);
    // Files and services of this machine must not be tried first.
    const nowhere = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null", HOME: folder };
    for (const [name, value] of Object.entries({ ...nowhere, AWS_EC2_METADATA_DISABLED: "true" })) {
      vi.stubEnv(name, value);
    }
    try {
      const env = { ...others, PATH: folder, AWS_PROFILE: "work" };
      expect(await boxSts(byUrl(), env)).toMatchObject({ status: 0, stderr: "" });
      const without = await boxSts(byUrl(), { ...others, PATH: "/nonexistent" });
      expect(without.status).toBe(1);
      expect(without.stderr).toContain("[no_credentials]");
      const misspelt = await boxSts(byUrl(), { ...env, AWS_PROFILE: "wrok" });
      expect(misspelt.stderr).toContain(
        "aws sts get-caller-identity reports what is wrong with it. [no_cred",
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test.each([
  [[], "Name one of: --url, --function, --config."],
  [["--url", "a", "--config", "b"], "Name only one of: --url, --function, --config."],
  [["--url", "https://x.example/", "--alias", "a"], "--alias has no meaning with --url; leave it out."],
  [["--config", "a", "--app", "b"], "--app has no meaning with --config; leave it out."],
  [["--config", "/nonexistent"], "/nonexistent cannot be read: there is no such file."],
  [["--config", "package.json"], "package.json is no usable Box config."],
  [["--url", "a", "--subject", "42"], "--subject is 42; write enterprise, enterprise:ID or user:ID."],
  [["--url", "a", "--min-ttl", "soon"], "--min-ttl is soon; write a whole number of seconds, 0 to 1500."],
  [["--url", "a", "--min-ttl", "1501"], "--min-ttl is 1501; write a whole number of seconds, 0 to 1500."],
  [["--url", "a", "--format", "yaml"], "--format is yaml; write one of: env, header, json."],
  [["--url", "https://example.com/"], "An option cannot be used. --url names the host example.com,"],
  [["--function", "token-invoke"], "An option cannot be used. --alias is missing. Give the alias"],
  [
    ["--url", "http://127.0.0.1:9", "--region", "x y"],
    "An option cannot be used. --region is not the name of an AWS region, such as us-east-1.",
  ],
])("box-sts token refuses %j with status 2", async (args, sentence) => {
  const { status, stdout, stderr } = await boxSts(["token", ...args], { AWS_REGION: "eu-central-1" });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.startsWith(`box-sts token: ${sentence}`), stderr).toBe(true);
});
