import { CAPACITY, HOUR_MS } from "./assumptions.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import { DEPLOYMENTS, type Load } from "./fleet.ts";

/** How long Box refuses token requests after each deployment, and its `Retry-After`. */
const BOX_LIMITS = { milliseconds: 60_000, retryAfterSeconds: 10 };
/** How long the table is short of capacity after each deployment, and how many reads it bears in a second by instance. */
const TABLE_LIMITS = { milliseconds: 600_000, readsPerInstance: 0.25 };
/** Of so many token requests, and of so many writes to the table, one takes place and its response is lost. */
const LOST_EVERY = 3;

/** What can happen to a fleet with a shared cache. */
export const SCENARIOS = ["calm", "Box limits", "table throttled", "responses lost", "downscoped"] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** The scope to which every token of the last scenario is downscoped. */
export const SCOPE = "item_download";

export function faultsOf(scenario: Scenario, { hours, instances }: Load): Faults {
  const deployments = DEPLOYMENTS.map((share) => share * hours * HOUR_MS);
  const isWithin = (now: number, milliseconds: number) =>
    deployments.some((at) => now >= at && now < at + milliseconds);
  const { retryAfterSeconds } = BOX_LIMITS;
  switch (scenario) {
    case "Box limits":
      return {
        ...NO_FAULTS,
        retryAfter: (now) => (isWithin(now, BOX_LIMITS.milliseconds) ? retryAfterSeconds : undefined),
      };
    case "table throttled": {
      // An eventually consistent read is half a unit.
      const share = Math.min((instances * TABLE_LIMITS.readsPerInstance) / (2 * CAPACITY.reads), 1);
      return { ...NO_FAULTS, tableShare: (now) => (isWithin(now, TABLE_LIMITS.milliseconds) ? share : 1) };
    }
    case "responses lost":
      return { ...NO_FAULTS, lostEvery: LOST_EVERY };
    case "calm":
    case "downscoped":
      return NO_FAULTS;
  }
}

/** The most POSTs that Box can refuse if the fleet makes one whenever Box's pause is over. */
export const REFUSALS_ALLOWED =
  DEPLOYMENTS.length * Math.ceil(BOX_LIMITS.milliseconds / (BOX_LIMITS.retryAfterSeconds * 1_000));
