import type { Clock, Randomness, RequestContext } from "../ports.ts";
import { CLOCK_TOLERANCE_MS } from "../shared-cache/cache-decision.ts";
import { Pauses } from "../shared-cache/pauses.ts";
import { nextItem, replaceItem } from "../shared-cache/replace-item.ts";
import { TableFailure, type TableItem, type TokenTable } from "../shared-cache/table.ts";
import {
  type Authorization,
  type AuthorizationRegister,
  compare,
  MemoryRegister,
  type Observation,
  type Recorded,
  recordAt,
} from "./register.ts";

/** A record is kept for so long after the last change. */
const RECORD_SECONDS = 400 * 24 * 3_600;
/** At most this many environments compete: each writes once for a change. */
const MAX_LOST_RACES = 5;

interface TableRegisterPorts {
  readonly table: TokenTable;
  readonly clock: Clock;
  readonly random: Randomness;
}

/**
 * Of all environments, one small item for each app: the environment whose write takes place reports the change. Where the
 * table cannot be used, each environment reports for itself.
 */
export class TableRegister implements AuthorizationRegister {
  readonly #ports: TableRegisterPorts;
  readonly #pauses: Pauses;
  readonly #fallback: MemoryRegister;

  constructor(ports: TableRegisterPorts) {
    this.#ports = ports;
    this.#pauses = new Pauses(ports);
    this.#fallback = new MemoryRegister(ports.clock);
  }

  async record(observed: Observation, context: RequestContext): Promise<Recorded> {
    try {
      const recorded = await this.#pauses.whileThrottled(context, () => this.#record(observed, context));
      // What this environment has reported for itself is over as well.
      const isRecovery = recorded.outcome === "known" && observed.state === "authorized";
      const own = isRecovery ? await this.#fallback.record(observed) : recorded;
      return own.outcome === "changed" ? own : recorded;
    } catch (failure) {
      if (!(failure instanceof TableFailure)) throw failure;
      return failure.isThrottled ? { outcome: "undecided" } : this.#fallback.record(observed);
    }
  }

  async countNotAuthorized(apps: readonly string[], context: RequestContext): Promise<number> {
    const { table } = this.#ports;
    try {
      const items = await Promise.all(apps.map((app) => table.read(authorizationKey(app), context, true)));
      return items.filter((item) => recordOf(item)?.state === "not_authorized").length;
    } catch (failure) {
      if (!(failure instanceof TableFailure)) throw failure;
      return this.#fallback.countNotAuthorized(apps);
    }
  }

  async #record(observation: Observation, context: RequestContext): Promise<Recorded> {
    const { table, clock } = this.#ports;
    const key = authorizationKey(observation.app);
    let item = await table.read(key, context);
    // The table's clock is known from its first response.
    const observed = recordAt(table.now(), observation, clock);
    for (let races = 0; races < MAX_LOST_RACES; races++) {
      const present = recordOf(item);
      const outcome = compare(observed, present, CLOCK_TOLERANCE_MS);
      if (outcome !== "changed") return { outcome, ...(present !== undefined && { present }) };
      const written = nextItem(this.#ports, item, {
        note: JSON.stringify(observed),
        deleteAfter: Math.ceil(table.now() / 1_000) + RECORD_SECONDS,
      });
      const result = await replaceItem(table, key, item, written, context);
      if (result.replaced) return { outcome, present: observed };
      item = result.current;
    }
    return { outcome: "undecided" };
  }
}

/** Names of apps have no `#`. */
export const authorizationKey = (app: string) => `authorization#${app}`;

/** Undefined where no environment of this version has written it. */
function recordOf(item: TableItem | undefined): Authorization | undefined {
  try {
    const record = JSON.parse(item?.note ?? "null") as Authorization | null;
    return typeof record?.since === "number" ? record : undefined;
  } catch {
    return undefined;
  }
}
