import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { generateApp, writeConfig } from "../../../sandbox/apps/app.ts";
import { parseBoxConfig } from "../../../schemas/box-config/parse.ts";

test("a generated config has the console's shapes", async () => {
  const { config } = await generateApp();
  expect(config).toEqual({
    boxAppSettings: {
      clientID: expect.stringMatching(/^[a-z0-9]{32}$/),
      clientSecret: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      appAuth: {
        publicKeyID: expect.stringMatching(/^[a-z0-9]{8}$/),
        privateKey: expect.stringMatching(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIFDjBABgkqhkiG9w0BBQ0w/),
        passphrase: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    },
    enterpriseID: expect.stringMatching(/^[1-9]\d{5,6}$/),
  });
});

test("our own parser finds nothing to remark about it", async () => {
  const { config } = await generateApp();
  expect(parseBoxConfig(JSON.stringify(config))).toMatchObject({ ok: true, value: { warnings: [] } });
});

test("its key is encrypted as the console does it, and fits the public key that Box keeps", async () => {
  const { config, publicKey } = await generateApp();
  const { privateKey: pem, passphrase } = config.boxAppSettings.appAuth;
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64").toString("hex");
  // PBES2; PBKDF2 with an 8-byte salt, 2,048 rounds and the default HMAC-SHA1; des-ede3-cbc with its IV.
  expect(der).toMatch(
    /^3082050e304006092a864886f70d01050d3033301b06092a864886f70d01050c300e0408[0-9a-f]{16}02020800301406082a864886f70d03070408/,
  );
  const privateKey = createPrivateKey({ key: pem, passphrase });
  expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(verify("sha256", Buffer.from("x"), publicKey, sign("sha256", Buffer.from("x"), privateKey))).toBe(
    true,
  );
  expect(createPublicKey(privateKey).equals(publicKey)).toBe(true);
});

test("the file has the console's name, is for its owner alone and leaves nothing beside it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-sts-config-"));
  const { config } = await generateApp("424242");
  const path = await writeConfig(folder, config);
  expect(basename(path)).toBe(`424242_${config.boxAppSettings.appAuth.publicKeyID}_config.json`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(config);
  expect(await readdir(folder)).toEqual([basename(path)]);
  await rm(folder, { recursive: true });
});

test("a file that cannot take its place leaves no copy of the key beside it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-sts-config-"));
  const { config } = await generateApp("424242");
  const name = `424242_${config.boxAppSettings.appAuth.publicKeyID}_config.json`;
  await mkdir(join(folder, name));
  await expect(writeConfig(folder, config)).rejects.toMatchObject({ code: "EISDIR" });
  expect(await readdir(folder)).toEqual([name]);
  await rm(folder, { recursive: true });
});
