import type { RequestContext } from "../../functions/broker/ports.ts";
import {
  type Replaced,
  TableFailure,
  type TableItem,
  type TokenTable,
} from "../../functions/broker/shared-cache/table.ts";
import { CAPACITY, KEY_CACHE_MS, LATENCIES, REPLICATION_MS, RETRIES } from "./assumptions.ts";
import { AwsCallFailed, awsCall } from "./aws-call.ts";
import { type Faults, isLost } from "./faults.ts";
import { Capacity, type Nature } from "./nature.ts";

/** `LIMITS.call` of `functions/aws/token-table.ts`. */
const CALL_MS = 2_500;
const BYTES_BESIDE_RECORD = 250;

interface Version {
  readonly at: number;
  readonly item: TableItem;
}

/** One item: its last versions, and what the partition that has it bears. */
class Partition {
  readonly reads = new Capacity(CAPACITY.reads);
  readonly writes = new Capacity(CAPACITY.writes);
  versions: Version[] = [];

  /** The item as it was at the moment. */
  asOf(moment: number): TableItem | undefined {
    return this.versions.findLast(({ at }) => at <= moment)?.item;
  }

  write(item: TableItem, at: number): void {
    // What a read can still return: the version of that moment, and all after it.
    const oldest = this.versions.findLastIndex((version) => version.at <= at - REPLICATION_MS.rare);
    this.versions = [...this.versions.slice(Math.max(oldest, 0)), { at, item }];
  }
}

/** A DynamoDB table on demand, each of whose items is in a partition of its own. */
export class SimulatedTable {
  reads = 0;
  readUnits = 0;
  writes = 0;
  writeUnits = 0;
  /** Requests of DynamoDB to KMS. */
  keyRequests = 0;
  /** Requests that were throttled, which AWS does not bill. */
  throttled = 0;
  #replacements = 0;
  readonly #nature: Nature;
  readonly #faults: Faults;
  readonly #partitions = new Map<string, Partition>();

  constructor(nature: Nature, faults: Faults) {
    this.#nature = nature;
    this.#faults = faults;
  }

  /** The table as one instance knows it. @param now milliseconds since the epoch by the instance's clock */
  connect(now: () => number): TokenTable {
    let keyUntil = 0;
    const useKey = () => {
      const moment = this.#nature.clock.monotonic();
      if (moment < keyUntil) return;
      keyUntil = moment + KEY_CACHE_MS;
      this.keyRequests++;
    };
    return {
      now,
      read: (key, context, isConsistent = false) => {
        useKey();
        return this.#read(key, context, isConsistent);
      },
      replace: (key, seen, item, context) => {
        useKey();
        return this.#replace(key, seen, item, context);
      },
    };
  }

  #read(key: string, context: RequestContext, isConsistent: boolean): Promise<TableItem | undefined> {
    const partition = this.#partition(key);
    const units = isConsistent ? 1 : 0.5;
    const { clock } = this.#nature;
    const attempt = () => {
      this.reads++;
      this.readUnits += units;
      const moment = clock.monotonic() - (isConsistent ? 0 : this.#replicationLag());
      return { value: partition.asOf(moment) };
    };
    return this.#call("dynamodb.get", context, { capacity: partition.reads, units, attempt });
  }

  #replace(
    key: string,
    seen: number | undefined,
    item: TableItem,
    context: RequestContext,
  ): Promise<Replaced> {
    const partition = this.#partition(key);
    const units = Math.ceil(((item.sealed?.bytes.length ?? 0) + BYTES_BESIDE_RECORD) / 1_024);
    const { clock } = this.#nature;
    const losesFirst = isLost(this.#faults, ++this.#replacements);
    let attempts = 0;
    // A write whose condition is not met costs as much as one whose condition is.
    const attempt = (): { readonly value: Replaced } | undefined => {
      this.writes++;
      this.writeUnits += units;
      const now = clock.monotonic();
      const current = partition.asOf(now);
      const isMet = current?.fence === seen;
      if (isMet) partition.write(item, now);
      if (losesFirst && attempts++ === 0) return undefined;
      return { value: isMet ? { replaced: true } : { replaced: false, current } };
    };
    return this.#call("dynamodb.put", context, { capacity: partition.writes, units, attempt });
  }

  async #call<Value>(
    step: "dynamodb.get" | "dynamodb.put",
    context: RequestContext,
    {
      capacity,
      units,
      attempt,
    }: {
      readonly capacity: Capacity;
      readonly units: number;
      readonly attempt: () => { readonly value: Value } | undefined;
    },
  ): Promise<Value> {
    const { clock } = this.#nature;
    try {
      return await awsCall(this.#nature, context, {
        step,
        latency: LATENCIES.dynamoDb,
        retries: RETRIES.dynamoDb,
        limitMs: Math.min(CALL_MS, context.deadline - clock.monotonic()),
        isBorne: () => {
          const now = clock.monotonic();
          const isBorne = capacity.take(units, now, this.#faults.tableShare(now));
          if (!isBorne) this.throttled++;
          return isBorne;
        },
        attempt,
      });
    } catch (failure) {
      if (!(failure instanceof AwsCallFailed)) throw failure;
      throw new TableFailure(`DynamoDB: ${failure.message}`, true, failure.isThrottled);
    }
  }

  #replicationLag(): number {
    const { random } = this.#nature;
    const { usual, rare, rareShare } = REPLICATION_MS;
    return random.fraction() * (random.chance(rareShare) ? rare : usual);
  }

  #partition(key: string): Partition {
    const partition = this.#partitions.get(key) ?? new Partition();
    this.#partitions.set(key, partition);
    return partition;
  }
}
