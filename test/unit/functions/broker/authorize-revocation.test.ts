import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authorize } from "../../../../functions/broker/authorize.ts";
import { authorizeRevocation } from "../../../../functions/broker/authorize-revocation.ts";
import { callerIdOf } from "../../../../functions/broker/caller-id.ts";
import type { KnownToken } from "../../../../functions/broker/shared-cache/issued-token.ts";
import type { Caller } from "../../../../schemas/policy/caller.ts";
import type { Policy, Statement } from "../../../../schemas/policy/parse.ts";
import { apps, callers, covers, named, policies, requests } from "./random-policies.ts";

/** Who may revoke what, on random policies and tokens, compared with the oracle of `random-policies.ts`. */
const runs = { numRuns: 1_000 };

/** What a token can do, in the words of a request: nothing that is left out restricts it. */
function oracle({ statements }: Policy, caller: Caller, { app, subject, restriction }: KnownToken) {
  return statements.filter(
    (statement) =>
      covers(statement, caller, app, subject, restriction ?? {}) &&
      (statement.unrestricted ||
        (restriction !== undefined &&
          (statement.resources === undefined || restriction.resource !== undefined))),
  );
}

const decisionOn = (policy: Policy, caller: Caller, token: KnownToken) =>
  authorizeRevocation(policy, caller, callerIdOf(caller), token);

const tokens: fc.Arbitrary<KnownToken> = fc
  .tuple(apps, requests, fc.option(callers))
  .map(([app, { subject, scopes, resource }, owner]) => ({
    app,
    subject: { type: subject.type, id: subject.type === "user" ? subject.id : "900001" },
    ...(scopes !== undefined && { restriction: { scopes, ...(resource !== undefined && { resource }) } }),
    ...(owner !== null && { isolatedFor: callerIdOf(owner) }),
  }));

describe("authorizeRevocation", () => {
  it("ends a token at Box exactly for its own caller and for callers whose covering statement says revoke", () => {
    const seen = { revoking: 0, own: 0, neither: 0 };
    fc.assert(
      fc.property(policies, callers, tokens, (policy, caller, token) => {
        const revoking = oracle(policy, caller, token).some(({ revoke }) => revoke);
        const isOwn = token.isolatedFor === callerIdOf(caller);
        seen[revoking ? "revoking" : isOwn ? "own" : "neither"]++;
        expect(decisionOn(policy, caller, token)?.endsAtBox ?? false).toBe(revoking || isOwn);
      }),
      runs,
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
  });

  it("evicts a shared token exactly for callers that a statement covers it for", () => {
    fc.assert(
      fc.property(policies, callers, tokens, (policy, caller, token) => {
        const { isolatedFor: _, ...shared } = token;
        const isCovered = oracle(policy, caller, shared).length > 0;
        expect(decisionOn(policy, caller, shared) !== undefined).toBe(isCovered);
      }),
      runs,
    );
  });

  it("names a statement that covers the token, and one that says revoke where that is why it ends", () => {
    fc.assert(
      fc.property(policies, callers, tokens, (policy, caller, token) => {
        const decision = decisionOn(policy, caller, token);
        const covering = oracle(policy, caller, token);
        const granting = covering.find(({ revoke }) => revoke) ?? covering[0];
        expect(decision?.statement).toBe(decision && granting?.id);
      }),
      runs,
    );
  });

  it("lets a caller that is given a token revoke it, and end it at Box if the token is isolated", () => {
    let grants = 0;
    fc.assert(
      fc.property(policies, callers, apps, named, (policy, caller, app, request) => {
        const granted = authorize(policy, caller, app, request);
        fc.pre(granted.ok);
        grants++;
        const { restriction, isolate } = granted.value;
        const { subject } = request;
        const token: KnownToken = {
          app,
          subject: { type: subject.type, id: subject.type === "user" ? subject.id : "900001" },
          ...(restriction !== undefined && { restriction }),
          ...(isolate && { isolatedFor: callerIdOf(caller) }),
        };
        const decision = decisionOn(policy, caller, token);
        expect(decision).toBeDefined();
        if (isolate) expect(decision?.endsAtBox).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(grants).toBeGreaterThan(50);
  });

  it("allows an unidentified caller nothing", () => {
    fc.assert(
      fc.property(policies, fc.string(), tokens, (policy, unidentified, token) => {
        expect(decisionOn(policy, { unidentified }, token)).toBeUndefined();
      }),
      runs,
    );
  });
});

describe("a token without scopes or without a resource", () => {
  const caller = { iam: "arn:aws:iam::111111111111:role/reports" };
  const statement: Statement = {
    id: "one-folder",
    caller,
    app: "reports",
    subjects: ["enterprise"],
    scopes: ["item_download"],
    resources: ["https://api.box.com/2.0/folders/1"],
    revoke: true,
  };
  const policy: Policy = { version: 1, statements: [statement] };
  const full: KnownToken = {
    app: "reports",
    subject: { type: "enterprise", id: "900001" },
  };

  it.each([
    ["has all scopes, which no statement with scopes covers", full],
    [
      "reaches all of Box, which no statement with resources covers",
      { ...full, restriction: { scopes: ["item_download"] } },
    ],
  ])("%s", (_, token) => {
    expect(decisionOn(policy, caller, token)).toBeUndefined();
  });
});
