import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { samples } from "../../../support/samples.ts";
import { type ClockFault, EnvironmentModel, type Result } from "./environment-model.ts";

/** Equal requests that are sent concurrently with others. */
interface RequestGroup {
  readonly equal: number;
  readonly user: string;
  readonly scope: string;
  readonly minTtl: number;
  /** The time limit of each of them in milliseconds. */
  readonly timeLeft: number;
  /** Whether it reports that Box rejected the token that it last received. */
  readonly rejects: boolean;
}

const PATIENT = 30_000;
const group: fc.Arbitrary<RequestGroup> = fc.record({
  equal: fc.integer({ min: 1, max: 20 }),
  user: fc.constantFrom("", "1", "2"),
  scope: fc.constantFrom("", "item_download"),
  minTtl: fc.constantFrom(0, 1, 300, 1_800),
  timeLeft: fc.constantFrom(PATIENT, PATIENT, PATIENT, 300, 60),
  rejects: fc.boolean(),
});
const passing = fc.oneof(
  fc.integer({ min: 0, max: 4_000_000 }),
  fc.constantFrom(1, 14_999, 15_000, 299_979, 300_000, 1_800_000, 3_300_000, 3_600_000),
);

/** The effect of each event on the environment. */
const EVENTS: Readonly<Record<string, (environment: EnvironmentModel) => void>> = {
  "the secret is rotated at once": (environment) => {
    environment.storeVersion({ known: true });
    environment.completeKeys();
  },
  "the secret comes before its key": (environment) => environment.storeVersion({ known: false }),
  "the key comes before the old one goes": (environment) => environment.storeVersion({ known: true }),
  "Box knows the current key and no other": (environment) => environment.completeKeys(),
  "all keys are removed": (environment) => environment.removeKeys(),
  "all tokens are revoked": (environment) => environment.revokeTokens(),
  "Box goes": (environment) => {
    environment.boxIsDown = true;
  },
  "Box comes back": (environment) => {
    environment.boxIsDown = false;
  },
  "Secrets Manager goes": (environment) => {
    environment.secretsManagerIsDown = true;
  },
  "Secrets Manager comes back": (environment) => {
    environment.secretsManagerIsDown = false;
  },
};

type Step =
  | { readonly groups: RequestGroup[] }
  | { readonly passes: number }
  | { readonly jumps: number }
  | { readonly event: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ groups: fc.array(group, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ passes: passing }) },
  { weight: 1, arbitrary: fc.record({ jumps: fc.integer({ min: -3_600_000, max: 3_600_000 }) }) },
  { weight: 3, arbitrary: fc.record({ event: fc.constantFrom(...Object.keys(EVENTS)) }) },
);
const history = fc.array(step, { maxLength: 25 });
const clockFault = fc.constantFrom<ClockFault>("the wall clock is set wrong", "the environment is frozen");

const one = { equal: 1, minTtl: 0, timeLeft: PATIENT, rejects: false };

/**
 * A full and a downscoped request of one user, of which both find their token revoked while the secret is rotated and
 * the clock is wrong: what one of them gets from Box with the new version serves the other one.
 */
const ROTATION_AND_REVOCATION: [ClockFault, Step[]] = [
  "the wall clock is set wrong",
  [
    {
      groups: [
        { ...one, user: "2", scope: "" },
        { ...one, user: "", scope: "", timeLeft: 60 },
      ],
    },
    { event: "the secret is rotated at once" },
    { jumps: -29_121 },
    { event: "all tokens are revoked" },
    {
      groups: [
        { ...one, user: "2", scope: "", rejects: true },
        { ...one, user: "2", scope: "item_download" },
      ],
    },
  ],
];

/** A token that is too young to be replaced, beside a request that waits for Box until it would be old enough. */
const YOUNG_TOKEN_WHILE_BOX_IS_DOWN: [ClockFault, Step[]] = [
  "the wall clock is set wrong",
  [
    { groups: [{ ...one, user: "", scope: "" }] },
    { event: "Box goes" },
    { passes: 8_100 },
    {
      groups: [
        { ...one, user: "1", scope: "" },
        { ...one, user: "", scope: "", rejects: true },
      ],
    },
  ],
];

it("the environment never issues an expired or rejected token, never requests one token twice, and fails only if no token is possible", async () => {
  await fc.assert(
    fc.asyncProperty(clockFault, history, async (fault, steps) => {
      const environment = new EnvironmentModel(fault);
      const last = new Map<string, string>();
      for (const each of steps) {
        if ("passes" in each) await environment.clock.advance(each.passes);
        else if ("jumps" in each) environment.jump(each.jumps);
        else if ("event" in each) EVENTS[each.event]?.(environment);
        else await sendAll(environment, each.groups, last);
      }
    }),
    { numRuns: samples(6_000, 0.05), examples: [ROTATION_AND_REVOCATION, YOUNG_TOKEN_WHILE_BOX_IS_DOWN] },
  );
});

