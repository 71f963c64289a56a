import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { RULES } from "../../action/rules/rules.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const FORMS = readdirSync(join(ROOT, ".github/ISSUE_TEMPLATE")).filter((name) => name !== "config.yml");

interface Field {
  readonly type: "markdown" | "input" | "textarea" | "dropdown";
  readonly id?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

describe.each(FORMS)("the issue form %s", (name) => {
  const form = parse(read(`.github/ISSUE_TEMPLATE/${name}`)) as { readonly body: readonly Field[] };
  const attributesOf = (type: Field["type"]) =>
    form.body.flatMap((field) => (field.type === type ? [field.attributes] : []));

  test("has what GitHub requires of a form", () => {
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    const fields = form.body.filter(({ type }) => type !== "markdown");
    const ids = fields.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { attributes } of fields) expect(attributes.label).toEqual(expect.any(String));
  });

  test("begins with the request to paste no secret", () => {
    expect(attributesOf("markdown")[0]?.value).toMatch(/^Never paste a /);
  });
});

test("the issue form about findings offers every rule of the Action", () => {
  const { body } = parse(read(".github/ISSUE_TEMPLATE/finding.yml")) as { readonly body: readonly Field[] };
  const offered = body.find(({ id }) => id === "rule")?.attributes.options as readonly string[];
  expect(offered).toEqual([...RULES.map(({ id }) => id), "schema"]);
});

test("CODEOWNERS names paths that exist, the suppressions of this repository among them", () => {
  const paths = [...read(".github/CODEOWNERS").matchAll(/^\/(\S+)\s+@/gm)].map(([, path = ""]) => path);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(paths).toEqual(expect.arrayContaining([".github/", ".box-config-lint.json"]));
});
