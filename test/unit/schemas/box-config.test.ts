import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BoxConfig, parseBoxConfig } from "../../../schemas/box-config.ts";
import { formatIssue, type Issue } from "../../../schemas/issue.ts";
import { openPrivateKey } from "../../../schemas/keys/private-key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const passphrase = "0123456789abcdef0123456789abcdef";
const plainKey = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const encryptedKey = rsa.privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "des-ede3-cbc", passphrase })
  .toString();

const appAuth = { publicKeyID: "abcd1234", privateKey: encryptedKey, passphrase };
const boxAppSettings = { clientID: "client-id", clientSecret: "client-secret", appAuth };
const file = { boxAppSettings, enterpriseID: "123456" };
const blank = { publicKeyID: "", privateKey: "", passphrase: "" };

/** The file as Box writes it, with other values for some members; undefined takes a member out. */
const changed = (root: object, settings: object = {}, auth: object = {}) =>
  JSON.stringify(
    {
      ...file,
      boxAppSettings: { ...boxAppSettings, appAuth: { ...appAuth, ...auth }, ...settings },
      ...root,
    },
    null,
    2,
  );

function accepted(text: string): { readonly config: BoxConfig; readonly warnings: readonly Issue[] } {
  const parsed = parseBoxConfig(text);
  if (!parsed.ok) throw new Error(parsed.error.map(formatIssue).join("\n"));
  return parsed.value;
}

function issuesOf(text: string): readonly Issue[] {
  const parsed = parseBoxConfig(text);
  expect(parsed.ok).toBe(false);
  return parsed.ok ? [] : parsed.error;
}

const pointers = (issues: readonly Issue[]) => issues.map(({ pointer }) => pointer);

const KEY = "/boxAppSettings/appAuth/privateKey";

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

  it("a plain key of one's own, whose empty passphrase disappears", () => {
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

  it("a user in the place of the enterprise", () => {
    const { config } = accepted(changed({ enterpriseID: undefined, userID: "42" }));
    expect(config.userID).toBe("42");
    expect(config).not.toHaveProperty("enterpriseID");
  });

  it("webhook keys, of which empty ones disappear", () => {
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

  it("a key with CRLF line ends, which every reader of PEM takes", () => {
    const { config, warnings } = accepted(
      changed({}, {}, { privateKey: encryptedKey.replaceAll("\n", "\r\n") }),
    );
    expect(config).toMatchObject({ privateKey: encryptedKey });
    expect(warnings).toEqual([]);
  });
});

describe("parseBoxConfig repairs and warns of", () => {
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
    ["an unknown member", changed({ region: "eu" }), ["/region"]],
  ])("%s", (_name, text, expected) => {
    const { config, warnings } = accepted(text);
    expect(config).toEqual(sameAsFile);
    expect(pointers(warnings)).toEqual(expected);
  });

  it("enterprise id 0 beside a user id: the app of a free account still has its user", () => {
    const { config, warnings } = accepted(changed({ enterpriseID: "0", userID: 42 }));
    expect(config).toMatchObject({ userID: "42" });
    expect(config).not.toHaveProperty("enterpriseID");
    expect(pointers(warnings)).toEqual(["/userID", "/enterpriseID"]);
  });

  it("members that are probably misspelt or misplaced, with the right name or place", () => {
    const { warnings } = accepted(
      changed({ webhook: {}, clientID: "x" }, {}, { kid: "y", algorithms: "RS512" }),
    );
    expect(Object.fromEntries(warnings.map(({ pointer, fix }) => [pointer, fix]))).toEqual({
      "/webhook": "Did you mean webhooks?",
      "/clientID": "It belongs into /boxAppSettings.",
      "/boxAppSettings/appAuth/kid": "Remove it, unless Box has added it.",
      "/boxAppSettings/appAuth/algorithms": "Did you mean algorithm?",
    });
  });

  it("the repaired key, which opens", () => {
    const { config } = accepted(changed({}, {}, { privateKey: oneLine.replaceAll("\n", " ") }));
    if (config.grant !== "jwt") throw new Error("not a JWT app");
    expect(openPrivateKey(config.privateKey, config.passphrase).ok).toBe(true);
  });
});

