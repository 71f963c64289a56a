import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { hostileLoad } from "../support/hostile-load/run.ts";

test("under a mixed hostile load no caller gets a token beyond its rights, and each request has one audit line", async () => {
  const seed = Number(process.env.HOSTILE_SEED ?? randomInt(2 ** 31));
  const report = await hostileLoad({
    ...{ seed, requests: 400, inFlight: 24, rotations: 2 },
    scaling: { requestsPerEnvironment: Number.POSITIVE_INFINITY },
  });
  expect(report.violations, `HOSTILE_SEED=${seed}`).toEqual([]);
  expect(report.issued, `HOSTILE_SEED=${seed}`).toBeGreaterThan(40);
  expect(report.forbidden, `HOSTILE_SEED=${seed}`).toBeGreaterThan(100);
  expect(report.calmCost, `HOSTILE_SEED=${seed}`).toBe(0);
  expect(report.faults, `HOSTILE_SEED=${seed}`).toBeGreaterThan(0);
});
