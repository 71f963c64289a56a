import { elapsed, type Instant, now } from "../clock.ts";
import type { Clock, RequestContext } from "../ports.ts";
import { TableFailure, type TableItem, type TokenTable } from "../shared-cache/table.ts";

/** How long an event is known: twelve times as long as Box repeats one. */
const KNOWN_SECONDS = 86_400;
/** Events of one environment's memory; the oldest is forgotten first. */
const MAX_EVENTS = 20_000;

/** What the decision comes from; `unavailable`: the table could not be used, only the environment's memory. */
export type EventMemory = "memory" | "table" | "unavailable";

/** Whether an event was handed on before. */
export interface Handled {
  readonly isHandled: boolean;
  readonly by: EventMemory;
}

/**
 * The events that were handed on, by `eventKey`, in the environment's memory and, where there is one, in the table that
 * environments share. An item holds the key, its version and its end, and nothing of the event.
 */
export class HandledEvents {
  readonly #table: TokenTable | undefined;
  readonly #clock: Clock;
  readonly #known = new Map<string, Instant>();

  constructor(table: TokenTable | undefined, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Never rejects: where the table cannot be used, the event counts as new. */
  async find(key: string, context: RequestContext): Promise<Handled> {
    const at = this.#known.get(key);
    if (at !== undefined && elapsed(this.#clock, at) < KNOWN_SECONDS * 1_000) {
      return { isHandled: true, by: "memory" };
    }
    if (this.#table === undefined) return { isHandled: false, by: "memory" };
    try {
      // Eventually consistent: what it misses is handed on twice, which consumers have to bear anyway.
      const item = await this.#table.read(itemKey(key), context);
      return { isHandled: item !== undefined && this.#isInForce(item), by: "table" };
    } catch (failure) {
      noteFailure(failure, context);
      return { isHandled: false, by: "unavailable" };
    }
  }

  /**
   * Remembers an event that was handed on; never rejects.
   * @param by what `find` returned: a table that could not be read is not written either
   */
  async add(key: string, by: EventMemory, context: RequestContext): Promise<void> {
    this.#known.delete(key);
    this.#known.set(key, now(this.#clock));
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_EVENTS && oldest !== undefined) this.#known.delete(oldest);
    if (this.#table === undefined || by === "unavailable") return;
    const deleteAfter = Math.ceil(this.#table.now() / 1_000) + KNOWN_SECONDS;
    try {
      const item = { fence: 1, writer: "webhook", deleteAfter };
      const written = await this.#table.replace(itemKey(key), undefined, item, context);
      // Another environment that handed the same event on at the same time has written the item too.
      if (written.replaced || written.current === undefined || this.#isInForce(written.current)) return;
      const fence = written.current.fence;
      await this.#table.replace(itemKey(key), fence, { ...item, fence: fence + 1 }, context);
    } catch (failure) {
      noteFailure(failure, context);
    }
  }

  /** DynamoDB deletes late: an item whose time is over may still be there. */
  #isInForce({ deleteAfter }: TableItem): boolean {
    return this.#table !== undefined && deleteAfter * 1_000 > this.#table.now();
  }
}

const itemKey = (key: string): string => `webhook#${key}`;

function noteFailure(failure: unknown, { trace }: RequestContext): void {
  if (!(failure instanceof TableFailure)) throw failure;
  trace.sharedCacheFailure = failure.message;
}
