import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { globMatcher } from "../../action/rules/schema/glob.ts";
import { KEY_FORMATS } from "../../action/scan/key-formats.ts";
import { parseSuppressions } from "../../action/suppressions/suppressions.ts";
import { submission } from "../../tools/schemastore.ts";
import { boxStylePem, PASSPHRASE, rsaKeyPair } from "../keys.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
const files = submission();
const parsed = (path: string) => JSON.parse(files.get(path) ?? "null");
const catalog = read("schemas/catalog.json").schemas as readonly {
  readonly name: string;
  readonly description: string;
  readonly fileMatch: readonly string[];
  readonly url: string;
}[];
const names = catalog.map(
  ({ url }) => /^https:\/\/json\.schemastore\.org\/([a-z-]+)\.json$/.exec(url)?.[1] ?? url,
);
/** Compiles a schema as SchemaStore does, which accepts only the draft's own keywords. */
const strictly = (schema: object) =>
  new Ajv({ strict: true, allErrors: true, allowUnionTypes: false }).compile(schema);
const documents = (folder: string, name: string) =>
  [...files.keys()].filter((path) => path.startsWith(`src/${folder}/${name}/`));

describe.each(names)("the schema %s for SchemaStore", (name) => {
  const schema = parsed(`src/schemas/json/${name}.json`);

  it("is draft-07, has the URL of its catalog entry, and compiles in strict mode", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(schema.$id).toBe(`https://json.schemastore.org/${name}.json`);
    expect(schema).toMatchObject({
      title: expect.any(String),
      description: expect.any(String),
      type: "object",
    });
    expect(strictly(schema)).toBeTypeOf("function");
  });

  it("accepts its positive documents and refuses each of its negative ones", () => {
    const validate = strictly(schema);
    const [positive, negative] = [documents("test", name), documents("negative_test", name)];
    expect(Math.min(positive.length, negative.length)).toBeGreaterThanOrEqual(3);
    for (const path of positive)
      expect([path, validate(parsed(path)) || validate.errors]).toEqual([path, true]);
    for (const path of negative) expect([path, validate(parsed(path))]).toEqual([path, false]);
  });
});

describe("the catalog for SchemaStore", () => {
  it("is sorted by name, and has file patterns that no other catalog entry uses", () => {
    expect(catalog.map(({ name }) => name)).toEqual(catalog.map(({ name }) => name).toSorted());
    for (const { fileMatch } of catalog)
      for (const pattern of fileMatch) {
        expect(pattern).toMatch(/box-|_config\.json$/);
        for (const common of [
          "config.json",
          "app_config.json",
          "package.json",
          "policy.json",
          "tsconfig.json",
        ])
          expect([pattern, globMatcher(pattern.replace("[0-9]", "?"))(common)]).toEqual([pattern, false]);
      }
  });

  it("matches the files that the linter recognises", () => {
    const matched = (path: string) =>
      catalog.flatMap(({ name, fileMatch }) =>
        fileMatch.some((pattern) => globMatcher(pattern.replace("[0-9]", "?"))(path)) ? [name] : [],
      );
    expect(matched("12345_ab12cd34_config.json")).toEqual(["Box app config"]);
    expect(matched(".box-config-lint.json")).toEqual(["box-config-lint"]);
    expect(matched("box-sts.policy.json")).toEqual(["box-sts policy"]);
  });

  it("has every pattern in the documentation", () => {
    const text = readFileSync(join(ROOT, "docs/rules.md"), "utf8");
    for (const pattern of catalog.flatMap(({ fileMatch }) => fileMatch))
      expect(text).toContain(`\`${pattern}\``);
  });

  it("accepts a config with a real key, although no published document contains a key", () => {
    for (const text of files.values()) expect(text).not.toMatch(/BEGIN|MII[A-Z]/);
    const [path = ""] = documents("test", "box-app-config").filter((one) => one.endsWith("jwt.json"));
    const config = parsed(path);
    Object.assign(config.boxAppSettings.appAuth, {
      privateKey: boxStylePem(rsaKeyPair(2048).privateKey),
      passphrase: PASSPHRASE,
    });
    expect(strictly(parsed("src/schemas/json/box-app-config.json"))(config)).toBe(true);
  });
});

describe("the schema of the suppressions file", () => {
  const schema = read("docs/suppressions.schema.json");
  const validate = strictly(schema);
  const entry = { reason: "r", expires: "2027-01-31" };
  const path = { path: "testdata/**", kinds: ["pkcs8"], ...entry };
  const hash = `scrypt$ln=15,r=8,p=3$${"A".repeat(22)}$${"b".repeat(43)}`;

  it("lists every kind of key", () => {
    expect(schema.properties.ignore.items.properties.kinds.items.enum).toEqual(Object.keys(KEY_FORMATS));
  });

  it.each<[string, unknown]>([
    ["a key", { identity: "spki-sha256:00", ...entry }],
    ["a Box secret", { identity: "box-secret:.env#A", ...entry, secretHash: hash }],
    ["a path", path],
    ["a path with a wildcard in the middle", { ...path, path: "a/*/b?/c.pem" }],
    ["a path with dots in names", { ...path, path: "a..b/.c/**" }],
    ["no reason", { ...path, reason: " " }],
    ["no day", { ...path, expires: undefined }],
    ["a day that is none", { ...path, expires: "2027-13-01" }],
    ["every file", { ...path, path: "**" }],
    ["every file of a name", { ...path, path: "**/*.pem" }],
    ["a question mark alone", { ...path, path: "?" }],
    ["a folder above", { ...path, path: "a/../**" }],
    ["an absolute path", { ...path, path: "/a/**" }],
    ["a slash at the end", { ...path, path: "a/" }],
    ["two slashes", { ...path, path: "a//b" }],
    ["a backslash", { ...path, path: "a\\b" }],
    ["braces", { ...path, path: "a/{b,c}" }],
    ["no kind", { ...path, kinds: [] }],
    ["an unknown kind", { ...path, kinds: ["rsa"] }],
    ["a path without kinds", { ...path, kinds: undefined }],
    ["kinds without a path", { ...path, path: undefined }],
    ["a path and a fingerprint", { ...path, identity: "x" }],
    ["another property", { ...path, note: "x" }],
    ["a text", "x"],
  ])("agrees with the linter on %s", (_, one) => {
    const text = JSON.stringify({ ignore: [one] });
    expect(validate(JSON.parse(text))).toBe(parseSuppressions(text, "f", "2026-11-21").ok);
  });
});
