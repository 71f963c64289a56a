import { randomUUID } from "node:crypto";
import type { Clock, Randomness } from "../broker/ports.ts";

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic() {
    // `performance` has Node load ten modules when it is first touched, of which a cold start needs none.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1e6;
  },
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const systemRandomness: Randomness = {
  // Without the cache of random bytes, which a restored snapshot would share with others.
  jti: () => randomUUID({ disableEntropyCache: true }),
  fraction: () => Math.random(),
};
