import { expect, test } from "vitest";
import { UsedStates } from "../../../../../functions/broker/oauth/used-states.ts";

const LIFE = 600_000;

test("a state can be used once until it expires", () => {
  const states = new UsedStates();
  expect(states.use("a", LIFE, 0)).toBe(true);
  expect(states.use("a", LIFE, 1)).toBe(false);
  expect(states.use("b", LIFE, 1)).toBe(true);
  expect(states.use("a", LIFE, LIFE - 1)).toBe(false);
});

test("states that have expired are forgotten", () => {
  const states = new UsedStates();
  for (let at = 0; at < 1_000; at++) states.use(`state-${at}`, at + LIFE, at);
  expect(states.size).toBe(1_000);
  states.use("last", 2 * LIFE, 500 + LIFE);
  expect(states.size).toBe(500);
});

test("at most ten thousand are kept, of which the oldest ones go", () => {
  const states = new UsedStates();
  for (let at = 0; at < 10_005; at++) states.use(`state-${at}`, LIFE, 0);
  expect(states.size).toBe(10_000);
  expect(states.use("state-10004", LIFE, 0)).toBe(false);
  expect(states.use("state-0", LIFE, 0)).toBe(true);
});
