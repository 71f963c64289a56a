import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../../action/rules/box-secret/box-secret.ts";
import { seededText } from "./kinds.ts";

const S = seededText("settings/secret", 32, "lower");
const ID = seededText("settings/id", 32, "lower");

const found = (text: string, path = ".env") =>
  boxSecretRule
    .find({ path, bytes: Buffer.from(text), whole: true, start: { line: 1, column: 1 } })
    .map(({ identity, certainty, kind }) => `${identity.split("#")[1]} ${certainty} ${kind}`);

describe("a setting with Box in its name", () => {
  it.each(
    "JWT_TOKEN CCG_TOKEN SERVICE_ACCOUNT_TOKEN ADMIN_TOKEN TEST_TOKEN SESSION_TOKEN UPLOAD_TOKEN PREVIEW_TOKEN BEARER JWT_TOKEN_PROD AUTHORIZATION".split(
      " ",
    ),
  )("is an access token where it is called BOX_%s", (name) =>
    expect(found(`BOX_${name}=${S}\n`)).toEqual([`BOX_${name} certain access token`]),
  );

  it.each(["boxUploadToken", "myBoxAdminToken", "UPLOAD_TOKEN_BOX"])(
    "is an access token where it is called %s",
    (name) => expect(found(`const ${name} = "${S}";\n`, "a.js")).toEqual([`${name} certain access token`]),
  );

  it.each(["BOX_AUTH", "BOX_AUTH_HEADER", "BOX_HEADER"])(
    "is an access token where %s is a bearer",
    (name) => {
      expect(found(`${name}="Bearer ${S}"\n`)).toEqual([`${name} certain access token`]);
      expect(found(`ACME_AUTH="Bearer ${S}"\n`)).toEqual([]);
    },
  );

  it.each([
    "CLIENT_SECRET_JP",
    "CLIENT_SECRET_TEAM1",
    "CLIENT_SECRET_FINANCE",
    "CLIENT_SECRET_FINANCE_PROD",
    "CLIENT_SECRET_PROD_JP",
    "DEVELOPER_TOKEN_JANE",
    "WEBHOOK_PRIMARY_KEY_JP",
  ])("may have a word behind the name of a secret: BOX_%s", (name) => {
    expect(found(`BOX_${name}=${S}\n`)).toEqual([expect.stringContaining(`BOX_${name} certain`)]);
    expect(found(`BOX_API=https://api.box.com\nBOX_${name}=${S}\n`)).toHaveLength(1);
    expect(found(`XBOX_${name}=${S}\n`)).toEqual([]);
  });

  it.each(
    "BOXCLIENTSECRET BOXDEVELOPERTOKEN BOXACCESSTOKEN BOXAPPTOKEN BOXWEBHOOKPRIMARYKEY BOXJWTCLIENTSECRET boxclientsecret".split(
      " ",
    ),
  )("may be called %s, beside a client ID or alone", (name) => {
    expect(found(`${name}=${S}\n`)).toEqual([expect.stringContaining(`${name} certain`)]);
    expect(found(`BOX_CLIENT_ID=${ID}\n${name}=${S}\n`)).toEqual([
      expect.stringContaining(`${name} certain`),
    ]);
    expect(found(`X${name}=${S}\n`)).toEqual([]);
  });
});

describe("what is no secret", () => {
  it.each(
    [
      "CLIENT_SECRET_HASH CLIENT_SECRET_SHA CLIENT_SECRET_MD5 CLIENT_SECRET_VERSION CLIENT_SECRET_ID CLIENT_SECRET_NAME CLIENT_SECRET_REF",
      "CLIENT_SECRET_ETAG CLIENT_SECRET_CHECKSUM CLIENT_SECRET_SALT CLIENT_SECRET_PATH ACCESS_TOKEN_HASH ACCESS_TOKEN_ID TOKEN_BUCKET",
      "PAGE_TOKEN NEXT_PAGE_TOKEN CSRF_TOKEN SYNC_TOKEN CURSOR_TOKEN DEVICE_TOKEN STREAM_TOKEN TOKEN_CACHE_KEY CLIENT_SECRET_KMS_KEY_ID",
    ]
      .join(" ")
      .split(" "),
  )("is the value of BOX_%s", (name) => {
    const value = createHash("md5").update(name).digest("hex");
    expect(found(`BOX_${name}=${value}\n`)).toEqual([]);
  });

  it.each([
    "CHECKBOXCLIENTSECRET",
    "DROPBOXACCESSTOKEN",
    "BOXEDTOKEN",
    "MAILBOX_UPLOAD_TOKEN",
    "SANDBOX_BEARER",
  ])("is the value of %s", (name) => expect(found(`${name}=${S}\n`)).toEqual([]));
});
