import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { hostileLoad } from "../support/hostile-load/run.ts";

/** Like `test/integration/hostile-load.test.ts`, but a minute long, for both ways in which Lambda runs a function. */
test.each([
  ["each in an environment of its own", { requestsPerEnvironment: 1 }, 2_500, 8],
  ["together in one environment", { requestsPerEnvironment: Number.POSITIVE_INFINITY }, 6_000, 32],
])(
  "a minute of hostile requests, %s, gives no caller a token beyond its permissions",
  async (_, scaling, requests, inFlight) => {
    const seed = Number(process.env.HOSTILE_SEED ?? randomInt(2 ** 31));
    const report = await hostileLoad({ seed, requests, inFlight, rotations: 12, scaling });
    expect(report.violations, `HOSTILE_SEED=${seed}`).toEqual([]);
    expect(report.issued, `HOSTILE_SEED=${seed}`).toBeGreaterThan(requests / 6);
    expect(report.forbidden, `HOSTILE_SEED=${seed}`).toBeGreaterThan(requests / 4);
    expect(report.faults, `HOSTILE_SEED=${seed}`).toBeGreaterThan(100);
  },
);
