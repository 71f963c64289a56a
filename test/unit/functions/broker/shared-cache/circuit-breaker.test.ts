import { beforeEach, describe, expect, it } from "vitest";
import { CircuitBreaker } from "../../../../../functions/broker/shared-cache/circuit-breaker.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

let clock: VirtualClock;
/** What the next pauses are drawn from. */
let fraction: number;
let circuit: CircuitBreaker;
beforeEach(() => {
  clock = new VirtualClock();
  fraction = 0;
  circuit = new CircuitBreaker(clock, { jti: () => "", fraction: () => fraction });
});

function fail(times: number): void {
  for (let failure = 0; failure < times; failure++) circuit.failed();
}

/** How many of five calls in a row the circuit allows. */
const allowed = () => Array.from({ length: 5 }, () => circuit.allows()).filter(Boolean).length;

describe("a closed circuit", () => {
  it("allows every call before the first failure", () => {
    expect(allowed()).toBe(5);
  });

  it("allows every call after two failures in a row", () => {
    fail(2);
    expect(allowed()).toBe(5);
  });

  it("opens at the third failure in a row", () => {
    fail(3);
    expect(allowed()).toBe(0);
  });

  it("stays closed after a hundred failures that were never three in a row", () => {
    for (let round = 0; round < 50; round++) {
      fail(2);
      circuit.succeeded();
    }
    fail(2);
    expect(allowed()).toBe(5);
  });
});

describe("an open circuit", () => {
  it.each([
    [0, 10_000],
    [0.5, 12_500],
    [0.999_999_999, 15_000],
  ])("with the random fraction %d allows no call for %d ms, and then one probe", async (drawn, pause) => {
    fraction = drawn;
    fail(3);
    await clock.advance(pause - 1);
    expect(circuit.allows()).toBe(false);
    await clock.advance(1);
    expect(allowed()).toBe(1);
  });

  it("counts the pause from the last failure of the calls that were in flight when it opened", async () => {
    fail(3);
    await clock.advance(4_000);
    fail(1);
    await clock.advance(9_999);
    expect(circuit.allows()).toBe(false);
    await clock.advance(1);
    expect(circuit.allows()).toBe(true);
  });

  it("allows a probe after a freeze of the environment that was longer than the pause", () => {
    fail(3);
    clock.freeze(9_999);
    expect(circuit.allows()).toBe(false);
    clock.freeze(1);
    expect(circuit.allows()).toBe(true);
  });

  it("allows a probe after the pause although the wall clock was set back meanwhile", async () => {
    fail(3);
    clock.setWall(-3_600_000);
    await clock.advance(10_000);
    expect(circuit.allows()).toBe(true);
  });
});

describe("a half-open circuit", () => {
  beforeEach(async () => {
    fail(3);
    await clock.advance(10_000);
    expect(circuit.allows()).toBe(true);
  });

  it("allows no other call while the probe runs", async () => {
    await clock.advance(9_999);
    expect(allowed()).toBe(0);
  });

  it("allows another probe after a pause if the first one never reported a result", async () => {
    await clock.advance(10_000);
    expect(allowed()).toBe(1);
  });

  it("closes when the probe succeeds, and then tolerates two failures again", () => {
    circuit.succeeded();
    expect(allowed()).toBe(5);
    fail(2);
    expect(allowed()).toBe(5);
    fail(1);
    expect(allowed()).toBe(0);
  });

  it("opens for a whole pause, drawn again, when the probe fails", async () => {
    await clock.advance(5_000);
    fraction = 0.5;
    fail(1);
    await clock.advance(12_499);
    expect(circuit.allows()).toBe(false);
    await clock.advance(1);
    expect(allowed()).toBe(1);
  });
});
