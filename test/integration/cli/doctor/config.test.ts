import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newCertificates } from "../../../../sandbox/http/certificates.ts";
import { pkcs8Pem, rsaKeyPair } from "../../../keys.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { boxSts } from "../../../support/terminal.ts";
import { configScene } from "./config-scene.ts";

const scene = configScene();
const { folder, written, config, changed, doctor, expectNoSecret } = scene;

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
    // `Date` has whole seconds, and Node writes it again at most once in a second.
    expect(Math.abs(Number(line("clock")?.facts?.skewSeconds))).toBeLessThanOrEqual(1);
    const { serviceAccountId, enterpriseId } = scene.sandbox.apps.sandbox!.box;
    expect(line("subject")?.facts).toMatchObject({ id: serviceAccountId, enterpriseID: enterpriseId });
    // One for the network, the grant, the user, the enterprise, and 12 exchanges.
    expect(scene.sandbox.box.requests.count()).toBe(16);
    expect(line("scopes")?.facts).toMatchObject({
      held: expect.arrayContaining(["root_readwrite"]),
      refused: expect.arrayContaining(["manage_groups"]),
    });
  });

  test("prints a line for each check, one with what to do next, and no secret", async () => {
    const path = written(config());
    const { status, stdout, stderr } = await boxSts(["doctor", "--config", path], {
      BOX_API_URL: scene.sandbox.box.url,
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ok {7}config {11}A config of an app with Server Authentication with JWT/);
    expect(stdout).toMatch(/\n15 checks: 13 ok, 2 skipped\n$/);
    expect(stdout).toMatch(/^ {26}Next: \S/m);
    expectNoSecret(stdout);
  });

  test("tries a user's token, named scopes and a folder, where they are named", async () => {
    const { managedUser, reports } = scene.sandbox.sample;
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
    expect(await checksOf(scene.sandbox.apps.ccg!.config)).toEqual([
      ...["config ok", "network ok", "clock ok", "token ok", "subject ok", "access skipped", "scopes ok"],
    ]);
    expect(await checksOf(scene.sandbox.oauthApps.crm!.config)).toEqual([
      "config ok",
      "network ok",
      "clock ok",
      "client ok",
    ]);
    expect(await checksOf(scene.sandbox.appTokenApps.limited!.config)).toEqual([
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
    expect(scene.sandbox.box.requests.count()).toBe(0);
  });
});

describe("box-sts doctor --config reports as failed, with the code and what to do next:", () => {
  const certificate = async () => (await newCertificates()).ca;
  const other = pkcs8Pem(rsaKeyPair(2048).privateKey);

  test.each<[string, () => string | Promise<string>, string, string, string]>([
    ["no such file", () => join(folder, "nothing.json"), "config", "config_unreadable", "Name a file"],
    ["a file that is no JSON", () => written("{"), "config", "json_object_unclosed", "docs/codes.md"],
    [
      "a certificate instead of the key",
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
    scene.sandbox.box.faults.inject(fault, { on: "token" });
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
        next: expect.stringMatching(
          /Application Scopes: Tick manage_groups there, .* or correct its name\.$/,
        ),
      },
    ]);
    const commas = await doctor(path, ["--scope", "item_preview,item_download"]);
    expect(commas.failed).toMatchObject([
      { next: 'Scopes are separated by spaces, not by commas: --scope "item_preview item_download".' },
    ]);
    const resource = await doctor(path, ["--resource", "https://api.box.com/2.0/folders/999"]);
    expect(resource.failed).toMatchObject([{ check: "resource", code: "box_resource_refused" }]);
    const app = scene.sandbox.apps.sandbox!.box;
    app.accessLevel = "app";
    const user = await doctor(path, ["--subject", `user:${scene.sandbox.sample.managedUser.id}`]);
    app.accessLevel = "app+enterprise";
    expect(user.failed).toMatchObject([{ check: "access", code: "box_user_tokens_not_enabled" }]);
  });

  test.each([
    ["JWT", () => config(), "box_subject_refused"],
    ["Client Credentials", () => scene.sandbox.apps.ccg!.config, "box_grant_refused"],
  ])(
    "a user whom Box does not know, by an app with %s, whose own token it granted",
    async (_, made, code) => {
      const { failed } = await doctor(written(made()), ["--subject", "user:99"]);
      const next = expect.stringMatching(
        /App Access Level: Check that 99 is the id of a user of this enterprise/,
      );
      expect(failed).toMatchObject([{ check: "access", code, next }]);
    },
  );

  test("a clock that AWS would refuse, with the figure; one that is a little off is a warning", async () => {
    scene.sandbox.box.faults.inject("skewed-clock", { skewSeconds: 3_600, on: "api" });
    const hour = await doctor(written(config()));
    const [clock] = hour.failed;
    expect(clock).toMatchObject({
      check: "clock",
      code: "clock_wrong",
      next: expect.stringContaining("timedatectl"),
    });
    expect(Math.abs(Number(clock?.facts?.skewSeconds) - 3_600)).toBeLessThanOrEqual(2);
    expect(clock?.summary).toContain("behind Box's");
    scene.sandbox.box.faults.clear();
    scene.sandbox.box.faults.inject("skewed-clock", { skewSeconds: -60, on: "api" });
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
    const untrusted = await doctor(path, [], { BOX_API_URL: scene.sandbox.box.tlsUrl ?? "" });
    expect(untrusted.failed[0]?.next).toContain("NODE_EXTRA_CA_CERTS");
    const portal = await loopbackServer(({ response }) => void response.end("<html>Log in</html>"));
    const elsewhere = await doctor(path, [], { BOX_API_URL: portal.url });
    expect(elsewhere.failed).toMatchObject([{ check: "network", code: "unexpected_host" }]);
    // Nothing of the config was sent there.
    expect(portal.requests.map(({ method, body }) => [method, body])).toEqual([["GET", ""]]);
  });
});
