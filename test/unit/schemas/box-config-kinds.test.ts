import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import committed from "../../../schemas/box-config-committed.schema.json" with { type: "json" };
import older from "../../../schemas/draft-07/box-config.schema.json" with { type: "json" };
import olderCommitted from "../../../schemas/draft-07/box-config-committed.schema.json" with { type: "json" };
import validate from "../../../schemas/generated/box-config.js";
import validateCommitted from "../../../schemas/generated/box-config-committed.js";
import { accepted, blank, changed, issuesOf, passphrase, plainKey, pointers } from "./box-config-file.ts";

const bare = { appAuth: undefined };
const app = { clientID: "client-id", clientSecret: "client-secret" };
const PRIMARY = { token: "a".repeat(32), createdAt: "2026-01-31" };
const SECONDARY = { token: "b".repeat(32) };

describe("parseBoxConfig accepts", () => {
  it("an OAuth 2.0 app without an enterprise", () => {
    expect(accepted(changed({ oauth2: {}, enterpriseID: undefined }, bare))).toEqual({
      config: { grant: "oauth2", ...app },
      warnings: [],
    });
  });

  it("an OAuth 2.0 app with scopes, an enterprise, webhook keys and the console's blank appAuth", () => {
    const scopes = ["root_readonly", "manage_webhook"];
    const webhooks = { primaryKey: "one" };
    const blank = { appAuth: { publicKeyID: "", privateKey: "", passphrase: "" } };
    expect(accepted(changed({ oauth2: { scopes }, webhooks }, blank)).config).toEqual({
      ...{ grant: "oauth2", ...app, scopes, webhooks, enterpriseID: "123456" },
    });
  });

  it.each([
    ["both App Tokens", { primary: PRIMARY, secondary: SECONDARY }],
    ["a primary App Token alone", { primary: PRIMARY }],
    ["App Tokens whose dates are not known", { primary: SECONDARY }],
  ])("%s", (_name, appTokens) => {
    expect(accepted(changed({ appTokens }, bare))).toEqual({
      config: { grant: "app_token", ...app, enterpriseID: "123456", appTokens },
      warnings: [],
    });
  });
});

const ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const KEY_ARN = `arn:aws:kms:eu-central-1:123456789012:key/${ID}`;
/** The file with a KMS key instead of its own. */
const inKms = (auth: object = {}, root: object = {}) =>
  changed(root, {}, { privateKey: undefined, passphrase: undefined, kmsKeyId: KEY_ARN, ...auth });

describe("parseBoxConfig accepts a JWT app whose key is in KMS", () => {
  const ofApp = { grant: "jwt", ...app, enterpriseID: "123456", publicKeyID: "abcd1234", algorithm: "RS256" };

  it.each([
    KEY_ARN,
    ID,
    "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    "mrk-1234abcd12ab34cd56ef1234567890ab",
    "alias/box/reports",
    "arn:aws:kms:eu-central-1:123456789012:alias/box",
  ])("as %s", (kmsKeyId) => {
    expect(accepted(inKms({ kmsKeyId }))).toEqual({ config: { ...ofApp, kmsKeyId }, warnings: [] });
  });

  it("with the properties of its own key empty, and another algorithm", () => {
    const { config } = accepted(inKms({ privateKey: "", passphrase: "", algorithm: "RS512" }));
    expect(config).toEqual({ ...ofApp, kmsKeyId: KEY_ARN, algorithm: "RS512" });
  });

  it("with whitespace around the key's id, which is taken off", () => {
    const { config, warnings } = accepted(inKms({ kmsKeyId: ` ${ID}\n` }));
    expect([config, pointers(warnings)]).toEqual([
      { ...ofApp, kmsKeyId: ID },
      ["/boxAppSettings/appAuth/kmsKeyId"],
    ]);
  });
});

