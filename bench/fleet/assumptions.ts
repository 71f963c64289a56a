/** What the simulation takes for granted; `docs/benchmarks.md` lists it with its sources. */
export const HOUR_MS = 3_600_000;

/** A time in milliseconds, log-normal. */
export interface Latency {
  readonly median: number;
  /** Standard deviation of the logarithm: 0.35 puts the 99th percentile at 2.3 times the median. */
  readonly sigma: number;
}

export const LATENCIES = {
  /** From the caller to the function's handler and back. */
  invoke: { median: 15, sigma: 0.2 },
  /** Start of an environment of the token function, until its handler runs. */
  init: { median: 250, sigma: 0.25 },
  boxToken: { median: 200, sigma: 0.35 },
  boxApi: { median: 120, sigma: 0.35 },
  secretsManager: { median: 20, sigma: 0.35 },
  dynamoDb: { median: 5, sigma: 0.35 },
} as const satisfies Record<string, Latency>;

/** Processor time of the handler for one request, in milliseconds. */
export const HANDLER_MS = 5;
export const MEMORY_GB = 0.5;
/** Mean time until Lambda replaces an environment. */
export const ENVIRONMENT_LIFE_MS = 2 * HOUR_MS;
/** Box's tokens live for 3,600 to 4,200 s. */
export const TOKEN_LIFETIME_SECONDS = { shortest: 3_600, longest: 4_200 };
/** Instances' clocks differ by up to so much, either way. */
export const MAX_SKEW_MS = 500;

/** What one partition of a DynamoDB table bears in a second, in units, and what a region's Secrets Manager bears. */
export const CAPACITY = { reads: 3_000, writes: 1_000, secrets: 10_000 };
/** A read that is eventually consistent returns an item as of so long ago, at most; one in a hundred, as of a second ago. */
export const REPLICATION_MS = { usual: 20, rare: 1_000, rareShare: 0.01 };

/** For how long DynamoDB keeps the table's key, which is a customer's, for one of its clients. */
export const KEY_CACHE_MS = 300_000;

/** How often an AWS SDK makes a call, and how long it pauses at most before the second attempt; doubles with each. */
export interface Retries {
  readonly attempts: number;
  /** Milliseconds after a response that was lost. */
  readonly lostMs: number;
  /** After one that says that the call was throttled; undefined: it is not made again. */
  readonly throttledMs?: number;
}

export const RETRIES = {
  /** The standard mode of the AWS SDK for JavaScript, as `@smithy/core` 3 computes it. */
  secretsManager: { attempts: 3, lostMs: 50, throttledMs: 1_000 },
  /** As in `functions/aws/token-table.ts`. */
  dynamoDb: { attempts: 2, lostMs: 0 },
} as const satisfies Record<string, Retries>;

/** List prices of us-east-1 in US dollars. */
export const PRICES = {
  secretRead: 0.05 / 10_000,
  lambdaRequest: 0.2 / 1_000_000,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  /** Of 4 KB; a read that is eventually consistent is half a unit. */
  tableReadUnit: 0.125 / 1_000_000,
  /** Of 1 KB. */
  tableWriteUnit: 0.625 / 1_000_000,
  keyRequest: 0.03 / 10_000,
  logGb: 0.5,
  metricHour: 0.3 / 720,
};
/** Lambda's own START, END and REPORT of an invocation, and what CloudWatch counts for each line. */
export const LAMBDA_LINES = [80, 60, 160];
export const LINE_OVERHEAD = 26;
