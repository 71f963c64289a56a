import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { openPrivateKey } from "../../../keys/open.ts";
import {
  accepted,
  blank,
  changed,
  encryptedKey,
  KEY,
  passphrase,
  plainKey,
  pointers,
} from "./box-config-file.ts";

describe("parseBoxConfig accepts without a warning", () => {
  const common = { clientID: "client-id", clientSecret: "client-secret", enterpriseID: "123456" };

  it("the file that Box generates", () => {
    expect(accepted(changed({}))).toEqual({
      config: {
        grant: "jwt",
        ...common,
        publicKeyID: "abcd1234",
        privateKey: encryptedKey,
        passphrase,
        algorithm: "RS256",
      },
      warnings: [],
    });
  });

  it("a self-generated plain key, without its empty passphrase", () => {
    const { config, warnings } = accepted(changed({}, {}, { privateKey: plainKey, passphrase: "" }));
    expect(config).not.toHaveProperty("passphrase");
    expect(warnings).toEqual([]);
  });

  it.each([
    ["no appAuth", undefined],
    ["the console's blank appAuth", blank],
  ])("an app with the Client Credentials Grant: %s", (_name, auth) => {
    expect(accepted(changed({}, { appAuth: auth }))).toEqual({
      config: { grant: "client_credentials", ...common },
      warnings: [],
    });
  });

  it("a user instead of the enterprise", () => {
    const { config } = accepted(changed({ enterpriseID: undefined, userID: "42" }));
    expect(config.userID).toBe("42");
    expect(config).not.toHaveProperty("enterpriseID");
  });

  it("webhook keys, without the empty ones", () => {
    const keys = { primaryKey: "one", secondaryKey: "two" };
    expect(accepted(changed({ webhooks: keys })).config.webhooks).toEqual(keys);
    expect(accepted(changed({ webhooks: { ...keys, secondaryKey: "" } })).config.webhooks).toEqual({
      primaryKey: "one",
    });
    const none = accepted(changed({ webhooks: { primaryKey: "", secondaryKey: "" } }));
    expect(none.config).not.toHaveProperty("webhooks");
  });

  it.each(["RS256", "RS384", "RS512"])("the algorithm %s", (algorithm) => {
    expect(accepted(changed({}, {}, { algorithm })).config).toMatchObject({ algorithm });
  });

  it("a key with CRLF line ends, which every PEM parser accepts", () => {
    const { config, warnings } = accepted(
      changed({}, {}, { privateKey: encryptedKey.replaceAll("\n", "\r\n") }),
    );
    expect(config).toMatchObject({ privateKey: encryptedKey });
    expect(warnings).toEqual([]);
  });
});

describe("parseBoxConfig repairs and warns about", () => {
  const sameAsFile = accepted(changed({})).config;
  const oneLine = encryptedKey.trimEnd();
  const quoted = JSON.stringify(changed({}));
  const base64 = Buffer.from(changed({})).toString("base64");

  it.each<[string, string, string[]]>([
    ["a numeric enterprise id", changed({ enterpriseID: 123456 }), ["/enterpriseID"]],
    [
      "a line break behind the client secret",
      changed({}, { clientSecret: "client-secret\n" }),
      ["/boxAppSettings/clientSecret"],
    ],
    [
      "spaces around ids",
      changed({ enterpriseID: " 123456" }, { clientID: "client-id " }),
      ["/enterpriseID", "/boxAppSettings/clientID"],
    ],
    [
      "a line break behind the passphrase",
      changed({}, {}, { passphrase: `${passphrase}\r\n` }),
      ["/boxAppSettings/appAuth/passphrase"],
    ],
    [
      "a key with escaped line breaks",
      changed({}, {}, { privateKey: oneLine.replaceAll("\n", "\\n") }),
      [KEY],
    ],
    [
      "a key whose line breaks became spaces",
      changed({}, {}, { privateKey: oneLine.replaceAll("\n", " ") }),
      [KEY],
    ],
    ["a key in base64", changed({}, {}, { privateKey: Buffer.from(encryptedKey).toString("base64") }), [KEY]],
    ["a key in quotes", changed({}, {}, { privateKey: `"${oneLine}"` }), [KEY]],
    ["the document in base64", base64, [""]],
    ["the document in base64 of 76 columns", base64.replace(/.{76}/g, "$&\n"), [""]],
    ["the document in a JSON string", quoted, [""]],
    ["the document with escaped quotes", quoted.slice(1, -1), [""]],
    ["base64 in a JSON string", `"${base64}"`, ["", ""]],
    ["a byte order mark", `\uFEFF${changed({})}`, [""]],
    ["an unknown property", changed({ region: "eu" }), ["/region"]],
  ])("%s", (_name, text, expected) => {
    const { config, warnings } = accepted(text);
    expect(config).toEqual(sameAsFile);
    expect(pointers(warnings)).toEqual(expected);
  });

  it("enterprise id 0 with a user id, because the app of a free account still has its user", () => {
    const { config, warnings } = accepted(changed({ enterpriseID: "0", userID: 42 }));
    expect(config).toMatchObject({ userID: "42" });
    expect(config).not.toHaveProperty("enterpriseID");
    expect(pointers(warnings)).toEqual(["/userID", "/enterpriseID"]);
  });

  it("properties that are probably misspelt or misplaced, with the right name or place", () => {
    const { warnings } = accepted(
      changed({ webhook: {}, clientID: "x" }, {}, { kid: "y", algorithms: "RS512" }),
    );
    expect(Object.fromEntries(warnings.map(({ pointer, fix }) => [pointer, fix]))).toEqual({
      "/webhook": "Did you mean webhooks?",
      "/clientID": "It belongs in /boxAppSettings.",
      "/boxAppSettings/appAuth/kid": "Remove it, unless Box has added it.",
      "/boxAppSettings/appAuth/algorithms": "Did you mean algorithm?",
    });
  });

  it("a repaired key, which is usable", () => {
    const { config } = accepted(changed({}, {}, { privateKey: oneLine.replaceAll("\n", " ") }));
    if (config.grant !== "jwt" || config.kmsKeyId !== undefined) throw new Error("not an app with a key");
    expect(openPrivateKey(config.privateKey, config.passphrase).ok).toBe(true);
  });
});
