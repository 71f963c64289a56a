import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AuditEvent, RevocationEffect } from "../../functions/broker/audit-event.ts";
import { AuditRecord } from "../../functions/broker/audit-record.ts";
import type { SecretStage } from "../../functions/broker/ports.ts";
import { PROBLEMS } from "../../schemas/protocol/problems.ts";

interface Property {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
}

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../schemas/audit-event.schema.json"), "utf8"),
) as {
  readonly additionalProperties: unknown;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Property>>;
};

/** Every member of a union once, which the compiler checks in both directions. */
const membersOf = <Member extends string>(members: Readonly<Record<Member, true>>) => Object.keys(members);

test("the schema of audit events has the properties of the type, in its order, and no others", () => {
  const names = Object.keys(new AuditRecord("issue", "r", { alias: "nightly" }).event(0));
  expect(Object.keys(schema.properties)).toEqual(names);
  expect(schema.required).toEqual(names);
  expect(schema.additionalProperties).toBe(false);
});

test("each property of an audit event has a description of one or two sentences", () => {
  for (const [name, { description = "" }] of Object.entries(schema.properties)) {
    expect(description, name).toMatch(/^[A-Z][^\n|]{20,180}\.$/);
  }
});

test("the enumerations of the schema are those of the type", () => {
  expect(schema.properties.action?.enum).toEqual(
    membersOf<AuditEvent["action"]>({ issue: true, revoke: true, connect: true, disconnect: true }),
  );
  expect(schema.properties.outcome?.enum).toEqual(
    membersOf<AuditEvent["outcome"]>({
      ...{ issued: true, revoked: true, connected: true, disconnected: true, denied: true, failed: true },
    }),
  );
  const effects = membersOf<RevocationEffect>({ ended_at_box: true, evicted: true, unknown_token: true });
  expect(schema.properties.effect?.enum).toEqual([...effects, null]);
  const caches = membersOf<NonNullable<AuditEvent["cache"]>>({
    ...{ hit: true, shared: true, miss: true, joined: true },
  });
  expect(schema.properties.cache?.enum).toEqual([...caches, null]);
  const stages = membersOf<SecretStage>({ AWSCURRENT: true, AWSPREVIOUS: true });
  expect(schema.properties.secret_stage?.enum).toEqual([...stages, null]);
  expect(schema.properties.code?.enum).toEqual([...Object.keys(PROBLEMS).sort(), null]);
});
