import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { globMatcher } from "../../action/rules/schema/glob.ts";
import validate from "../../schemas/generated/box-config-committed.js";

const FOLDER = join(import.meta.dirname, "../../schemas");

const schemasIn = (folder: string) =>
  readdirSync(join(FOLDER, folder))
    .filter((file) => file.endsWith(".schema.json"))
    .map((file) => ({
      file,
      schema: JSON.parse(readFileSync(join(FOLDER, folder, file), "utf8")) as object,
    }));

const NEWEST = schemasIn(".");
const OLDER = schemasIn("draft-07");

const patternsOf = (node: unknown): readonly string[] =>
  typeof node !== "object" || node === null
    ? []
    : Object.entries(node).flatMap(([name, value]) =>
        name === "pattern" && typeof value === "string" ? [value] : patternsOf(value),
      );

/** Syntax that ECMA-262 with the flag `u`, Python, Java, .NET and Go's ECMA-like libraries interpret alike. */
const PORTABLE = /^(?:\\(?:[$.*+?()[\]{}|^\\]|u[0-9a-f]{4}|1|[sS])|\(\?(?:[:=!])|[^\\])*$/u;
/** `[^]` and `[]` exist only in ECMA-262; the syntax of `(?<` and of flags differs between languages. */
const UNPORTABLE = /(?<!\\)\[\^?\]|\(\?[^:=!]/u;

/** The settings for VS Code in the documentation. */
const SETTINGS = (() => {
  const text = readFileSync(join(FOLDER, "../docs/rules.md"), "utf8");
  const [, section = ""] = text.split("## In an editor\n");
  return JSON.parse(/^```json\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? "{}") as {
    readonly "json.schemas": readonly { readonly fileMatch: readonly string[]; readonly url: string }[];
    readonly "yaml.schemas": Readonly<Record<string, readonly string[]>>;
  };
})();

const VARIABLE = `$${"{VAR}"}`;
const SECRETS = [
  ...[
    "",
    VARIABLE,
    "op://vault/item/field",
    "<secret>",
    "your client secret here",
    "REDACTED",
    "xxxx",
    "aaaa",
  ],
  ...["client-secret", "abc...123", "correct horse battery", "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY", "a\nb", " "],
];

const config = (secret: unknown, id: unknown = "abc") => ({
  boxAppSettings: { clientID: id, clientSecret: secret, appAuth: { publicKeyID: id, privateKey: secret } },
  webhooks: { primaryKey: secret },
  enterpriseID: id === "abc" ? "123" : id,
});

const DOCUMENTS = [
  ...SECRETS.map((secret) => config(secret)),
  ...[VARIABLE, "<client id>", "ä", "", 7].map((id) => config(VARIABLE, id)),
  config(7),
  config(undefined),
  {},
];

describe("the published schemas", () => {
  it("exist in draft 2020-12 and in draft-07, each with its own id", () => {
    expect(OLDER.map(({ file }) => file)).toEqual(NEWEST.map(({ file }) => file));
    const ids = [...NEWEST, ...OLDER].map(({ schema }) => (schema as { $id: string }).$id);
    expect(new Set(ids).size).toBe(12);
    expect(NEWEST.length).toBe(6);
  });

  it.each([...NEWEST, ...OLDER])(
    "have patterns that other languages interpret as JavaScript does: $file",
    ({ schema }) => {
      for (const pattern of patternsOf(schema)) {
        expect(() => new RegExp(pattern, "u")).not.toThrow();
        expect(pattern).toMatch(PORTABLE);
        expect(pattern).not.toMatch(UNPORTABLE);
      }
    },
  );

  it("have stable ids, without a host, path or version", () => {
    const idOf = (schema: object) => (schema as { $id: string }).$id;
    for (const { file, schema } of NEWEST) {
      expect(idOf(schema)).toBe(`urn:box-sts:schema:${file.replace(".schema.json", "")}`);
      expect(URL.canParse(idOf(schema))).toBe(true);
      const older = OLDER.find((one) => one.file === file)?.schema ?? {};
      expect(idOf(older)).toBe(`${idOf(schema)}:draft-07`);
    }
  });

  it.each(OLDER)(
    "compile in draft-07 with every strict-mode check on, as SchemaStore requires: $file",
    ({ schema }) => {
      expect(new Ajv({ strict: true, allErrors: true }).compile(schema)).toBeTypeOf("function");
    },
  );

  it.each(NEWEST)("compile in strict mode, in both drafts: $file", ({ file, schema }) => {
    const older = OLDER.find((one) => one.file === file)?.schema ?? {};
    const strict = { strict: true, strictRequired: false, strictTypes: false } as const;
    expect(new Ajv2020(strict).compile(schema)).toBeTypeOf("function");
    expect(new Ajv(strict).compile(older)).toBeTypeOf("function");
  });

  it("accept the same committed configs as the linter, in both drafts", () => {
    const named = ({ file }: { file: string }) => file === "box-config-committed.schema.json";
    const newest = new Ajv2020({ strictTypes: false }).compile(NEWEST.find(named)?.schema ?? {});
    const older = new Ajv({ strictTypes: false }).compile(OLDER.find(named)?.schema ?? {});
    const verdicts = DOCUMENTS.map((document) => validate(document));
    expect(DOCUMENTS.map((document) => newest(document))).toEqual(verdicts);
    expect(DOCUMENTS.map((document) => older(document))).toEqual(verdicts);
    expect(new Set(verdicts).size).toBe(2);
  });

  it("contain the long placeholder pattern once, and no message quotes it", () => {
    const { schema } = NEWEST.find(({ file }) => file === "box-config-committed.schema.json") ?? {
      schema: {},
    };
    expect(patternsOf(schema).filter((pattern) => pattern.length > 200)).toHaveLength(1);
    const check = new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema);
    expect(check(config("aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY"))).toBe(false);
    expect(check.errors?.map(({ instancePath }) => instancePath)).toEqual([
      "/boxAppSettings/clientSecret",
      "/boxAppSettings/appAuth/privateKey",
      "/webhooks/primaryKey",
    ]);
    for (const { message = "", params } of check.errors ?? [])
      expect(`${message}${JSON.stringify(params)}`.length).toBeLessThan(100);
  });
});

describe("the settings for VS Code in docs/rules.md", () => {
  /** Reads a file of the package from the path that an editor uses. */
  const packaged = (url: string) => {
    const [, path = ""] = /^\.\/node_modules\/box-sts\/(.+)$/.exec(url) ?? [];
    const published: readonly string[] = JSON.parse(
      readFileSync(join(FOLDER, "../package.json"), "utf8"),
    ).files;
    expect(published.some((glob) => globMatcher(glob)(path) || path.startsWith(`${glob}/`))).toBe(true);
    return new Ajv({ strict: true, allErrors: true }).compile(
      JSON.parse(readFileSync(join(FOLDER, "..", path), "utf8")),
    );
  };
  /** VS Code matches a pattern without a slash against the file name. */
  const validatorFor = (name: string) =>
    packaged(
      SETTINGS["json.schemas"].find(({ fileMatch }) => fileMatch.some((one) => globMatcher(one)(name)))
        ?.url ?? "",
    );
  const open = config("aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY");

  it.each(["12345_ab12cd34_config.json", "box-config.dev.json"])(
    "report a plain-text secret in %s, but not a reference",
    (name) => {
      expect(validatorFor(name)(open)).toBe(false);
      expect(validatorFor(name)(config(VARIABLE))).toBe(true);
    },
  );

  it("report a plain-text secret in YAML too", () => {
    const urls = Object.entries(SETTINGS["yaml.schemas"]);
    expect(urls.flatMap(([, globs]) => globs)).toEqual(["box-config*.yaml", "box-config*.yml"]);
    for (const [url] of urls)
      expect([packaged(url)(open), packaged(url)(config(VARIABLE))]).toEqual([false, true]);
  });

  it("check policies and the suppressions file", () => {
    expect(validatorFor("box-sts.policy.json")({ version: 1, statements: [] })).toBe(true);
    expect(validatorFor("box-sts.policy.json")({ version: 1, statement: [] })).toBe(false);
    const entry = { path: "testdata/**", kinds: ["pkcs8"], reason: "published", expires: "2027-01-31" };
    expect(validatorFor(".box-config-lint.json")({ ignore: [entry] })).toBe(true);
    expect(validatorFor(".box-config-lint.json")({ ignore: [{ ...entry, path: "**" }] })).toBe(false);
  });
});
