import { createHash, randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { generateApp } from "../../sandbox/apps/app.ts";
import type { BoxFault } from "../../sandbox/box/conditions.ts";
import { leakIn, piecesOf, secretsOf } from "../support/leaks.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { startTestEnvironment, type TestEnvironment } from "../support/test-environment.ts";

const IN_FLIGHT = 100;
const REQUESTS = 2_500;
const USERS = 8;
/** The time limit of one request; no pause in a request may be longer. */
const REQUEST_MS = 10_000;
/** The longest time that the function remembers a final refusal of Box, or a `Retry-After`. */
const REFUSAL_MEMORY_MS = 30_000;
/** Faults at Box that pass by themselves. `test/integration/faults.test.ts` has those that need a person's action. */
const FAULTS = [
  ...(["slow", "rate-limited", "server-error", "reset", "reset-after"] as const),
  ...(["truncated-json", "html-body", "skewed-clock"] as const),
] satisfies readonly BoxFault[];

/** Injects a fault that affects a few of the next requests. */
function injectFault(environment: TestEnvironment, random: SeededRandom): void {
  const name = random.pick(FAULTS);
  environment.box.faults.inject(name, {
    on: random.pick(["token", "token/jwt-bearer", "token/token-exchange"]),
    ...{ after: random.below(5), times: 1 + random.below(6) },
    ...(name === "slow" && { ms: random.below(60) }),
    ...(name === "rate-limited" && random.chance(0.5) && { retryAfterSeconds: random.below(2) }),
    ...(name === "skewed-clock" && { skewSeconds: random.pick([-7_200, -90, 90, 7_200]) }),
  });
}

function requestsTo({ apps }: TestEnvironment) {
  const subjects = [
    {},
    ...(apps[0]?.users ?? []).map((id) => ({ box_subject_type: "user", box_subject_id: id })),
  ];
  return subjects.flatMap((subject) => [subject, { ...subject, scope: "item_download" }]);
}

test("with random faults at Box every caller gets a token or a retryable problem, and no secret leaks", async () => {
  const seed = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));
  const random = new SeededRandom(seed);
  const app = await generateApp();
  const environment = await startTestEnvironment({ reports: app }, USERS);
  const requests = requestsTo(environment);
  const refused = new Map<object, string>();
  let begun = 0;
  let issued = 0;
  let waits = 0;
  /** What a caller does with a `Retry-After`; callers that are refused at the same time wait together. */
  const wait = (seconds: number, waitsBefore: number) => {
    if (waits !== waitsBefore) return;
    waits++;
    environment.age(seconds * 1_000);
  };
  const caller = async () => {
    while (begun < REQUESTS) {
      if (++begun % 20 === 0) injectFault(environment, random);
      const request = random.pick(requests);
      const rejected_token_sha256 = refused.get(request);
      const parameters = {
        ...request,
        ...(rejected_token_sha256 !== undefined && { rejected_token_sha256 }),
      };
      const waitsBefore = waits;
      const { token, problem, text } = await environment.requestToken(
        random.pick(["url", "invoke"]),
        parameters,
        REQUEST_MS,
      );
      expect(problem?.retryable, `FAULT_SEED=${seed}: ${text}`).not.toBe(false);
      if (problem?.retry_after !== undefined) wait(problem.retry_after, waitsBefore);
      if (token !== undefined) {
        issued++;
        expect(environment.box.tokens.find(token.access_token)).toBeDefined();
        refused.set(request, createHash("sha256").update(token.access_token).digest("hex"));
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  environment.box.faults.clear();
  environment.age(REFUSAL_MEMORY_MS);
  for (const parameters of requests)
    expect((await environment.requestToken("url", parameters)).token).toBeDefined();
  expect(Math.max(...environment.pauses), `FAULT_SEED=${seed}`).toBeLessThanOrEqual(REQUEST_MS);
  // The number is random: a failed mint fails all requests that share it.
  expect(issued, `FAULT_SEED=${seed}`).toBeGreaterThan(REQUESTS / 2);

  const pieces = [piecesOf(...secretsOf(app)), piecesOf(...environment.box.tokens.all.keys())];
  for (const line of environment.lines) expect(leakIn(line, ...pieces)).toBe(-1);
  await environment.close();
});
