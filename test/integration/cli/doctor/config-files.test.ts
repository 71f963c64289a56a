import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newCertificates } from "../../../../sandbox/http/certificates.ts";
import { pkcs8Pem, rsaKeyPair } from "../../../keys.ts";
import { configScene } from "./config-scene.ts";

const scene = configScene();
const { folder, written, config, changed, doctor } = scene;

test("box-sts doctor reports App Tokens of another enterprise than the config names", async () => {
  const { failed } = await doctor(
    written({ ...scene.sandbox.appTokenApps.limited!.config, enterpriseID: "777" }),
  );
  expect(failed).toMatchObject([
    { check: "subject", code: "other_enterprise", next: expect.stringContaining("Box sandbox") },
  ]);
});

test("box-sts doctor names the authentication method of an OAuth 2.0 config whose app at Box has another", async () => {
  const { clientSecret, ...ids } = config().boxAppSettings;
  const clientID = (ids as Record<string, unknown>).clientID;
  const { failed } = await doctor(written({ boxAppSettings: { clientID, clientSecret }, oauth2: {} }));
  expect(failed).toMatchObject([
    {
      check: "client",
      code: "box_grant_not_enabled",
      next: expect.stringContaining("User Authentication (OAuth 2.0) with oauth2"),
    },
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

  test.runIf(process.platform !== "win32")(
    "of nothing where the file is removed as soon as it was read",
    async () => {
      const path = join(folder, "removed.json");
      execFileSync("mkfifo", ["-m", "600", path]);
      // The reader's last read ends with `close()`, when the file has gone.
      const writing = open(path, "w").then(async (file) => {
        await file.writeFile(JSON.stringify(config()));
        rmSync(path);
        await file.close();
      });
      const { status, line } = await doctor(path, ["--offline"]);
      await writing;
      expect(line("config")).toMatchObject({ status: "ok" });
      expect(status).toBe(0);
    },
  );

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

test("box-sts doctor --config skips the key and Box where the key is in AWS KMS, and names the check that does not", async () => {
  const { clientID, clientSecret } = config().boxAppSettings as unknown as Record<string, string>;
  const appAuth = { publicKeyID: "ab12cd34", kmsKeyId: "alias/box" };
  const path = written({ boxAppSettings: { clientID, clientSecret, appAuth }, enterpriseID: "1" });
  const { status, line } = await doctor(path);
  expect(status).toBe(0);
  expect(line("config")).toMatchObject({ status: "ok" });
  expect(line("key")).toMatchObject({
    status: "skipped",
    summary: expect.stringContaining("alias/box"),
    next: expect.stringContaining("box-sts doctor --function"),
  });
  expect(line("token")).toMatchObject({ status: "skipped" });
  const compared = await doctor(path, ["--offline", "--public-key", "/nowhere.pem"]);
  expect(compared.line("public-key")).toMatchObject({
    status: "skipped",
    next: expect.stringContaining("get-public-key"),
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
