import { describe, expect, it } from "vitest";
import { boxConfigRule } from "../../../action/rules/box-config.ts";
import { boxSecretRule } from "../../../action/rules/box-secret/box-secret.ts";
import { policyRule } from "../../../action/rules/policy.ts";
import { MAPPED_ISSUES } from "../../../action/rules/schema/issues.ts";
import { schemaRule } from "../../../action/rules/schema/schema.ts";
import type { Rule } from "../../../action/scan/rule.ts";
import { contentOf, SECRETS, type Vector, vectorsOf } from "./vectors.ts";

/** The rule `schema` is made again for each vector, from the schemas in it. */
const RULES: Readonly<Record<string, (vector: Vector) => Rule>> = {
  "box-config": () => boxConfigRule,
  "box-secret": () => boxSecretRule,
  policy: () => policyRule,
  schema: ({ input }) => {
    const mappings = (input.schemas ?? []).map((one) => ({ ...one, schemaPath: "schema.json" }));
    const rule = schemaRule(mappings);
    if (!rule.ok) throw new Error(rule.error.code);
    return rule.value;
  },
};

describe.each(Object.keys(RULES))("%s", (id) => {
  const vectors = vectorsOf(id);

  it.each(vectors.map((vector) => [vector.file, vector.why, vector] as const))(
    "%s: %s",
    (_file, _why, vector) => {
      const content = contentOf(vector);
      const findings = (RULES[id] as (vector: Vector) => Rule)(vector).find(content);
      const reported = findings.map(({ identity, certainty, line, column }) => ({
        member: identity.replace(`${id}:${content.path}#`, ""),
        certainty,
        line,
        column,
      }));
      const wanted = vector.expect.map(({ member, certainty, line, column }) => ({
        member,
        certainty,
        line,
        column,
      }));
      expect(reported).toEqual(wanted);
      // A Box secret is named by its kind, an issue of a document by its code.
      for (const { code } of findings) expect(code === undefined || code in MAPPED_ISSUES).toBe(true);
      expect(findings.some(({ code }) => code === undefined)).toBe(
        id === "box-secret" && findings.length > 0,
      );
      for (const [at, { kind, message = "", fix = "" }] of vector.expect.entries()) {
        expect(findings[at]?.rule).toBe(id);
        if (kind !== undefined) expect(findings[at]?.kind).toBe(kind);
        expect(findings[at]?.message).toContain(message);
        expect(findings[at]?.fix).toContain(fix);
      }
    },
  );

  it("never shows a part of a secret", () => {
    for (const vector of vectors) {
      const printed = JSON.stringify((RULES[id] as (vector: Vector) => Rule)(vector).find(contentOf(vector)));
      for (const value of Object.values(SECRETS)) expect(printed).not.toContain(value.slice(0, 12));
      expect(printed).not.toMatch(/MII[A-Za-z0-9+/]{9}/);
    }
  });
});
