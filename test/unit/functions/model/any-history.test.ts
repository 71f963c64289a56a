import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Lie, type Told, WorldModel } from "./world-model.ts";

/** Equal requests that are asked at once with others. */
interface Question {
  readonly equal: number;
  readonly user: string;
  readonly scope: string;
  readonly minTtl: number;
  /** Milliseconds that each of them has. */
  readonly timeLeft: number;
  /** Says that Box refused the token that this question last got. */
  readonly rejects: boolean;
}

const PATIENT = 30_000;
const question: fc.Arbitrary<Question> = fc.record({
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

/** What an event does to the world. */
const EVENTS: Readonly<Record<string, (world: WorldModel) => void>> = {
  "the secret is rotated at once": (world) => {
    world.storeVersion({ known: true });
    world.completeKeys();
  },
  "the secret comes before its key": (world) => world.storeVersion({ known: false }),
  "the key comes before the old one goes": (world) => world.storeVersion({ known: true }),
  "Box knows the current key and no other": (world) => world.completeKeys(),
  "all keys are removed": (world) => world.removeKeys(),
  "all tokens are revoked": (world) => world.revokeTokens(),
  "Box goes": (world) => {
    world.boxIsDown = true;
  },
  "Box comes back": (world) => {
    world.boxIsDown = false;
  },
  "Secrets Manager goes": (world) => {
    world.secretsManagerIsDown = true;
  },
  "Secrets Manager comes back": (world) => {
    world.secretsManagerIsDown = false;
  },
};

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ questions: fc.array(question, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ passes: passing }) },
  { weight: 1, arbitrary: fc.record({ jumps: fc.integer({ min: -3_600_000, max: 3_600_000 }) }) },
  { weight: 3, arbitrary: fc.record({ event: fc.constantFrom(...Object.keys(EVENTS)) }) },
);
const history = fc.array(step, { maxLength: 25 });
const lie = fc.constantFrom<Lie>("the wall clock is set wrong", "the environment is frozen");

it("never issues a dead or rejected token, never asks twice for one, and fails only where it must", async () => {
  await fc.assert(
    fc.asyncProperty(lie, history, async (lied, steps) => {
      const world = new WorldModel(lied);
      const last = new Map<string, string>();
      for (const each of steps) {
        if ("passes" in each) await world.clock.advance(each.passes);
        else if ("jumps" in each) world.jump(each.jumps);
        else if ("event" in each) EVENTS[each.event]?.(world);
        else await ask(world, each.questions, last);
      }
    }),
    { numRuns: 1_500 },
  );
});

async function ask(
  world: WorldModel,
  questions: readonly Question[],
  last: Map<string, string>,
): Promise<void> {
  const [calls, reads] = [world.box.calls.length, world.reads];
  const asked = questions.map((one) => ({
    ...one,
    rejected: one.rejects ? last.get(nameOf(one)) : undefined,
  }));
  const groups = asked.map((one) =>
    Promise.all(Array.from({ length: one.equal }, () => world.ask(membersOf(one), one.timeLeft))),
  );
  const answered = await world.clock.finish(Promise.all(groups));
  for (const [index, equal] of answered.entries()) {
    const one = asked[index] as Asked;
    if (one.timeLeft === PATIENT) expect(new Set(equal.map(wordFor)).size, "all are told the same").toBe(1);
    for (const told of equal) check(world, one, told);
    const outcome = equal[0]?.outcome;
    if (outcome?.issued) last.set(nameOf(one), outcome.response.access_token);
  }
  if (world.clock.waiting === 0 && asked.length === 1) {
    const [[told] = []] = answered;
    if (told !== undefined) await askAgain(world, asked[0] as Asked, told);
  }
  // What the impatient have begun goes on without them.
  await world.clock.advance(world.clock.waiting > 0 ? PATIENT : 0);
  expect(world.clock.waiting).toBe(0);
  expectFewCalls(questions, world.box.calls.slice(calls), world.reads - reads);
}

/** Who asks the same again at once gets the same, from the cache. */
async function askAgain(world: WorldModel, one: Asked, { outcome, secondsLeft }: Told): Promise<void> {
  // Before two requests agree on the previous version, the current one is tried first.
  if (!outcome.issued || secondsLeft < one.minTtl + 60 || world.needsPrevious) return;
  const [calls, reads] = [world.box.calls.length, world.reads];
  const again = await world.clock.finish(world.ask(membersOf({ ...one, rejected: undefined }), PATIENT));
  // The secret may just have become too old, and another one be there.
  if (world.reads > reads) return;
  expect(wordFor(again)).toBe(outcome.response.access_token);
  expect(world.box.calls).toHaveLength(calls);
}

type Asked = Question & { readonly rejected: string | undefined };

const nameOf = ({ user, scope }: Question) => `${user} ${scope}`;
const wordFor = ({ outcome }: Told) =>
  outcome.issued ? outcome.response.access_token : outcome.problem.code;

function membersOf({ user, scope, minTtl: min_ttl, rejected }: Asked): object {
  return {
    ...(user === "" ? {} : { box_subject_type: "user", box_subject_id: user }),
    ...(scope !== "" && { scope }),
    min_ttl,
    ...(rejected !== undefined && {
      rejected_token_sha256: createHash("sha256").update(rejected).digest("hex"),
    }),
  };
}

function check(world: WorldModel, { minTtl, rejected, timeLeft }: Asked, told: Told): void {
  const { outcome, secondsLeft } = told;
  expect(told.inTime).toBe(true);
  if (outcome.issued) {
    const { access_token, expires_in } = outcome.response;
    // A token is not replaced before it is 10 s old, whoever reports it.
    if (access_token === rejected) expect(world.ageOf(access_token)).toBeLessThan(10_000);
    expect(expires_in).toBeGreaterThanOrEqual(Math.max(minTtl, 1));
    // A token that Box has revoked cannot be told from one that lives, until somebody says so.
    if (!world.isRevoked(access_token)) expect(secondsLeft).toBeGreaterThanOrEqual(expires_in);
    return;
  }
  const { code, retryable } = outcome.problem;
  // With little time, what another attempt would mend may end a request, which may try again.
  if (timeLeft !== PATIENT && retryable) return;
  // A refusal is remembered for 30 s, and a full token that was just replaced is not replaced again.
  if (code === "box_key_refused" && world.since(world.lastRefusal) < 30_000) return;
  if (code === "box_token_refused" && world.since(world.lastRevocation) < 130_000) return;
  const passesByItself = world.boxIsDown || world.secretsManagerIsDown;
  expect(passesByItself || !world.hasUsableVersion, `${code} where there was a way`).toBe(true);
  expect(retryable, code).toBe(passesByItself);
}

/**
 * Per full token: a wrong clock, up to three versions of the secret; four attempts at a Box that is down. Per
 * downscoped token: two attempts with its full token, and two with the one that replaces it.
 */
function expectFewCalls(
  questions: readonly Question[],
  calls: WorldModel["box"]["calls"],
  reads: number,
): void {
  const subjects = new Set(questions.map(({ user }) => user)).size;
  const narrowed = new Set(questions.filter(({ scope }) => scope !== "").map(nameOf)).size;
  const grants = calls.filter(({ kind }) => kind === "jwt").length;
  expect(grants).toBeLessThanOrEqual(subjects * 4);
  expect(calls.length - grants).toBeLessThanOrEqual(narrowed * 4);
  // The secret is read because it is old, and both versions once more by each of two requests that Box refuses at
  // different moments: only when they agree on the previous version do the others load it.
  expect(reads).toBeLessThanOrEqual(1 + 2 * 2);
}
