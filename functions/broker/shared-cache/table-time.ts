import { elapsed, type Instant } from "../clock.ts";
import type { Clock } from "../ports.ts";
import { MIN_MINT_INTERVAL_SECONDS } from "../token-source.ts";
import type { TokenTable } from "./table.ts";

/** Clocks of the environment and of the table. */
export interface Clocks {
  readonly clock: Clock;
  readonly table: Pick<TokenTable, "now">;
}

/** A moment of this environment by the table's clock, in milliseconds since the epoch. */
export function tableTime({ clock, table }: Clocks, moment: Instant): number {
  return table.now() - elapsed(clock, moment);
}

/** For so long a token is new. */
const NEW_MS = MIN_MINT_INTERVAL_SECONDS * 1_000;

/**
 * A moment of the table's clock by those of this environment. One that is yet to come counts as now; one that comes later
 * than in the time for which a token is new was noted by a clock that was wrong, and a token of then is not new.
 */
export function instantOf({ clock, table }: Clocks, milliseconds: number): Instant {
  const since = table.now() - milliseconds;
  const age = since < -NEW_MS ? NEW_MS : Math.max(since, 0);
  return { wall: clock.wall() - age, monotonic: clock.monotonic() - age };
}