describe("parseBoxConfig refuses", () => {
  it.each<[string, string, string]>([
    ["misspelt", inKms({ kmsKeyId: undefined, kmskeyid: KEY_ARN }), "/boxAppSettings/appAuth/kmskeyid"],
    [
      "misspelt in the console's blank appAuth",
      changed({}, {}, { ...blank, KmsKeyId: KEY_ARN }),
      "/boxAppSettings/appAuth/KmsKeyId",
    ],
    ["beside appAuth", changed({}, { appAuth: undefined, kmsKeyId: KEY_ARN }), "/boxAppSettings/kmsKeyId"],
  ])("a KMS key whose property is %s, with that issue alone", (_name, text, pointer) => {
    const issues = issuesOf(text);
    expect(pointers(issues)).toEqual([pointer]);
    expect(issues[0]?.fix).toMatch(/Did you mean kmsKeyId\?|It belongs in \/boxAppSettings\/appAuth/);
  });

  it.each<[string, string, string, RegExp]>([
    [
      "a key of its own too",
      inKms({ privateKey: plainKey }),
      "privateKey",
      /absent or empty beside kmsKeyId/,
    ],
    ["a passphrase too", inKms({ passphrase }), "passphrase", /absent or empty beside kmsKeyId/],
    ["no publicKeyID", inKms({ publicKeyID: undefined }), "publicKeyID", /missing/],
    ["an empty publicKeyID", inKms({ publicKeyID: "" }), "publicKeyID", /is empty|missing/],
    ["an empty kmsKeyId", inKms({ kmsKeyId: "" }), "kmsKeyId", /KMS key that signs/],
    ["the name of an alias without its prefix", inKms({ kmsKeyId: "box" }), "kmsKeyId", /KMS key that signs/],
    ["an ARN of something else", inKms({ kmsKeyId: "arn:aws:iam::1:role/a" }), "kmsKeyId", /KMS key that/],
    [
      "the console's blank appAuth around it, which is no Client Credentials app",
      changed({}, {}, { ...blank, kmsKeyId: KEY_ARN }),
      "publicKeyID",
      /is empty|missing/,
    ],
  ])("a KMS key with %s", (_name, text, name, message) => {
    const issues = issuesOf(text);
    expect(pointers(issues)).toEqual([`/boxAppSettings/appAuth/${name}`]);
    expect(issues[0]?.message).toMatch(message);
    expect(JSON.stringify(issues)).not.toContain(passphrase);
  });

  it.each<[string, string, string[]]>([
    [
      "App Tokens without a primary one",
      changed({ appTokens: { secondary: SECONDARY } }, bare),
      ["/primary"],
    ],
    ["an App Token without its token", changed({ appTokens: { primary: {} } }, bare), ["/primary/token"]],
    [
      "an App Token with a space",
      changed({ appTokens: { primary: { token: "a b" } } }, bare),
      ["/primary/token"],
    ],
    ["an empty App Token", changed({ appTokens: { primary: { token: "" } } }, bare), ["/primary/token"]],
    [
      "a date in another form",
      changed({ appTokens: { primary: { ...PRIMARY, createdAt: "31.01.2026" } } }, bare),
      ["/primary/createdAt"],
    ],
    ["App Tokens that are null", changed({ appTokens: null }, bare), [""]],
  ])("%s", (_name, text, under) => {
    expect(pointers(issuesOf(text))).toEqual(under.map((pointer) => `/appTokens${pointer}`));
  });

  it.each<[string, string]>([
    ["an empty list of scopes", changed({ oauth2: { scopes: [] } }, bare)],
    ["a scope twice", changed({ oauth2: { scopes: ["a", "a"] } }, bare)],
    ["a scope with a space", changed({ oauth2: { scopes: ["a b"] } }, bare)],
    ["scopes that are a string", changed({ oauth2: { scopes: "a" } }, bare)],
    ["an oauth2 that is true", changed({ oauth2: true }, bare)],
  ])("%s", (_name, text) => {
    expect(pointers(issuesOf(text)).every((pointer) => pointer.startsWith("/oauth2"))).toBe(true);
  });

  it.each<[string, string, string, string]>([
    ["a JWT app with oauth2", changed({ oauth2: {} }), "/oauth2", "/boxAppSettings/appAuth"],
    [
      "a JWT app with App Tokens",
      changed({ appTokens: { primary: PRIMARY } }),
      "/appTokens",
      "/boxAppSettings/appAuth",
    ],
    [
      "an OAuth 2.0 app with App Tokens",
      changed({ oauth2: {}, appTokens: { primary: PRIMARY } }, bare),
      "/appTokens",
      "/oauth2",
    ],
  ])("a config of two kinds of apps: %s", (_name, text, pointer, first) => {
    const [issue, ...others] = issuesOf(text);
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ code: "config_kinds_several", pointer, facts: { first } });
    expect(issue?.line).toBeGreaterThan(1);
  });

  it("App Tokens for a user instead of an enterprise", () => {
    const text = changed({ appTokens: { primary: PRIMARY }, enterpriseID: undefined, userID: "7" }, bare);
    expect(issuesOf(text)).toMatchObject([{ code: "config_enterprise_missing", pointer: "/enterpriseID" }]);
  });

  it("values of App Tokens, which no issue repeats", () => {
    const text = changed({ appTokens: { primary: { token: "canary token" }, secondary: 7 } }, bare);
    expect(JSON.stringify(issuesOf(text))).not.toContain("canary");
  });
});

