import { elapsed, type Instant } from "../clock.ts";
import type { Clock } from "../ports.ts";
import type { TokenTable } from "./table.ts";

/** Clocks of the instance and of the table. */
export interface Clocks {
  readonly clock: Clock;
  readonly table: Pick<TokenTable, "now">;
}

/** A moment of this instance by the table's clock, in milliseconds since the epoch. */
export function tableTime({ clock, table }: Clocks, moment: Instant): number {
  return table.now() - elapsed(clock, moment);
}

/** A moment of the table's clock by those of this instance; one that is yet to come counts as now. */
export function instantOf({ clock, table }: Clocks, milliseconds: number): Instant {
  const age = Math.max(table.now() - milliseconds, 0);
  return { wall: clock.wall() - age, monotonic: clock.monotonic() - age };
}
