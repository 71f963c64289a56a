import { createHash, randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { generateApp } from "../../sandbox/app.ts";
import type { BoxFault } from "../../sandbox/box/conditions.ts";
import { Dice } from "../support/dice.ts";
import { leakIn, piecesOf, secretsOf } from "../support/leaks.ts";
import { startWorld, type World } from "../support/world.ts";

const IN_FLIGHT = 100;
const REQUESTS = 2_500;
const USERS = 8;
/** That a request has, so that no pause in it may be longer. */
const REQUEST_MS = 10_000;
/** A final refusal of Box, and a longest `Retry-After`, are remembered for no longer. */
const REFUSAL_MEMORY_MS = 30_000;
/** What passes by itself at Box; faults that somebody must end are in `test/integration/faults.test.ts`. */
const WEATHER = [
  ...(["slow", "rate-limited", "server-error", "reset", "reset-after"] as const),
  ...(["truncated-json", "html-body", "skewed-clock"] as const),
] satisfies readonly BoxFault[];

/** Strikes a few requests from now on. */
function change(world: World, dice: Dice): void {
  const name = dice.pick(WEATHER);
  world.box.faults.inject(name, {
    on: dice.pick(["token", "token/jwt-bearer", "token/token-exchange"]),
    ...{ after: dice.below(5), times: 1 + dice.below(6) },
    ...(name === "slow" && { ms: dice.below(60) }),
    ...(name === "rate-limited" && dice.chance(0.5) && { retryAfterSeconds: dice.below(2) }),
    ...(name === "skewed-clock" && { skewSeconds: dice.pick([-7_200, -90, 90, 7_200]) }),
  });
}

function questionsTo({ apps }: World) {
  const subjects = [
    {},
    ...(apps[0]?.users ?? []).map((id) => ({ box_subject_type: "user", box_subject_id: id })),
  ];
  return subjects.flatMap((subject) => [subject, { ...subject, scope: "item_download" }]);
}

test("in changing weather at Box everybody gets a token or is told to try again, and no secret is told", async () => {
  const seed = Number(process.env.WEATHER_SEED ?? randomInt(2 ** 31));
  const dice = new Dice(seed);
  const app = await generateApp();
  const world = await startWorld({ reports: app }, USERS);
  const questions = questionsTo(world);
  const refused = new Map<object, string>();
  let begun = 0;
  let issued = 0;
  const asker = async () => {
    while (begun < REQUESTS) {
      if (++begun % 20 === 0) change(world, dice);
      const question = dice.pick(questions);
      const rejected_token_sha256 = refused.get(question);
      const members = { ...question, ...(rejected_token_sha256 !== undefined && { rejected_token_sha256 }) };
      const { token, problem, text } = await world.ask(dice.pick(["url", "invoke"]), members, REQUEST_MS);
      expect(problem?.retryable, `WEATHER_SEED=${seed}: ${text}`).not.toBe(false);
      if (token !== undefined) {
        issued++;
        expect(world.box.tokens.find(token.access_token)).toBeDefined();
        refused.set(question, createHash("sha256").update(token.access_token).digest("hex"));
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, asker));
  world.box.faults.clear();
  world.age(REFUSAL_MEMORY_MS);
  for (const members of questions) expect((await world.ask("url", members)).token).toBeDefined();
  expect(Math.max(...world.pauses), `WEATHER_SEED=${seed}`).toBeLessThanOrEqual(REQUEST_MS);
  // How many is chance: all who share a failed mint fail with it, and a pause that Box asks for refuses everybody.
  expect(issued, `WEATHER_SEED=${seed}`).toBeGreaterThan(REQUESTS / 2);

  const pieces = [piecesOf(...secretsOf(app)), piecesOf(...world.box.tokens.all.keys())];
  for (const line of world.lines) expect(leakIn(line, ...pieces)).toBe(-1);
  await world.close();
});
