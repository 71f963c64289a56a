import { describe, expect, test } from "vitest";
import { boxClock } from "../../../sandbox/box/clock.ts";
import { CLOCK } from "../../../sandbox/control/clock.ts";
import type { ControlCall } from "../../../sandbox/control/resource.ts";

const START = Date.UTC(2026, 10, 1);

/** A clock on a machine whose own clock a test moves. */
function scene() {
  const machine = { time: START };
  return { machine, clock: boxClock(() => machine.time) };
}

describe("Box's clock", () => {
  test("follows the machine's clock until it is set", () => {
    const { machine, clock } = scene();
    machine.time += 5_000;
    expect([clock.now(), clock.skewSeconds, clock.frozen]).toEqual([START + 5_000, 0, false]);
  });

  test("keeps running from the time that it is set to", () => {
    const { machine, clock } = scene();
    clock.set(Date.UTC(2030, 0, 1));
    machine.time += 1_500;
    expect(clock.now()).toBe(Date.UTC(2030, 0, 1) + 1_500);
  });

  test("is set ahead and back by milliseconds", () => {
    const { clock } = scene();
    clock.advance(60_000);
    clock.advance(-1);
    expect(clock.now()).toBe(START + 59_999);
  });

  test("stops while it is frozen, and is moved by set() and advance() alone", () => {
    const { machine, clock } = scene();
    clock.freeze();
    machine.time += 10_000;
    expect([clock.now(), clock.frozen]).toEqual([START, true]);
    clock.advance(250);
    clock.freeze();
    machine.time += 10_000;
    expect(clock.now()).toBe(START + 250);
    clock.set(START);
    expect([clock.now(), clock.frozen]).toEqual([START, true]);
  });

  test("is ahead by just what it was set ahead by, on a machine whose clock has moved on in the meantime", () => {
    let time = START;
    const clock = boxClock(() => time++);
    for (let count = 0; count < 3; count++) clock.advance(20_000);
    expect(clock.skewSeconds).toBe(60);
  });

  test("runs again from where it stopped", () => {
    const { machine, clock } = scene();
    clock.freeze();
    machine.time += 10_000;
    clock.resume();
    machine.time += 1;
    clock.resume();
    expect([clock.now(), clock.frozen, clock.skewSeconds]).toEqual([START + 1, false, -10]);
  });

  test("is so many seconds ahead of the machine's clock, whatever it was before", () => {
    const { machine, clock } = scene();
    clock.advance(99_000);
    clock.skewSeconds = 60;
    machine.time += 1_000;
    clock.skewSeconds = 60;
    expect([clock.now(), clock.skewSeconds]).toEqual([START + 61_000, 60]);
  });

  test("is the machine's clock again after a reset, and runs", () => {
    const { machine, clock } = scene();
    clock.freeze();
    clock.advance(99_000);
    clock.reset();
    machine.time += 1;
    expect([clock.now(), clock.frozen, clock.skewSeconds]).toEqual([START + 1, false, 0]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, Date.UTC(10_000, 0, 1)])(
    "refuses the time %d and stays as it was",
    (time) => {
      const { clock } = scene();
      expect(() => clock.set(time)).toThrow("from 1970 to 9999");
      expect(clock.now()).toBe(START);
    },
  );

  test("has whole milliseconds", () => {
    const { clock } = scene();
    clock.advance(0.4);
    clock.advance(1.6);
    expect(clock.now()).toBe(START + 2);
  });
});

describe("the control endpoint /clock", () => {
  test("advances by exactly what it was sent, also where the machine's clock ticks meanwhile", async () => {
    let time = START;
    const clock = boxClock(() => time++);
    const request = { headers: {}, body: Buffer.from("advance=60") };
    const target = { request, enterprise: { clock } } as unknown as ControlCall;
    expect(await CLOCK.methods.POST?.respond(target)).toMatchObject({ status: 200 });
    expect(clock.skewSeconds).toBe(60);
  });
});
