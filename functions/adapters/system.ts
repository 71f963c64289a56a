import { randomUUID } from "node:crypto";
import type { Clock, Randomness } from "../broker/ports.ts";

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  alarm(milliseconds, ring) {
    const timer = setTimeout(ring, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const systemRandomness: Randomness = {
  // Without the cache of random bytes, which a restored snapshot would share with others.
  jti: () => randomUUID({ disableEntropyCache: true }),
  fraction: () => Math.random(),
};
