import fc from "fast-check";
import { expect, it } from "vitest";
import { authorize } from "../../../../functions/broker/authorize.ts";
import type { Caller } from "../../../../schemas/policy/caller.ts";
import type { CallerPattern, Policy, Statement, StatementRights } from "../../../../schemas/policy/parse.ts";
import { includesScope } from "../../../../schemas/protocol/scopes.ts";
import type { TokenRequest } from "../../../../schemas/protocol/token-request.ts";

/**
 * The policy's algebra on random policies and requests. Both are drawn from small sets of values, so that they match
 * often. The oracle below is written from `architecture.md`, not from the code, and supports only the wildcards
 * that occur in these sets.
 */
const ACCOUNTS = ["111111111111", "222222222222"];
const NAMES = ["reports", "payroll"];
const SCOPES = ["base_preview", "item_download", "item_upload"] as const;
const USERS = ["1", "12", "2"];
const RESOURCES = [1, 2].flatMap((id) => [
  `https://api.box.com/2.0/folders/${id}`,
  `https://api.box.com/2.0/files/${id}`,
]);

const pick = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const role = (account: string, name: string) => ({ iam: `arn:aws:iam::${account}:role/${name}` });

const callers: fc.Arbitrary<Exclude<Caller, { unidentified: string }>> = fc.oneof(
  fc.tuple(pick(...ACCOUNTS), pick(...NAMES)).map(([account, name]) => role(account, name)),
  fc
    .tuple(pick(...ACCOUNTS), pick(...NAMES), pick(...NAMES))
    .map(([account, roleName, name]) => ({ ...role(account, roleName), name })),
  pick(...NAMES).map((alias) => ({ alias })),
);
const callerPatterns: fc.Arbitrary<CallerPattern> = fc.oneof(
  fc.tuple(pick(...ACCOUNTS), pick(...NAMES, "*")).map(([account, name]) => role(account, name)),
  pick(...NAMES, "*").map((alias) => ({ alias })),
  pick(...NAMES).map((name) => ({ name })),
);

const bases = fc.record({
  id: fc.string({ minLength: 1, maxLength: 8 }),
  caller: callerPatterns,
  app: pick(...NAMES, "*"),
  subjects: fc.uniqueArray(pick("enterprise", "user:*", ...USERS.map((id) => `user:${id}`)), {
    minLength: 1,
  }),
});
const narrowings: fc.Arbitrary<StatementRights> = fc.oneof(
  fc.constant({ unrestricted: true as const }),
  fc.record(
    {
      scopes: fc.uniqueArray(pick(...SCOPES), { minLength: 1 }),
      resources: fc.uniqueArray(pick(...RESOURCES, "https://api.box.com/2.0/folders/*"), { minLength: 1 }),
    },
    { requiredKeys: ["scopes"] },
  ),
);
const statements: fc.Arbitrary<Statement> = fc
  .tuple(bases, narrowings)
  .map(([base, narrowing]) => ({ ...base, ...narrowing }));
const policies: fc.Arbitrary<Policy> = fc
  .array(statements, { maxLength: 6 })
  .map((all) => ({ version: 1, statements: all.map((one, index) => ({ ...one, id: `s${index}` })) }));

const subjects: fc.Arbitrary<TokenRequest["subject"]> = fc.oneof(
  fc.constant({ type: "enterprise" as const }),
  pick(...USERS).map((id) => ({ type: "user" as const, id })),
);
const scopeLists = fc.uniqueArray(pick(...SCOPES), { minLength: 1 }).map((scopes) => scopes.sort());
const requests: fc.Arbitrary<TokenRequest> = fc.record(
  { subject: subjects, minTtl: fc.constant(300), scopes: scopeLists, resource: pick(...RESOURCES) },
  { requiredKeys: ["subject", "minTtl"] },
);
const named: fc.Arbitrary<TokenRequest> = fc.record({
  subject: subjects,
  minTtl: fc.constant(300),
  scopes: scopeLists,
  resource: pick(...RESOURCES),
});
const apps = pick(...NAMES);

const runs = { numRuns: 3_000 };

function fits(pattern: string, value: string): boolean {
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : pattern === value;
}

/** Whether one statement covers every parameter of the request, and everything that is granted. */
function covers(
  statement: Statement,
  caller: Caller,
  app: string,
  subject: TokenRequest["subject"],
  { scopes, resource }: { readonly scopes?: readonly string[]; readonly resource?: string },
): boolean {
  const pattern = statement.caller;
  const callerFits =
    "name" in pattern
      ? pattern.name === ("alias" in caller ? caller.alias : "name" in caller && caller.name)
      : "iam" in pattern
        ? "iam" in caller && fits(pattern.iam, caller.iam)
        : "alias" in caller && fits(pattern.alias, caller.alias);
  const who = subject.type === "enterprise" ? "enterprise" : `user:${subject.id}`;
  return (
    callerFits &&
    fits(statement.app, app) &&
    statement.subjects.some((one) => fits(one, who)) &&
    (statement.unrestricted || (scopes ?? []).every((scope) => includesScope(statement.scopes, scope))) &&
    (resource === undefined || (statement.resources ?? [resource]).some((one) => fits(one, resource)))
  );
}

