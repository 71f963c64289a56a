import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Randomness } from "../broker/ports.ts";

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, settled) =>
    delay(milliseconds, undefined, settled === undefined ? {} : { signal: settled }).catch(() => {}),
};

export const systemRandomness: Randomness = {
  jti: () => randomUUID(),
  fraction: () => Math.random(),
};
