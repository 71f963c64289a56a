import fc from "fast-check";
import { expect, it } from "vitest";
import { authorize } from "../../../../functions/broker/authorize.ts";
import { anyText } from "../../../support/any-text.ts";
import { samples } from "../../../support/samples.ts";
import { apps, callers, covers, named, policies, requests, statements } from "./random-policies.ts";

/** The policy's algebra on random policies and requests, compared with the oracle of `random-policies.ts`. */
const runs = { numRuns: 3_000 };
/** Of properties that need a granted request, or make one name for each: several inputs or longer ones for each run. */
const costly = { numRuns: samples(6_000) };

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
    costly,
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
    costly,
  );
});

it("authorize denies a caller that no statement names, whatever it requests", () => {
  const strangers = fc.oneof(
    fc.string().map((unidentified) => ({ unidentified })),
    anyText.map((alias) => ({ alias: `unknown ${alias}` })),
    anyText.map((name) => ({ iam: `arn:aws:iam::333333333333:role/${name}` })),
  );
  fc.assert(
    fc.property(policies, strangers, apps, requests, (policy, caller, app, request) => {
      const named = policy.statements.filter(({ caller: pattern }) => !Object.values(pattern).includes("*"));
      const decision = authorize({ version: 1, statements: named }, caller, app, request);
      expect(decision).toMatchObject({ ok: false, error: { code: "unauthorized_client" } });
    }),
    costly,
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
