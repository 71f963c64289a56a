import type { TableItem } from "../../functions/broker/shared-cache/table.ts";
import { Fleet } from "../support/fleet.ts";

/** What one app's tokens cost of the shared cache in one hour, all environments together. */
export interface SharedCacheHour {
  /** Eventually consistent, of items of at most 4 KB. */
  readonly reads: number;
  readonly writes: number;
  /** Of the largest item: its attributes by name and value, as DynamoDB counts them. */
  readonly itemBytes: number;
  readonly serviceSecretReads: number;
}

const HOURS = 4;
const SECONDS_BETWEEN_REQUESTS = 20;

/** Counted of the functions' own code, on a virtual clock: environments that are warm and busy for hours. */
export async function sharedCacheHour(environments: number): Promise<SharedCacheHour> {
  const fleet = new Fleet();
  const { table, secret } = fleet.shared;
  const instances = Array.from({ length: environments }, () => fleet.start());
  const busy = async (hours: number) => {
    for (let second = 0; second < hours * 3_600; second += SECONDS_BETWEEN_REQUESTS) {
      await Promise.all(instances.map((instance) => instance.token()));
      await fleet.clock.advance(SECONDS_BETWEEN_REQUESTS * 1_000);
    }
  };
  // The first hour has the cold starts, which are counted apart.
  await busy(1);
  table.calls.length = 0;
  secret.reads = 0;
  await busy(HOURS);
  const count = (kind: string) => table.calls.filter((call) => call === kind).length / HOURS;
  return {
    reads: count("read"),
    writes: count("replace"),
    itemBytes: Math.max(...[...table.items].map(([key, item]) => bytesOf(key, item))),
    serviceSecretReads: secret.reads / HOURS,
  };
}

/** Names, and values: a number takes at most 21 bytes. */
function bytesOf(key: string, { writer, sealed }: TableItem): number {
  const names = "pk fence writer delete_after lease_until key_id sealed".replaceAll(" ", "").length;
  const texts = [key, writer, sealed?.keyId ?? ""].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return names + texts + 3 * 21 + (sealed?.bytes.length ?? 0);
}