describe("parseBoxConfig refuses", () => {
  it.each<[string, string, string[]]>([
    ["an empty document", "", [""]],
    ["an array", "[]", [""]],
    ["null", "null", [""]],
    ["a number", "12345678", [""]],
    ["text that is no JSON", "config.json", [""]],
    ["a string that is no JSON", '"config.json"', [""]],
    ["UTF-16", `{\0"\0a\0"\0:\x001\0}\0`, [""]],
    ["a cut document", changed({}).slice(0, 300), [""]],
    ["a document of more than 128 KiB", changed({ a: "b".repeat(131_072) }), [""]],
    ["a member twice", '{"enterpriseID":"1","enterpriseID":"2"}', ["/enterpriseID"]],
    ["no boxAppSettings", '{"enterpriseID":"1"}', ["/boxAppSettings"]],
    ["no client id", changed({}, { clientID: undefined }), ["/boxAppSettings/clientID"]],
    ["an empty client id", changed({}, { clientID: "" }), ["/boxAppSettings/clientID"]],
    [
      "a client secret with a space inside",
      changed({}, { clientSecret: "a b" }),
      ["/boxAppSettings/clientSecret"],
    ],
    ["a client secret that is a number", changed({}, { clientSecret: 7 }), ["/boxAppSettings/clientSecret"]],
    ["neither enterprise nor user", changed({ enterpriseID: undefined }), [""]],
    ["enterprise id 0", changed({ enterpriseID: "0" }), ["/enterpriseID"]],
    ["enterprise id 0 as a number", changed({ enterpriseID: 0 }), ["/enterpriseID"]],
    ["an enterprise id with letters", changed({ enterpriseID: "E123" }), ["/enterpriseID"]],
    ["an empty enterprise id", changed({ enterpriseID: "" }), ["/enterpriseID"]],
    ["an enterprise id that is null", changed({ enterpriseID: null }), ["/enterpriseID"]],
    ["a fractional enterprise id", changed({ enterpriseID: 1.5 }), ["/enterpriseID"]],
    ["a number that lost digits", changed({ enterpriseID: 2 ** 60 }), ["/enterpriseID"]],
    ["a negative id", changed({ userID: -1 }), ["/userID"]],
    ["webhooks that are a string", changed({ webhooks: "key" }), ["/webhooks"]],
    ["appAuth that is null", changed({}, { appAuth: null }), ["/boxAppSettings/appAuth"]],
    [
      "no public key id",
      changed({}, {}, { publicKeyID: undefined }),
      ["/boxAppSettings/appAuth/publicKeyID"],
    ],
    ["an empty public key id", changed({}, {}, { publicKeyID: "" }), ["/boxAppSettings/appAuth/publicKeyID"]],
    ["a blank public key id", changed({}, {}, { publicKeyID: " " }), ["/boxAppSettings/appAuth/publicKeyID"]],
    ["no private key", changed({}, {}, { privateKey: undefined }), [KEY]],
    ["an empty private key", changed({}, {}, { privateKey: "" }), [KEY]],
    ["a private key as array of lines", changed({}, {}, { privateKey: [encryptedKey] }), [KEY]],
    [
      "a passphrase alone",
      changed({}, {}, { ...blank, passphrase }),
      ["/boxAppSettings/appAuth/publicKeyID", KEY],
    ],
    ["an empty appAuth", changed({}, { appAuth: {} }), ["/boxAppSettings/appAuth/publicKeyID", KEY]],
    [
      "an encrypted key without passphrase",
      changed({}, {}, { passphrase: undefined }),
      ["/boxAppSettings/appAuth/passphrase"],
    ],
    [
      "an encrypted key with an empty passphrase",
      changed({}, {}, { passphrase: "" }),
      ["/boxAppSettings/appAuth/passphrase"],
    ],
    [
      "a public key",
      changed({}, {}, { privateKey: rsa.publicKey.export({ type: "spki", format: "pem" }) }),
      [KEY],
    ],
    [
      "an EC key",
      changed({}, {}, { privateKey: ec.privateKey.export({ type: "pkcs8", format: "pem" }) }),
      [KEY],
    ],
    ["a key that was cut off", changed({}, {}, { privateKey: encryptedKey.slice(0, 900) }), [KEY]],
    ["a path in the place of the key", changed({}, {}, { privateKey: "./private.pem" }), [KEY]],
    [
      "an algorithm that Box does not know",
      changed({}, {}, { algorithm: "ES256" }),
      ["/boxAppSettings/appAuth/algorithm"],
    ],
    [
      "the answer of GetSecretValue",
      JSON.stringify({ Name: "box", SecretString: changed({}) }),
      ["/SecretString"],
    ],
    ["the console's Key/value pair", JSON.stringify({ config: changed({}) }), ["/config"]],
    ["the config inside another object", JSON.stringify({ box: file }), ["/box"]],
  ])("%s", (_name, text, expected) => {
    expect(pointers(issuesOf(text))).toEqual(expected);
  });

  it("everything that is wrong at once", () => {
    const text = changed(
      { enterpriseID: "0" },
      { clientID: "", clientSecret: 5 },
      { publicKeyID: "", privateKey: "x" },
    );
    expect(pointers(issuesOf(text)).toSorted()).toEqual([
      KEY,
      "/boxAppSettings/appAuth/publicKeyID",
      "/boxAppSettings/clientID",
      "/boxAppSettings/clientSecret",
      "/enterpriseID",
    ]);
  });
});

