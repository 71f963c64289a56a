import type { RequestContext } from "../../functions/broker/ports.ts";
import type {
  ScanPage,
  TableFailure,
  TableItem,
  TokenTable,
} from "../../functions/broker/shared-cache/table.ts";

type Call = "read" | "replace" | "scan";

/** Items that a page of a scan goes through: few, so that a scan of some has several pages. */
const PAGE_ITEMS = 3;

/** The table of one process: the same contract as DynamoDB, with faults that a test sets. */
export class MemoryTable implements TokenTable {
  readonly items = new Map<string, TableItem>();
  readonly calls: Call[] = [];
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

  async scan(keyPrefix: string, after: string | undefined, _context: RequestContext): Promise<ScanPage> {
    this.#call("scan", keyPrefix);
    const keys = [...this.items.keys()].sort().filter((key) => after === undefined || key > after);
    const page = keys.slice(0, PAGE_ITEMS);
    const items = page.flatMap((key) => {
      const item = this.items.get(key);
      return item === undefined || !key.startsWith(keyPrefix) ? [] : [{ key, item }];
    });
    const next = page.at(-1);
    return { items, ...(next !== undefined && keys.length > PAGE_ITEMS && { next }) };
  }

  #call(name: Call, key: string): void {
    this.calls.push(name);
    this.keys.push(key);
    const failure = this.outage ?? this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}
