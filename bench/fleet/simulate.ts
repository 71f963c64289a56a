import { PRICES } from "./assumptions.ts";
import { mostWithin, SimulatedBox } from "./box.ts";
import { boxNodeSdk } from "./box-node-sdk.ts";
import type { Strategy } from "./environment.ts";
import type { Faults } from "./faults.ts";
import { Fleet, type Load } from "./fleet.ts";
import { LambdaMeter } from "./lambda-meter.ts";
import { Nature } from "./nature.ts";
import { SimulatedSecrets } from "./secrets.ts";
import { SimulatedTable } from "./table.ts";
import { tokenFunction } from "./token-function.ts";

export const STRATEGIES = ["box-node-sdk", "memory only", "shared cache"] as const;

export interface Simulation extends Load {
  readonly strategy: (typeof STRATEGIES)[number];
  readonly faults: Faults;
  /** Space-separated scopes of every request; absent: full tokens. */
  readonly scope?: string;
  readonly seed: number;
}

/** What one simulation came to. */
export interface Result {
  readonly tokens: number;
  readonly failures: ReadonlyMap<string, number>;
  readonly starts: number;
  /** POSTs to Box's token endpoint, by what became of them. */
  readonly posts: Readonly<Record<"token" | "lost" | "refused", number>>;
  /** The most POSTs for any one subject in any 3,600 s that Box did not refuse and whose response arrived. */
  readonly mostGrants: number;
  readonly mostExchanges: number;
  readonly secretReads: number;
  readonly tableReads: number;
  readonly tableWrites: number;
  /** Requests of the table to KMS for its key. */
  readonly keyRequests: number;
  /** Requests to the table that were throttled. */
  readonly throttled: number;
  readonly steady: Latencies;
  readonly storm: Latencies;
  /** US dollars for a million tokens. */
  readonly dollars: { readonly withoutLogs: number; readonly withLogs: number };
}

/** Milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** The shortest life of a token. */
const LIFETIME_MS = 3_600_000;

export async function simulate(simulation: Simulation): Promise<Result> {
  const { strategy, faults, hours, scope, seed } = simulation;
  const nature = new Nature(seed);
  const box = new SimulatedBox(nature, faults);
  const secrets = new SimulatedSecrets(nature);
  const table = new SimulatedTable(nature, faults);
  const meter = new LambdaMeter();
  const ports = { nature, box, secrets, meter, ...(scope !== undefined && { scope }) };
  const strategies: Readonly<Record<Simulation["strategy"], () => Strategy>> = {
    "box-node-sdk": () => boxNodeSdk({ nature, box, secrets }),
    "memory only": () => tokenFunction(ports),
    "shared cache": () => tokenFunction({ ...ports, table }),
  };
  const fleet = new Fleet(nature, strategies[strategy](), simulation);
  await fleet.run();

  const failed = [...fleet.failures.values()].reduce((sum, count) => sum + count, 0);
  const tokens = fleet.latencies.steady.length + fleet.latencies.storm.length - failed;
  const posts = { token: 0, lost: 0, refused: 0 };
  for (const { result } of box.posts) posts[result]++;
  const minted = box.posts.filter(({ result }) => result === "token");
  const withoutLogs =
    meter.lambdaDollars() +
    secrets.reads * PRICES.secretRead +
    table.readUnits * PRICES.tableReadUnit +
    table.writeUnits * PRICES.tableWriteUnit +
    table.keyRequests * PRICES.keyRequest;
  const logs = meter.logDollars() + meter.metricDollars(hours);
  return {
    ...{ tokens, posts, failures: fleet.failures, starts: fleet.starts },
    mostGrants: mostWithin(
      minted.filter(({ kind }) => kind === "grant"),
      LIFETIME_MS,
    ),
    mostExchanges: mostWithin(
      minted.filter(({ kind }) => kind === "exchange"),
      LIFETIME_MS,
    ),
    secretReads: secrets.reads,
    ...{ tableReads: table.reads, tableWrites: table.writes, throttled: table.throttled },
    keyRequests: table.keyRequests,
    steady: latenciesOf(fleet.latencies.steady),
    storm: latenciesOf(fleet.latencies.storm),
    dollars: {
      withoutLogs: (withoutLogs / tokens) * 1e6,
      withLogs: ((withoutLogs + logs) / tokens) * 1e6,
    },
  };
}

function latenciesOf(milliseconds: readonly number[]): Latencies {
  const sorted = Float64Array.from(milliseconds).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}
