import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { committedSchema } from "../../schemas/box-config/committed-schema.ts";
import { KEYWORDS } from "../../schemas/json/keywords.ts";
import { generate } from "../../tools/generate.ts";

const SCHEMAS = join(import.meta.dirname, "../../schemas");
const files = readdirSync(SCHEMAS).filter((name) => name.endsWith(".schema.json"));
const read = (...path: readonly string[]) => readFileSync(join(...path), "utf8");

describe("the committed validators", () => {
  it("match their schemas", () => {
    const script = join(SCHEMAS, "../tools/generate.ts");
    expect(execFileSync(process.execPath, [script, "--check"], { encoding: "utf8" })).toBe("");
  });

  it.each(files)("import no module at run time: %s", (file) => {
    const code = read(SCHEMAS, "generated", file.replace(".schema.json", ".js"));
    expect(code).not.toMatch(/\brequire\(|^import |\bimport\(|new Function|\beval\(/m);
  });
});

describe("drift detection", () => {
  let folder: string;
  // Two of the schemas: each compilation of all of them takes 0.2 s of processor time.
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "box-sts-schemas-"));
    for (const name of ["policy", "policy-test"]) {
      const made = [`generated/${name}.js`, `generated/${name}.d.ts`, `draft-07/${name}.schema.json`];
      for (const file of [`${name}.schema.json`, ...made]) cpSync(join(SCHEMAS, file), join(folder, file));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const check = () => generate(folder, { write: false });

  it("reports nothing for an identical copy", async () => {
    expect(await check()).toEqual([]);
  });

  it("reports a schema that changed without regeneration", async () => {
    const file = join(folder, "policy.schema.json");
    writeFileSync(file, read(file).replace('"maxItems": 1000', '"maxItems": 2000'));
    expect(await check()).toEqual(["draft-07/policy.schema.json", "policy.js"]);
  });

  it("reports an enum of scopes that is not the list of Box's scopes, and regeneration repairs it", async () => {
    const file = join(folder, "policy.schema.json");
    const committed = read(file);
    writeFileSync(file, committed.replace('"item_upload",\n', ""));
    expect(await check()).toEqual(["policy.schema.json", "draft-07/policy.schema.json", "policy.js"]);
    expect(await generate(folder, { write: true })).toContain("policy.schema.json");
    expect(JSON.parse(read(file))).toEqual(JSON.parse(committed));
    expect(await check()).toEqual([]);
  });

  it("reports a validator that was edited by hand, and regeneration repairs it", async () => {
    const file = join(folder, "generated/policy-test.js");
    const committed = read(file);
    writeFileSync(file, `${committed}// edited\n`);
    expect(await check()).toEqual(["policy-test.js"]);
    await generate(folder, { write: true });
    expect(read(file)).toBe(committed);
  });

  it("reports a missing validator and one whose schema no longer exists", async () => {
    rmSync(join(folder, "generated/policy.js"));
    writeFileSync(join(folder, "generated/gone.js"), "");
    expect((await check()).toSorted()).toEqual(["gone.js", "policy.js"]);
  });

  it("exits with 1 and prints one sentence", () => {
    const stale = join(folder, "policy.schema.json");
    writeFileSync(stale, read(stale).replace('"maxItems": 1000', '"maxItems": 2000'));
    const script = join(SCHEMAS, "../tools/generate.ts");
    const run = spawnSync(process.execPath, [script, "--check", folder], { encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stdout).toBe(
      "Generated files do not match their sources (draft-07/policy.schema.json, policy.js). Run: npm run generate\n",
    );
  });
});

describe.each(files)("%s", (file) => {
  // The published form of the committed config has keywords that its validator is not compiled from.
  const schema: unknown =
    file === "box-config-committed.schema.json"
      ? committedSchema(JSON.parse(read(SCHEMAS, "box-config.schema.json")))
      : JSON.parse(read(SCHEMAS, file));

  it("describes every property", () => {
    expect(propertiesOf(schema).filter(([, property]) => typeof property.description !== "string")).toEqual(
      [],
    );
  });

  it("uses only keywords whose violation has a message", () => {
    const untold = keywordsOf(schema).filter((keyword) => !(keyword in KEYWORDS) && !SILENT.has(keyword));
    expect(untold).toEqual([]);
  });
});

/** Keywords without a message of their own: annotations, and keywords whose subschemas report the violation. */
const SILENT = new Set(
  "$schema $id title description examples default properties items allOf if then else".split(" "),
);

type Schema = Readonly<Record<string, unknown>>;
const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Properties at the place that declares them; a condition only tightens them. */
function propertiesOf(schema: unknown, path = ""): [string, Schema][] {
  if (!isSchema(schema)) return [];
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, Schema>>);
  return [
    ...properties.flatMap(([name, property]): [string, Schema][] => [
      [`${path}/${name}`, property],
      ...propertiesOf(property, `${path}/${name}`),
    ]),
    ...(isSchema(schema.items) ? [[`${path}/*`, schema.items] as [string, Schema]] : []),
    ...propertiesOf(schema.items, `${path}/*`),
  ];
}

function keywordsOf(schema: unknown): string[] {
  if (!isSchema(schema)) return [];
  const inner = [
    ...Object.values((schema.properties ?? {}) as object),
    ...(["allOf"] as const).flatMap((keyword) => (schema[keyword] as unknown[] | undefined) ?? []),
    ...["items", "then", "else"].map((keyword) => schema[keyword]),
  ];
  return [...Object.keys(schema), ...inner.flatMap(keywordsOf)];
}
