import type { Clock, Randomness, RequestContext } from "../ports.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { Pauses } from "./pauses.ts";
import { nextItem, replaceItem } from "./replace-item.ts";
import { TableFailure, type TableItem, type TokenTable } from "./table.ts";

/** An item without a token is kept so long, so that its fencing number continues to rise. */
const EMPTY_ITEM_SECONDS = 3_600;

interface TableAccessPorts {
  readonly table: TokenTable;
  readonly clock: Clock;
  readonly random: Randomness;
}

export type Written =
  | { readonly replaced: true; readonly item: TableItem }
  | { readonly replaced: false; readonly current: TableItem | undefined };

/** How one environment uses the table: it waits while the table throttles, and continues without a table that fails. */
export class TableAccess {
  readonly pauses: Pauses;
  readonly #ports: TableAccessPorts;
  readonly #circuit: CircuitBreaker;

  constructor(ports: TableAccessPorts) {
    this.pauses = new Pauses(ports);
    this.#ports = ports;
    this.#circuit = new CircuitBreaker(ports.clock, ports.random);
  }

  /** Whether the table may be used now; where it has failed again and again, the trace then says so. */
  isAllowed(context: RequestContext): boolean {
    const allowed = this.#circuit.allows();
    if (!allowed) context.trace.sharedCacheFailure = "the circuit is open";
    return allowed;
  }

  /**
   * Runs what needs the table, again where that throttles it; undefined where the table failed, which the trace then says.
   * @param waitsUntil no pause begins later; in milliseconds by the monotonic clock
   */
  async attempt<Value>(
    context: RequestContext,
    run: () => Promise<Value>,
    waitsUntil?: number,
  ): Promise<Value | undefined> {
    try {
      const value = await this.pauses.whileThrottled(context, run, waitsUntil);
      this.#circuit.succeeded();
      return value;
    } catch (failure) {
      if (!(failure instanceof TableFailure)) throw failure;
      this.#circuit.failed();
      context.trace.sharedCacheFailure = failure.message;
      return undefined;
    }
  }

  /**
   * Replaces what was seen, unless another writer was faster.
   * @throws {TableFailure}
   */
  async write(
    key: string,
    seen: TableItem | undefined,
    content: Partial<Pick<TableItem, "lease" | "sealed" | "deleteAfter">>,
    context: RequestContext,
  ): Promise<Written> {
    const { table } = this.#ports;
    const deleteAfter = Math.ceil(table.now() / 1_000) + EMPTY_ITEM_SECONDS;
    const item = nextItem(this.#ports, seen, { deleteAfter, ...content });
    const result = await replaceItem(table, key, seen, item, context);
    return result.replaced ? { replaced: true, item } : result;
  }
}
