import type { RequestContext } from "../../functions/broker/ports.ts";
import type { TableFailure, TableItem, TokenTable } from "../../functions/broker/shared-cache/table.ts";

/** The table of one process: the same contract as DynamoDB, with faults that a test sets. */
export class MemoryTable implements TokenTable {
  readonly items = new Map<string, TableItem>();
  readonly calls: ("read" | "replace")[] = [];
  /** Of the items of each call. */
  readonly keys: string[] = [];
  /** What the next calls throw, in order; `undefined` lets one through. */
  readonly failures: (TableFailure | undefined)[] = [];
  /** What every call throws. */
  outage: TableFailure | undefined;
  /** Writes that take place and whose response is lost. */
  lostResponses = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  now(): number {
    return this.#now();
  }

  async read(key: string, _context: RequestContext): Promise<TableItem | undefined> {
    this.#call("read", key);
    return this.items.get(key);
  }

  async replace(key: string, seen: number | undefined, item: TableItem, _context: RequestContext) {
    this.#call("replace", key);
    const current = this.items.get(key);
    if (current?.fence !== seen) return { replaced: false as const, current };
    this.items.set(key, item);
    if (this.lostResponses > 0) {
      this.lostResponses--;
      return { replaced: false as const, current: item };
    }
    return { replaced: true as const };
  }

  #call(name: "read" | "replace", key: string): void {
    this.calls.push(name);
    this.keys.push(key);
    const failure = this.outage ?? this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}
