import fc from "fast-check";
import { expect, test } from "vitest";
import { PROBLEMS } from "../../../../schemas/protocol/problems.ts";
import {
  CALL_FAULTS,
  type Fault,
  FaultyEnvironment,
  LASTING,
  type Script,
  type System,
} from "../../../support/faulty-environment.ts";
import { samples } from "../../../support/samples.ts";

const scriptOf = (system: System) =>
  fc.array(fc.option(fc.constantFrom<Fault>(...CALL_FAULTS[system]), { nil: undefined, freq: 2 }), {
    maxLength: 5,
  });
const scripts = fc.record<Script>({
  box: scriptOf("box"),
  secret: scriptOf("secret"),
  serviceSecret: scriptOf("serviceSecret"),
  table: scriptOf("table"),
});
const requests = fc.record({
  script: scripts,
  scope: fc.option(fc.constant("item_download"), { nil: undefined }),
  milliseconds: fc.constantFrom(29_800, 9_800, 4_800, 1_000),
  /** How long the environment is frozen before the request, and how long it runs on. */
  frozenMs: fc.constantFrom(0, 0, 20_000, 301_000, 3_500_000, 7_200_000),
  waitMs: fc.constantFrom(0, 0, 5_000, 31_000),
});

type Plan = typeof requests extends fc.Arbitrary<infer One> ? readonly One[] : never;

/** What is reserved of a request's time for its audit line. */
const RESERVE_MS = 200;
/** Four grants and four exchanges: a first attempt of each, and three repetitions. */
const MAX_BOX_CALLS = 8;
/** Longer than anything is remembered, and shorter than a refresh token lives. */
const RECOVERY_MS = 400_000;

const areLasting = (script: Script) =>
  Object.values(script).some((faults) => faults.some((fault) => LASTING.has(fault)));

/** Runs the requests in one environment, and judges each; then, without faults, there is a token. */
async function run(environment: FaultyEnvironment, plan: Plan): Promise<void> {
  const { clock } = environment;
  let hasLasting = false;
  for (const { script, scope, milliseconds, frozenMs, waitMs } of plan) {
    clock.freeze(frozenMs);
    await clock.advance(waitMs);
    hasLasting ||= areLasting(script);
    const { outcome, lateBy, auditLines, audited } = await environment.request(script, {
      milliseconds,
      ...(scope !== undefined && { scope }),
    });
    expect(lateBy).toBeLessThan(RESERVE_MS);
    expect(auditLines).toBe(1);
    expect(environment.calls.box.length).toBeLessThanOrEqual(MAX_BOX_CALLS);
    if (outcome.issued) {
      const { access_token, expires_in, scope: given } = outcome.response;
      expect(audited?.outcome).toBe("issued");
      expect(expires_in).toBeGreaterThan(0);
      expect(expires_in).toBeLessThanOrEqual(environment.secondsLeft(access_token));
      expect([environment.scopesOf.get(access_token), given]).toEqual([scope, scope]);
      continue;
    }
    const { code, retryable } = outcome.problem;
    expect(audited?.code).toBe(code);
    const mayLast = hasLasting || environment.hasLostRefresh;
    expect([code, retryable]).toEqual([code, mayLast ? PROBLEMS[code].retryable : true]);
  }
  clock.freeze(RECOVERY_MS);
  const { outcome } = await environment.request({}, {});
  if (!environment.hasLostRefresh) expect(outcome).toMatchObject({ issued: true });
}

const CASES = [
  ["jwt", "with a table", { hasTable: true }],
  ["jwt", "without a table", { hasTable: false }],
  ["client_credentials", "with a table", { hasTable: true }],
  ["client_credentials", "without a table", { hasTable: false }],
  ["app_token", "with a table", { hasTable: true }],
  ["app_token", "without a table", { hasTable: false }],
  ["oauth2", "whose refresh tokens live until the next one is used", { hasTable: true }],
  ["oauth2", "whose refresh tokens end with their use", { hasTable: true, isStrict: true }],
] as const;

test.each(CASES)(
  "an app with %s, %s, gets a token or the right problem in time, whatever fails together",
  async (kind, _, settings) => {
    await fc.assert(
      fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 5 }), async (plan) => {
        const environment = new FaultyEnvironment(kind, settings);
        await environment.connect();
        await run(environment, plan);
      }),
      { numRuns: samples(2_000, 0.015) },
    );
  },
);

test.each(["jwt", "client_credentials", "app_token"] as const)(
  "an app with %s gets a token whatever fails at the table and the service secret, also with little time",
  async (kind) => {
    const scripted = fc.record({ serviceSecret: scriptOf("serviceSecret"), table: scriptOf("table") });
    const plans = fc.array(
      fc.record({
        script: scripted,
        scope: fc.option(fc.constant("item_download"), { nil: undefined }),
        milliseconds: fc.constantFrom(29_800, 4_800),
        frozenMs: fc.constantFrom(0, 20_000, 3_500_000),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const environment = new FaultyEnvironment(kind, { hasTable: true });
        for (const { script, scope, milliseconds, frozenMs } of plan) {
          environment.clock.freeze(frozenMs);
          const settings = { milliseconds, ...(scope !== undefined && { scope }) };
          const { outcome, lateBy } = await environment.request(script, settings);
          expect(outcome).toMatchObject({ issued: true });
          expect(lateBy).toBeLessThan(0);
        }
      }),
      { numRuns: samples(2_000, 0.015) },
    );
  },
);

test.each(CASES)(
  "requests at once for an app with %s, %s, each get a token or the right problem in time",
  async (kind, _, settings) => {
    const plans = fc.array(
      fc.record({
        script: scripts,
        frozenMs: fc.constantFrom(0, 20_000, 301_000, 3_500_000, 7_200_000),
        crowd: fc.array(
          fc.record({ scoped: fc.boolean(), milliseconds: fc.constantFrom(29_800, 9_800, 4_800, 1_000) }),
          { minLength: 2, maxLength: 8 },
        ),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const environment = new FaultyEnvironment(kind, settings);
        await environment.connect();
        let hasLasting = false;
        for (const { script, frozenMs, crowd } of plan) {
          environment.clock.freeze(frozenMs);
          hasLasting ||= areLasting(script);
          const { results, auditLines } = await environment.requestsAtOnce(
            script,
            crowd.map(({ scoped, milliseconds }) => ({
              milliseconds,
              ...(scoped && { scope: "item_download" }),
            })),
          );
          expect(auditLines).toBe(crowd.length);
          expect(environment.calls.box.length).toBeLessThanOrEqual(2 * MAX_BOX_CALLS);
          for (const { outcome, scope, lateBy } of results) {
            expect(lateBy).toBeLessThan(RESERVE_MS);
            if (outcome.issued) {
              const { access_token, expires_in } = outcome.response;
              expect(environment.scopesOf.get(access_token)).toBe(scope);
              expect(expires_in).toBeGreaterThan(0);
            } else {
              const { code, retryable } = outcome.problem;
              const mayLast = hasLasting || environment.hasLostRefresh;
              expect([code, retryable]).toEqual([code, mayLast ? PROBLEMS[code].retryable : true]);
            }
          }
        }
        await environment.clock.advance(60_000);
        environment.clock.freeze(RECOVERY_MS);
        const { outcome } = await environment.request({}, {});
        if (!environment.hasLostRefresh) expect(outcome).toMatchObject({ issued: true });
      }),
      { numRuns: samples(1_500, 0.015) },
    );
  },
);
