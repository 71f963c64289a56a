import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBoxConfig } from "../../../schemas/box-config/parse.ts";
import { formatIssue } from "../../../schemas/json/issue.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { samples } from "../../support/samples.ts";
import {
  blank,
  changed,
  ec,
  encryptedKey,
  file,
  issuesOf,
  KEY,
  passphrase,
  pointers,
  rsa,
} from "./box-config-file.ts";

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
    ["a property twice", '{"enterpriseID":"1","enterpriseID":"2"}', ["/enterpriseID"]],
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
    ["a path instead of the key", changed({}, {}, { privateKey: "./private.pem" }), [KEY]],
    [
      "an algorithm that Box does not know",
      changed({}, {}, { algorithm: "ES256" }),
      ["/boxAppSettings/appAuth/algorithm"],
    ],
    [
      "the response of GetSecretValue",
      JSON.stringify({ Name: "box", SecretString: changed({}) }),
      ["/SecretString"],
    ],
    ["the console's Key/value pair", JSON.stringify({ config: changed({}) }), ["/config"]],
    ["the config inside another object", JSON.stringify({ box: file }), ["/box"]],
  ])("%s", (_name, text, expected) => {
    expect(pointers(issuesOf(text))).toEqual(expected);
  });

  it("a config with several errors and reports all of them", () => {
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
  const explanationOf = (text: string) => issuesOf(text).map(formatIssue).join("\n");

  it("what enterprise id 0 means and what to do", () => {
    expect(explanationOf(changed({ enterpriseID: "0" }))).toMatch(/free personal account.*userID/);
  });

  it("a misspelt property by the right name, once", () => {
    const text = changed({}, { clientID: undefined, clientId: "client-id" });
    expect(issuesOf(text).map(({ pointer, fix }) => [pointer, fix])).toEqual([
      ["/boxAppSettings/clientId", "Did you mean clientID?"],
    ]);
  });

  it("the error of a property by a code, and by the name that was meant", () => {
    const codes = (text: string) =>
      issuesOf(text).map(({ pointer, code, suggestion = null }) => [pointer, code, suggestion]);
    expect(codes(changed({ BoxWillAddThis: 1 }, { clientSecret: undefined }))).toEqual([
      ["/boxAppSettings/clientSecret", "property_missing", null],
    ]);
    expect(codes(changed({ clientSecret: "x" }, { clientSecret: undefined }))).toEqual([
      ["/boxAppSettings/clientSecret", "property_missing", null],
      ["/clientSecret", "property_misplaced", null],
    ]);
    expect(codes(changed({}, { clientID: undefined, clientId: "client-id" }))).toEqual([
      ["/boxAppSettings/clientId", "property_misspelt", "clientID"],
    ]);
  });

  it.each([
    ["enterpriseId", "enterpriseID"],
    ["userId", "userID"],
  ])("a config whose only subject is misspelt %s by the right name, once", (given, meant) => {
    const text = changed({ enterpriseID: undefined, [given]: "123" });
    expect(parseBoxConfig(text).ok).toBe(false);
    expect(issuesOf(text).map(({ pointer, fix }) => [pointer, fix])).toEqual([
      [`/${given}`, `Did you mean ${meant}?`],
    ]);
  });

  it.each([
    [
      "a marker of a merge conflict",
      changed({}).replace(/\n/, "\n<<<<<<< HEAD\n"),
      /marker of a merge conflict/,
    ],
    ["a comment that begins with #", `# reports\n${changed({})}`, /# begins none/],
    ["typographic quotation marks", changed({}).replace('"enterpriseID"', "“enterpriseID”"), /typographic/],
    ["the fence of a code block", `\`\`\`json\n${changed({})}\n\`\`\``, /fence of a Markdown code block/],
  ])("a document with %s by a specific message", (_, text, sentence) => {
    expect(explanationOf(text)).toMatch(sentence);
    expect(issuesOf(text)).toHaveLength(1);
  });

  it("a flat document by the place where its properties belong", () => {
    expect(explanationOf('{"clientID":"a","clientSecret":"b","enterpriseID":"1"}')).toContain(
      "/clientID (line 1, column 2): No property of this name is known here; it is ignored. It belongs in /boxAppSettings.",
    );
  });

  it("a missing property by its meaning and its place in the console", () => {
    expect(explanationOf(changed({}, {}, { publicKeyID: undefined }))).toContain(
      "Add and Manage Public Keys",
    );
  });

  it("a wrapped secret by the command that prints only the config", () => {
    expect(explanationOf(JSON.stringify({ SecretString: "{}" }))).toContain(
      "--query SecretString --output text",
    );
  });

  it("every issue with its line and column", () => {
    const [issue] = issuesOf(changed({ enterpriseID: "0" }));
    expect(issue).toMatchObject({ line: 11, column: 19 });
  });
});

describe("parseBoxConfig", () => {
  it("never puts a value into an issue or a warning, for any invalid document", () => {
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
        const issues = parsed.ok ? parsed.value.warnings : parsed.error;
        expect(JSON.stringify(issues)).not.toContain(canary);
        for (const { position } of issues)
          expect(position).toEqual({ line: expect.any(Number), column: expect.any(Number) });
      }),
      { numRuns: samples(2_000) },
    );
  });

  it("never throws, for any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => typeof parseBoxConfig(text).ok === "boolean"),
    );
  });

  it.each<[string, (scale: number) => string]>([
    ["spaces", (scale) => `a${" ".repeat(15_000 * scale)}{`],
    [
      "a passphrase of line breaks",
      (scale) => changed({}, {}, { passphrase: `${"\n".repeat(7_500 * scale)}a` }),
    ],
    [
      "many unknown properties",
      (scale) => `{${Array.from({ length: 1_125 * scale }, (_, index) => `"m${index}":0`).join()}}`,
    ],
    ["a long id", (scale) => changed({ enterpriseID: "1".repeat(15_000 * scale) })],
  ])("takes linear time on %s", async (_name, text) => {
    await expectLinearGrowth(text, parseBoxConfig);
  });

  it("does not change Object.prototype", () => {
    const polluting =
      '{"__proto__":{"polluted":1},"boxAppSettings":{"__proto__":{"clientID":"x","clientSecret":"y"}}}';
    expect(parseBoxConfig(polluting).ok).toBe(false);
    expect({}).not.toHaveProperty("polluted");
  });
});