async function sendAll(
  environment: EnvironmentModel,
  groups: readonly RequestGroup[],
  last: Map<string, string>,
): Promise<void> {
  const [calls, reads] = [environment.box.calls.length, environment.reads];
  const requested = groups.map((one) => ({
    ...one,
    rejected: one.rejects ? last.get(nameOf(one)) : undefined,
  }));
  const pending = requested.map((one) =>
    Promise.all(
      Array.from({ length: one.equal }, () => environment.request(parametersOf(one), one.timeLeft)),
    ),
  );
  const results = await environment.clock.finish(Promise.all(pending));
  for (const [index, equal] of results.entries()) {
    const one = requested[index] as Requested;
    if (one.timeLeft === PATIENT) expect(new Set(equal.map(wordFor)).size, "all get the same result").toBe(1);
    for (const result of equal) check(environment, one, result);
    const outcome = equal[0]?.outcome;
    if (outcome?.issued) last.set(nameOf(one), outcome.response.access_token);
  }
  if (environment.clock.waiting === 0 && requested.length === 1) {
    const [[result] = []] = results;
    if (result !== undefined) await sendAgain(environment, requested[0] as Requested, result);
  }
  // Work that requests with little time have started continues without them.
  await environment.clock.advance(environment.clock.waiting > 0 ? PATIENT : 0);
  expect(environment.clock.waiting).toBe(0);
  expectFewCalls(groups, environment.box.calls.slice(calls), environment.reads - reads);
}

/** The same request, repeated at once, gets the same token from the cache. */
async function sendAgain(
  environment: EnvironmentModel,
  one: Requested,
  { outcome, secondsLeft }: Result,
): Promise<void> {
  // Before two requests agree on the previous version, the current one is tried first.
  if (!outcome.issued || secondsLeft < one.minTtl + 60 || environment.needsPrevious) return;
  const [calls, reads] = [environment.box.calls.length, environment.reads];
  const again = await environment.clock.finish(
    environment.request(parametersOf({ ...one, rejected: undefined }), PATIENT),
  );
  // The secret may just have expired from the cache, and a new version may exist.
  if (environment.reads > reads) return;
  expect(wordFor(again)).toBe(outcome.response.access_token);
  expect(environment.box.calls).toHaveLength(calls);
}

type Requested = RequestGroup & { readonly rejected: string | undefined };

const nameOf = ({ user, scope }: RequestGroup) => `${user} ${scope}`;
const wordFor = ({ outcome }: Result) =>
  outcome.issued ? outcome.response.access_token : outcome.problem.code;

function parametersOf({ user, scope, minTtl: min_ttl, rejected }: Requested): object {
  return {
    ...(user === "" ? {} : { box_subject_type: "user", box_subject_id: user }),
    ...(scope !== "" && { scope }),
    min_ttl,
    ...(rejected !== undefined && {
      rejected_token_sha256: createHash("sha256").update(rejected).digest("hex"),
    }),
  };
}

function check(
  environment: EnvironmentModel,
  { minTtl, rejected, timeLeft }: Requested,
  result: Result,
): void {
  const { outcome, secondsLeft, at } = result;
  expect(result.inTime).toBe(true);
  if (outcome.issued) {
    const { access_token, expires_in } = outcome.response;
    // A token is not replaced before it is 10 s old, even if a caller reports it as rejected.
    if (access_token === rejected) expect(at - environment.birthOf(access_token)).toBeLessThan(10_000);
    expect(expires_in).toBeGreaterThanOrEqual(Math.max(minTtl, 1));
    // A token that Box has revoked appears valid until a caller reports it as rejected.
    if (!environment.isRevoked(access_token)) expect(secondsLeft).toBeGreaterThanOrEqual(expires_in);
    return;
  }
  const { code, retryable } = outcome.problem;
  // With little time, a failure that another attempt would fix may end a request, which may be repeated.
  if (timeLeft !== PATIENT && retryable) return;
  // A refusal is remembered for 30 s, and a full token that was just replaced is not replaced again.
  if (code === "box_key_refused" && at - environment.lastRefusal < 30_000) return;
  if (code === "box_token_refused" && at - environment.lastRevocation < 130_000) return;
  const passesByItself = environment.boxIsDown || environment.secretsManagerIsDown;
  expect(passesByItself || !environment.hasUsableVersion, `${code} although a token was possible`).toBe(true);
  expect(retryable, code).toBe(passesByItself);
}

/**
 * Per full token: one attempt for a wrong clock and up to three versions, or four attempts if Box is down. Per
 * downscoped token: two attempts with its full token, and two with the one that replaces it.
 */
function expectFewCalls(
  groups: readonly RequestGroup[],
  calls: EnvironmentModel["box"]["calls"],
  reads: number,
): void {
  const subjects = new Set(groups.map(({ user }) => user)).size;
  const narrowed = new Set(groups.filter(({ scope }) => scope !== "").map(nameOf)).size;
  const grants = calls.filter(({ kind }) => kind === "jwt").length;
  expect(grants).toBeLessThanOrEqual(subjects * 4);
  expect(calls.length - grants).toBeLessThanOrEqual(narrowed * 4);
  // The secret is read because it is old, and both versions once more by each of two requests that Box refuses at
  // different moments: only when they agree on the previous version do the others load it.
  expect(reads).toBeLessThanOrEqual(1 + 2 * 2);
}