describe("the schemas of stored and of committed configs judge each kind of app alike in both drafts:", () => {
  const strict = { strictTypes: false, strictRequired: false } as const;
  const olderStored = new Ajv(strict).compile(older);
  const olderOpen = new Ajv(strict).compile(olderCommitted);
  const newestOpen = new Ajv2020(strict).compile(committed);
  const variable = `$${"{VAR}"}`;
  const one = (token: unknown) => ({ primary: { token } });
  const signedByKms = (kmsKeyId: unknown, auth: object = {}) =>
    JSON.parse(
      changed(
        {},
        {
          clientSecret: variable,
          appAuth: { publicKeyID: "abcd1234", kmsKeyId, ...auth },
        },
      ),
    ) as object;
  const of = (root: object) => JSON.parse(changed(root, { ...bare, clientSecret: variable })) as object;

  it.each<[string, object, boolean, boolean]>([
    ["an OAuth 2.0 app", of({ oauth2: {}, enterpriseID: undefined }), true, true],
    ["an app without a kind and without a subject", of({ enterpriseID: undefined }), false, false],
    ["App Tokens in plain text", of({ appTokens: one("aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY") }), true, false],
    ["App Tokens by reference", of({ appTokens: one(variable) }), true, true],
    ["an empty App Token", of({ appTokens: one("") }), false, true],
    ["an App Token that is a number", of({ appTokens: one(7) }), false, false],
    ["an empty client ID", JSON.parse(changed({}, { ...bare, clientID: "" })), false, false],
    ["a key in KMS", signedByKms(KEY_ARN), true, true],
    ["a key in KMS by reference", signedByKms(variable), false, true],
    ["a key in KMS without Box's id", signedByKms(KEY_ARN, { publicKeyID: undefined }), false, false],
    ["a key in KMS and another by reference", signedByKms(KEY_ARN, { privateKey: variable }), false, false],
    ["a key in KMS that is a number", signedByKms(7), false, false],
    ["scopes that are a number", of({ oauth2: { scopes: 7 } }), false, false],
  ])("%s", (_name, document, isStored, isCommitted) => {
    expect([validate(document), olderStored(document)]).toEqual([isStored, isStored]);
    const open = [validateCommitted(document), newestOpen(document), olderOpen(document)];
    expect(open).toEqual([isCommitted, isCommitted, isCommitted]);
  });
});
