import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { boxConfigRule } from "../../../action/rules/box-config.ts";
import { policyRule } from "../../../action/rules/policy.ts";
import { schemaRule } from "../../../action/rules/schema/schema.ts";
import type { Rule } from "../../../action/scan/rule.ts";

const found = (rule: Rule, path: string, text: string) =>
  rule
    .find({ path, bytes: Buffer.from(text), whole: true, start: { line: 1, column: 1 } })
    .map(({ code, certainty, identity }) => [code, certainty, identity.replace(/^[^#]*#/, "")]);

const config = (changes: object, auth: object = {}) =>
  JSON.stringify({
    boxAppSettings: { clientID: "a", appAuth: { publicKeyID: "ab12cd34", ...auth } },
    enterpriseID: "1",
    ...changes,
  });

const tenTimes = (item: string) => `[${Array.from({ length: 10 }, () => item).join(", ")}]`;
const ALIASES_WITHOUT_END = `a: &a ${tenTimes("x")}\nb: &b ${tenTimes("*a")}\nc: &c ${tenTimes("*b")}\nd: ${tenTimes("*c")}`;

describe("the rule box-config gives the code", () => {
  it.each<[string, string, string, string]>([
    ["property_misspelt", "certain", "/enterpriseId", config({ enterpriseId: "1" })],
    ["property_misplaced", "certain", "/clientID", config({ clientID: "a" })],
    ["property_unknown", "partial", "/region", config({ region: "eu" })],
    ["wrong_type", "certain", "/enterpriseID", config({ enterpriseID: 1 })],
    ["config_enterprise_zero", "certain", "/enterpriseID", config({ enterpriseID: "0" })],
    [
      "private_key_absent",
      "partial",
      "/boxAppSettings/appAuth/privateKey",
      config({}, { privateKey: "kept elsewhere" }),
    ],
    [
      "private_key_is_public",
      "certain",
      "/boxAppSettings/appAuth/privateKey",
      config({}, { privateKey: "ssh-rsa AAAAB3NzaC1yc2E" }),
    ],
    ["json_comment", "certain", "", `// ours\n${config({})}`],
    ["json_byte_order_mark", "certain", "", `\uFEFF${config({})}`],
  ])("%s to an issue, which is %s", (code, certainty, pointer, text) => {
    expect(found(boxConfigRule, "config.json", text)).toEqual([[code, certainty, pointer]]);
  });
});

it("the rule policy gives an issue the code that the parser gives it", () => {
  const statement = { id: "a", caller: { iam: "123456789012" }, app: "a", subjects: ["enterprise"] };
  const text = JSON.stringify({ version: 1, statements: [{ ...statement, unrestricted: true }] });
  expect(found(policyRule, "box-sts.policy.json", text)).toEqual([
    ["policy_account_as_caller", "certain", "/statements/0/caller/iam"],
  ]);
});

describe("the rule schema gives the code", () => {
  const codesOf = (schema: unknown, text: string, path = "a.json") => {
    const rule = schemaRule([{ glob: "**", schemaPath: "s.json", schema }]);
    if (!rule.ok) throw new Error(rule.error.code);
    return found(rule.value, path, text).map(([code]) => code);
  };

  it.each<[string, unknown, string]>([
    ["wrong_type", { type: "string" }, "1"],
    ["value_not_listed", { enum: ["red"] }, '"blue"'],
    ["wrong_form", { pattern: "^a$" }, '""'],
    ["number_too_small", { exclusiveMinimum: 3 }, "3"],
    ["number_not_multiple", { multipleOf: 2 }, "3"],
    ["element_missing", { contains: { const: 1 } }, "[2]"],
    ["elements_not_allowed", { prefixItems: [true], items: false }, "[1, 2]"],
    ["property_not_evaluated", { unevaluatedProperties: false }, '{"a":1}'],
    ["property_name_not_allowed", { propertyNames: { maxLength: 1 } }, '{"ab":1}'],
    ["alternatives_several", { oneOf: [true, true] }, "1"],
    ["value_forbidden", { not: {} }, "1"],
  ])("%s to a violation of %j", (code, schema, text) => {
    expect(codesOf(schema, text)).toContain(code);
  });

  it.each([
    ["yaml_tab", "a:\n\t- b"],
    ["yaml_alias_unknown", "a: *b"],
    ["yaml_unreadable", ALIASES_WITHOUT_END],
    ["property_repeated", "a: 1\na: 2"],
    ["yaml_name_too_long", `? a\n${"b".repeat(1_100)}: 1`],
  ])("%s to a text that is no YAML", (code, text) => {
    expect(codesOf({}, text, "a.yaml")).toContain(code);
  });
});
