import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newCertificates } from "../../../../sandbox/certificates.ts";
import { type Sandbox, startSandbox } from "../../../../sandbox/sandbox.ts";
import { pkcs8Pem, rsaKeyPair } from "../../../keys.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { boxSts } from "../../../support/terminal.ts";

let sandbox: Sandbox;
const folder = mkdtempSync(join(tmpdir(), "box-sts-doctor-"));
beforeAll(async () => {
  sandbox = await startSandbox({
    sharedCache: true,
    apps: {
      ccg: { authentication: "client_credentials" },
      crm: { authentication: "oauth2" },
      limited: { authentication: "app_token" },
    },
  });
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  sandbox.box.faults.clear();
  sandbox.box.requests.clear();
});

interface Line {
  readonly check: string;
  readonly status: string;
  readonly summary: string;
  readonly code?: string;
  readonly next?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Writes a config as only its owner can read it; @returns its path */
function written(config: unknown, name = "config.json"): string {
  const path = join(folder, name);
  rmSync(path, { force: true });
  writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config), { mode: 0o600 });
  return path;
}

type Config = {
  boxAppSettings: { clientSecret: string; appAuth: Record<string, string> };
  enterpriseID: string;
};
const config = () => structuredClone(sandbox.apps.sandbox!.config) as unknown as Config;
const changed = (change: (config: Config) => void): string => {
  const copy = config();
  change(copy);
  return written(copy);
};

/** Of any app, nor a token: the passphrase, the client secrets, the App Tokens and a line of the key. */
function expectNoSecret(printed: string): void {
  const { boxAppSettings } = config();
  const { passphrase = "", privateKey = "" } = boxAppSettings.appAuth;
  const { appTokens } = sandbox.appTokenApps.limited!.config;
  const secrets = [
    ...[passphrase, privateKey.split("\n")[3] ?? "", "1!"],
    ...[sandbox.apps.sandbox, sandbox.apps.ccg, sandbox.oauthApps.crm, sandbox.appTokenApps.limited].map(
      (app) => app!.config.boxAppSettings.clientSecret,
    ),
    ...[appTokens.primary?.token ?? "", appTokens.secondary?.token ?? ""],
  ];
  expect(secrets.filter((secret) => secret === "" || printed.includes(secret))).toEqual([]);
}

async function doctor(path: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const all = { BOX_API_URL: sandbox.box.url, ...env };
  const { status, stdout, stderr } = await boxSts(["doctor", "--config", path, "--json", ...args], all);
  expect(stderr).toBe("");
  expectNoSecret(stdout);
  const report = JSON.parse(stdout) as { version: number; source: string; healthy: boolean; checks: Line[] };
  expect(report.healthy).toBe(status === 0);
  const line = (check: string) => report.checks.find((one) => one.check === check);
  return { status, report, line, failed: report.checks.filter((one) => one.status === "failed") };
}