it("authorize grants the whole request within one statement, or nothing", () => {
  let grants = 0;
  fc.assert(
    fc.property(policies, callers, apps, requests, (policy, caller, app, request) => {
      const decision = authorize(policy, caller, app, request);
      if (!decision.ok) return;
      grants++;
      const { statement: id, restriction } = decision.value;
      const statement = policy.statements.find((one) => one.id === id)!;
      expect(covers(statement, caller, app, request.subject, restriction ?? {})).toBe(true);
      // A full token comes from an unrestricted statement, for a request that restricts nothing.
      if (restriction === undefined) {
        expect(statement.unrestricted).toBe(true);
        expect(request).not.toHaveProperty("scopes");
        expect(request).not.toHaveProperty("resource");
        return;
      }
      // The whole request: exactly what the caller requested, and bound to resources if the statement is.
      expect(restriction.scopes).toEqual(request.scopes ?? [...(statement.scopes ?? [])].sort());
      expect(restriction.scopes).not.toEqual([]);
      expect(restriction.resource).toBe(request.resource ?? statement.resources?.[0]);
      expect(restriction.resource ?? "").not.toContain("*");
    }),
    runs,
  );
  expect(grants).toBeGreaterThan(100);
});

it("authorize denies exactly if no statement covers the request, and otherwise grants or requires more parameters", () => {
  fc.assert(
    fc.property(policies, callers, apps, requests, (policy, caller, app, request) => {
      const covered = policy.statements.some((one) => covers(one, caller, app, request.subject, request));
      const decision = authorize(policy, caller, app, request);
      const isDenied = !decision.ok && decision.error.code === "unauthorized_client";
      expect(isDenied).toBe(!covered);
    }),
    runs,
  );
});

it("authorize never requires more parameters if the request names scope and resource", () => {
  fc.assert(
    fc.property(policies, callers, apps, named, (policy, caller, app, request) => {
      const decision = authorize(policy, caller, app, request);
      expect(decision.ok || decision.error.code).not.toBe("invalid_request");
    }),
    runs,
  );
});

it("authorize never removes a grant by adding a statement, if the request names scope and resource", () => {
  fc.assert(
    fc.property(
      policies,
      statements,
      fc.nat(),
      callers,
      apps,
      named,
      (policy, added, at, caller, app, request) => {
        const before = authorize(policy, caller, app, request);
        fc.pre(before.ok);
        const more = [...policy.statements];
        more.splice(at % (more.length + 1), 0, { ...added, id: "added" });
        const after = authorize({ version: 1, statements: more }, caller, app, request);
        expect(after.ok && after.value.restriction).toEqual(before.value.restriction);
      },
    ),
    runs,
  );
});

it("authorize grants every narrower request than one it grants, with exactly the requested restriction", () => {
  fc.assert(
    fc.property(
      policies,
      callers,
      apps,
      named,
      fc.infiniteStream(fc.boolean()),
      (policy, caller, app, request, coin) => {
        fc.pre(authorize(policy, caller, app, request).ok);
        const some = request.scopes?.filter(() => coin.next().value) ?? [];
        fc.pre(some.length > 0);
        const decision = authorize(policy, caller, app, { ...request, scopes: some });
        expect(decision.ok && decision.value.restriction).toEqual({
          scopes: some,
          resource: request.resource,
        });
      },
    ),
    runs,
  );
});

it("authorize denies a caller that no statement names, whatever it requests", () => {
  const strangers = fc.oneof(
    fc.string().map((unidentified) => ({ unidentified })),
    fc.string({ unit: "binary" }).map((alias) => ({ alias: `unknown ${alias}` })),
    fc.string({ unit: "binary" }).map((name) => ({ iam: `arn:aws:iam::333333333333:role/${name}` })),
  );
  fc.assert(
    fc.property(policies, strangers, apps, requests, (policy, caller, app, request) => {
      const named = policy.statements.filter(({ caller: pattern }) => !Object.values(pattern).includes("*"));
      const decision = authorize({ version: 1, statements: named }, caller, app, request);
      expect(decision).toMatchObject({ ok: false, error: { code: "unauthorized_client" } });
    }),
    runs,
  );
});

it("authorize decides the same in any order of the statements, if the request names scope and resource", () => {
  fc.assert(
    fc.property(policies, callers, apps, named, (policy, caller, app, request) => {
      const turned = { version: 1 as const, statements: [...policy.statements].reverse() };
      const one = authorize(policy, caller, app, request);
      const other = authorize(turned, caller, app, request);
      expect(other.ok && other.value.restriction).toEqual(one.ok && one.value.restriction);
    }),
    runs,
  );
});