describe("parseBoxConfig explains", () => {
  const told = (text: string) => issuesOf(text).map(formatIssue).join("\n");

  it("enterprise id 0 by what it means and what to do", () => {
    expect(told(changed({ enterpriseID: "0" }))).toMatch(/free personal account.*userID/);
  });

  it("a misspelt member by the right name, once", () => {
    const text = changed({}, { clientID: undefined, clientId: "client-id" });
    expect(issuesOf(text).map(({ pointer, fix }) => [pointer, fix])).toEqual([
      ["/boxAppSettings/clientId", "Did you mean clientID?"],
    ]);
  });

  it("a flat document by the place where its members belong", () => {
    expect(told('{"clientID":"a","clientSecret":"b","enterpriseID":"1"}')).toContain(
      "/clientID (line 1, column 2): No member of this name is known here; it is ignored. It belongs into /boxAppSettings.",
    );
  });

  it("a missing member by what it is and where the console shows it", () => {
    expect(told(changed({}, {}, { publicKeyID: undefined }))).toContain("Add and Manage Public Keys");
  });

  it("a wrapped secret by the command that gives the config alone", () => {
    expect(told(JSON.stringify({ SecretString: "{}" }))).toContain("--query SecretString --output text");
  });

  it("every issue with its line and column", () => {
    const [issue] = issuesOf(changed({ enterpriseID: "0" }));
    expect(issue).toMatchObject({ line: 11, column: 19 });
  });
});

describe("parseBoxConfig", () => {
  it("never puts a value into an issue or a warning, whatever is wrong with it", () => {
    const canary = "CANARY7f3a";
    const spoilt = fc.constantFrom<unknown>(
      canary,
      ` ${canary}\n`,
      `${canary} ${canary}`,
      `${canary}\u0000`,
      [canary],
      { [`x${canary.length}`]: canary },
      encryptedKey.replace("MII", canary),
      `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`,
      `-----BEGIN ${canary} PRIVATE KEY-----\nAAAA\n-----END ${canary} PRIVATE KEY-----`,
      Buffer.from(`{"a":"${canary}"}`).toString("base64"),
      "",
      0,
      null,
      undefined,
    );
    const auth = fc.record({
      publicKeyID: spoilt,
      privateKey: spoilt,
      passphrase: spoilt,
      algorithm: spoilt,
    });
    const settings = fc.record({ clientID: spoilt, clientSecret: spoilt, appAuth: fc.oneof(auth, spoilt) });
    const webhooks = fc.record({ primaryKey: spoilt, secondaryKey: spoilt });
    const document = fc.record({
      boxAppSettings: fc.oneof({ weight: 9, arbitrary: settings }, spoilt),
      enterpriseID: spoilt,
      userID: spoilt,
      webhooks: fc.oneof(webhooks, spoilt),
      other: spoilt,
    });
    const wrapped = fc
      .tuple(
        document,
        fc.constantFrom(
          (text: string) => text,
          JSON.stringify,
          (text: string) => text.slice(0, -5),
        ),
      )
      .map(([given, wrap]) => wrap(JSON.stringify(given)));
    fc.assert(
      fc.property(wrapped, (text) => {
        const parsed = parseBoxConfig(text);
        const told = parsed.ok ? parsed.value.warnings : parsed.error;
        expect(JSON.stringify(told)).not.toContain(canary);
        for (const { line, column } of told)
          expect([line, column]).toEqual([expect.any(Number), expect.any(Number)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => typeof parseBoxConfig(text).ok === "boolean"),
    );
  });

  it.each([
    ["spaces", `a${" ".repeat(120_000)}{`],
    ["a passphrase of line breaks", changed({}, {}, { passphrase: `${"\n".repeat(60_000)}a` })],
    ["many unknown members", `{${Array.from({ length: 9_000 }, (_, index) => `"m${index}":0`).join()}}`],
    ["a long id", changed({ enterpriseID: "1".repeat(120_000) })],
  ])("answers within a quarter of a second on %s", (_name, text) => {
    const start = performance.now();
    parseBoxConfig(text);
    expect(performance.now() - start).toBeLessThan(250);
  });

  it("leaves Object.prototype alone", () => {
    const polluting =
      '{"__proto__":{"polluted":1},"boxAppSettings":{"__proto__":{"clientID":"x","clientSecret":"y"}}}';
    expect(parseBoxConfig(polluting).ok).toBe(false);
    expect({}).not.toHaveProperty("polluted");
  });
});