describe("box-sts doctor --config of an app that is well", () => {
  test("reports each check of a JWT app as JSON of version 1", async () => {
    const { status, report, line } = await doctor(written(config()));
    expect(status).toBe(0);
    expect([report.version, report.source]).toEqual([1, "config"]);
    const states = Object.fromEntries(report.checks.map((one) => [one.check, one.status]));
    expect(states).toEqual({
      ...{ config: "ok", key: "ok", kid: "ok", proxy: "ok", network: "ok", clock: "ok", token: "ok" },
      ...{ "box-cli": "ok", "box-node-sdk-10": "ok", "box-node-sdk-4": "ok", rclone: "ok" },
      ...{ egress: "skipped", subject: "ok", access: "skipped", scopes: "ok" },
    });
    expect(line("clock")?.facts).toEqual({ skewSeconds: 0 });
    const { serviceAccountId, enterpriseId } = sandbox.apps.sandbox!.box;
    expect(line("subject")?.facts).toMatchObject({ id: serviceAccountId, enterpriseID: enterpriseId });
    // One for the network, the grant, the user, the enterprise, and 12 exchanges.
    expect(sandbox.box.requests.count()).toBe(16);
    expect(line("scopes")?.facts).toMatchObject({
      held: expect.arrayContaining(["root_readwrite"]),
      refused: expect.arrayContaining(["manage_groups"]),
    });
  });

  test("prints a line for each check, one with what to do next, and no secret", async () => {
    const path = written(config());
    const { status, stdout, stderr } = await boxSts(["doctor", "--config", path], {
      BOX_API_URL: sandbox.box.url,
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ok {7}config {11}A config of an app with Server Authentication with JWT/);
    expect(stdout).toMatch(/\n15 checks: 13 ok, 2 skipped\n$/);
    expect(stdout).toMatch(/^ {26}Next: \S/m);
    expectNoSecret(stdout);
  });

  test("tries a user's token, named scopes and a folder, where they are named", async () => {
    const { managedUser, reports } = sandbox.sample;
    const resource = `https://api.box.com/2.0/folders/${reports.id}`;
    const args = [
      "--subject",
      `user:${managedUser.id}`,
      "--scope",
      "item_download item_preview",
      "--resource",
      resource,
    ];
    const { status, line } = await doctor(written(config()), args);
    expect(status).toBe(0);
    for (const check of ["access", "scopes", "resource"]) expect(line(check)?.status).toBe("ok");
    expect(line("scopes")?.facts).toEqual({ held: ["item_download", "item_preview"], refused: [] });
  });

  test("checks Client Credentials, OAuth 2.0 and App Token apps by what each has", async () => {
    const checksOf = async (made: unknown) => {
      const { report, status } = await doctor(written(made));
      const skip = new Set(["box-cli", "box-node-sdk-10", "box-node-sdk-4", "rclone", "proxy", "egress"]);
      expect(status).toBe(0);
      return report.checks
        .filter(({ check }) => !skip.has(check))
        .map(({ check, status }) => `${check} ${status}`);
    };
    expect(await checksOf(sandbox.apps.ccg!.config)).toEqual([
      ...["config ok", "network ok", "clock ok", "token ok", "subject ok", "access skipped", "scopes ok"],
    ]);
    expect(await checksOf(sandbox.oauthApps.crm!.config)).toEqual([
      "config ok",
      "network ok",
      "clock ok",
      "client ok",
    ]);
    expect(await checksOf(sandbox.appTokenApps.limited!.config)).toEqual([
      ...["config ok", "network ok", "clock ok", "token ok", "subject ok", "scopes ok"],
    ]);
  });

  test("makes no request with --offline, and does not need Box", async () => {
    const { status, line } = await doctor(written(config()), ["--offline"], {
      BOX_API_URL: "http://127.0.0.1:9",
    });
    expect(status).toBe(0);
    expect(line("key")?.status).toBe("ok");
    for (const check of ["network", "token", "scopes"]) expect(line(check)?.status).toBe("skipped");
    await doctor(written(config()), ["--offline"]);
    expect(sandbox.box.requests.count()).toBe(0);
  });
});

describe("box-sts doctor --config reports as failed, with the code and what to do next:", () => {
  const certificate = async () => (await newCertificates()).ca;
  const other = pkcs8Pem(rsaKeyPair(2048).privateKey);

  test.each<[string, () => string | Promise<string>, string, string, string]>([
    ["no such file", () => join(folder, "nothing.json"), "config", "config_unreadable", ""],
    ["a file that is no JSON", () => written("{"), "config", "json_object_unclosed", "docs/codes.md"],
    [
      "a certificate in the place of the key",
      async () => {
        const pem = await certificate();
        return changed(({ boxAppSettings: { appAuth } }) => Object.assign(appAuth, { privateKey: pem }));
      },
      ...(["key", "private_key_refused", "certificate"] as const),
    ],
    [
      "a passphrase of another key",
      () => changed(({ boxAppSettings: { appAuth } }) => Object.assign(appAuth, { passphrase: "another" })),
      ...(["key", "passphrase_wrong", "same config.json"] as const),
    ],
    [
      "an id that Box does not know",
      () => changed(({ boxAppSettings: { appAuth } }) => Object.assign(appAuth, { publicKeyID: "unknown1" })),
      ...(["token", "box_key_refused", "--public-key"] as const),
    ],
    [
      "another key than the registered one",
      () => changed(({ boxAppSettings: { appAuth } }) => Object.assign(appAuth, { privateKey: other })),
      ...(["token", "box_key_refused", "a certificate was added"] as const),
    ],
    [
      "a client secret that was reset",
      () => changed(({ boxAppSettings }) => Object.assign(boxAppSettings, { clientSecret: "x".repeat(32) })),
      ...(["token", "box_client_refused", "into the config"] as const),
    ],
    [
      "the enterprise of another environment",
      () => changed((copy) => Object.assign(copy, { enterpriseID: "999999" })),
      ...(["token", "box_subject_refused", "a Box sandbox has an enterprise id of its own"] as const),
    ],
  ])("%s", async (_, path, check, code, next) => {
    const { status, failed } = await doctor(await path());
    expect(status).toBe(1);
    expect(failed.map((one) => [one.check, one.code])).toEqual([[check, code]]);
    expect(`${failed[0]?.summary} ${failed[0]?.next}`).toContain(next);
  });

  test.each([
    ["unauthorized-app", "token", "box_app_not_authorized", "authorize"],
    ["disabled-app", "token", "box_app_not_authorized", "enable"],
    ["location-blocked", "egress", "box_location_blocked", "Elastic IP"],
    ["forbidden-by-policy", "token", "box_policy_forbids", "Shield"],
    ["server-error", "token", "box_unavailable", "status.box.com"],
    ["lost-body", "token", "box_url_wrong", "BOX_API_URL"],
  ] as const)("the condition %s of Box", async (fault, check, code, next) => {
    sandbox.box.faults.inject(fault, { on: "token" });
    const { status, failed } = await doctor(written(config()));
    expect(status).toBe(1);
    const found = failed.find((one) => one.check === check);
    expect(found).toMatchObject({ code, next: expect.stringContaining(next) });
    expect(found?.next).not.toMatch(/CloudWatch|Secrets Manager/);
  });

  test("a scope, a folder and a user that the app does not reach", async () => {
    const path = written(config());
    const scope = await doctor(path, ["--scope", "item_preview manage_groups"]);
    expect(scope.failed).toMatchObject([
      {
        check: "scopes",
        code: "box_scope_refused",
        facts: { held: ["item_preview"], refused: ["manage_groups"] },
      },
    ]);
    const resource = await doctor(path, ["--resource", "https://api.box.com/2.0/folders/999"]);
    expect(resource.failed).toMatchObject([{ check: "resource", code: "box_resource_refused" }]);
    const app = sandbox.apps.sandbox!.box;
    app.accessLevel = "app";
    const user = await doctor(path, ["--subject", `user:${sandbox.sample.managedUser.id}`]);
    app.accessLevel = "app+enterprise";
    expect(user.failed).toMatchObject([{ check: "access", code: "box_user_tokens_not_enabled" }]);
  });

  test("a clock that AWS would refuse, with the figure; one that is a little off is a warning", async () => {
    sandbox.box.faults.inject("skewed-clock", { skewSeconds: 3_600, on: "api" });
    const hour = await doctor(written(config()));
    const [clock] = hour.failed;
    expect(clock).toMatchObject({
      check: "clock",
      code: "clock_wrong",
      next: expect.stringContaining("timedatectl"),
    });
    expect(Math.abs(Number(clock?.facts?.skewSeconds) - 3_600)).toBeLessThanOrEqual(2);
    expect(clock?.summary).toContain("behind Box's");
    sandbox.box.faults.clear();
    sandbox.box.faults.inject("skewed-clock", { skewSeconds: -60, on: "api" });
    const minute = await doctor(written(config()));
    expect(minute.line("clock")).toMatchObject({ status: "warning", code: "clock_skewed" });
    expect(minute.line("clock")?.summary).toContain("ahead of Box's");
    expect(minute.status).toBe(0);
  });

  test("a host that does not respond, that is not trusted, and that is not Box", async () => {
    const path = written(config());
    const HTTPS_PROXY = "http://user:secret-of-proxy@proxy.internal:3128";
    const nowhere = await doctor(path, [], { BOX_API_URL: "http://127.0.0.1:9", HTTPS_PROXY });
    expect(nowhere.failed).toMatchObject([{ check: "network", code: "unreachable" }]);
    expect(nowhere.failed[0]?.summary).toContain("refuses the connection (ECONNREFUSED)");
    expect(nowhere.failed[0]?.next).toContain("HTTPS_PROXY is set");
    expect(nowhere.line("proxy")).toMatchObject({ status: "warning", code: "proxy_not_used" });
    expect(JSON.stringify(nowhere.report)).not.toContain("secret-of-proxy");
    expect(nowhere.line("token")?.status).toBe("skipped");
    const untrusted = await doctor(path, [], { BOX_API_URL: sandbox.box.tlsUrl ?? "" });
    expect(untrusted.failed[0]?.next).toContain("NODE_EXTRA_CA_CERTS");
    const portal = await loopbackServer(({ response }) => void response.end("<html>Log in</html>"));
    const elsewhere = await doctor(path, [], { BOX_API_URL: portal.url });
    expect(elsewhere.failed).toMatchObject([{ check: "network", code: "unexpected_host" }]);
    // Nothing of the config was sent there.
    expect(portal.requests.map(({ method, body }) => [method, body])).toEqual([["GET", ""]]);
  });
});

test("box-sts doctor reports App Tokens of another enterprise than the config names", async () => {
  const { failed } = await doctor(written({ ...sandbox.appTokenApps.limited!.config, enterpriseID: "777" }));
  expect(failed).toMatchObject([
    { check: "subject", code: "other_enterprise", next: expect.stringContaining("Box sandbox") },
  ]);
});

describe("box-sts doctor --config warns", () => {
  test("of what was repaired, and of a file that others can read", async () => {
    const path = join(folder, "open.json");
    writeFileSync(path, JSON.stringify({ ...config(), enterpriseID: Number(config().enterpriseID) }), {
      mode: 0o644,
    });
    const { status, line } = await doctor(path, ["--offline"]);
    expect(status).toBe(0);
    expect(line("config")).toMatchObject({ status: "warning", code: "config_warnings" });
    expect(line("config")?.summary).toContain("chmod 600 open.json");
    expect(line("config")?.summary).toContain("/enterpriseID");
  });

  test("of a file that is named for another key or another enterprise", async () => {
    const { enterpriseID, boxAppSettings } = config();
    const id = boxAppSettings.appAuth.publicKeyID ?? "";
    const kid = async (name: string) => (await doctor(written(config(), name), ["--offline"])).line("kid");
    expect(await kid(`${enterpriseID}_${id}_config.json`)).toMatchObject({ status: "ok" });
    for (const name of [`${enterpriseID}_other123_config.json`, `777_${id}_config.json`]) {
      expect(await kid(name)).toMatchObject({ status: "warning", code: "file_name_differs" });
    }
  });
});

describe("box-sts doctor --public-key", () => {
  const upload = (text: string) => {
    const path = join(folder, "uploaded.pem");
    writeFileSync(path, text);
    return path;
  };
  const { privateKey, publicKey } = rsaKeyPair(2048);
  const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
  const withKey = () =>
    changed(({ boxAppSettings: { appAuth } }) =>
      Object.assign(appAuth, { privateKey: pkcs8Pem(privateKey) }),
    );
  const verdict = async (path: string, config: string) =>
    (await doctor(config, ["--offline", "--public-key", path])).line("public-key");

  test("accepts the public half of the config's key, and no other", async () => {
    expect(await verdict(upload(spki), withKey())).toMatchObject({ status: "ok" });
    expect(await verdict(upload(spki), written(config()))).toMatchObject({ code: "public_key_differs" });
  });

  test("recognises a certificate, a private key and what is neither", async () => {
    const { ca } = await newCertificates();
    expect(await verdict(upload(ca), withKey())).toMatchObject({
      status: "failed",
      code: "not_a_public_key",
      summary: expect.stringContaining("certificate"),
      next: expect.stringContaining("openssl x509 -pubkey"),
    });
    const leaked = await verdict(upload(pkcs8Pem(privateKey)), withKey());
    expect(leaked?.summary).toContain("private key");
    expect(await verdict(upload("ssh-rsa AAAA"), withKey())).toMatchObject({ code: "not_a_public_key" });
    expect(await verdict(join(folder, "none.pem"), withKey())).toMatchObject({
      code: "public_key_unreadable",
    });
  });
});
