import { randomUUID } from "node:crypto";
import { type Environment, startEnvironment } from "./environment.ts";
import type { RuntimeError } from "./messages.ts";

/** How many requests a function serves at once. */
export interface Scaling {
  /**
   * Requests in one environment at once; default 1, which is Lambda on demand. More is what Lambda Managed Instances
   * do, and shows what requests in flight share.
   */
  readonly requestsPerEnvironment?: number;
  /** Environments at once, as Lambda's reserved concurrency; default 50. Beyond it Lambda throttles. */
  readonly reservedConcurrency?: number;
}

export interface EnvironmentSettings {
  /** Path of the bundle. */
  readonly entry: string;
  /** The variables of the next environment, given the name of its log stream. */
  readonly variables: (logStreamName: string) => Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}

interface Pooled {
  readonly environment: Environment;
  readonly logStreamName: string;
  inFlight: number;
}

/** An environment's place for one request. */
export interface Slot {
  readonly environment: Environment;
  readonly logStreamName: string;
  /** The request is over. */
  release(): void;
}

const DEFAULT_RESERVED_CONCURRENCY = 50;

/** The execution environments of one function. */
export class Environments {
  readonly #settings: EnvironmentSettings;
  readonly #perEnvironment: number;
  readonly #limit: number;
  /** The one used last is at the end. */
  #pool: Pooled[] = [];
  #coldStarts = 0;

  constructor(settings: EnvironmentSettings, scaling: Scaling) {
    this.#settings = settings;
    this.#perEnvironment = scaling.requestsPerEnvironment ?? 1;
    this.#limit = scaling.reservedConcurrency ?? DEFAULT_RESERVED_CONCURRENCY;
  }

  get coldStarts(): number {
    return this.#coldStarts;
  }

  /** A place in the free environment that was used last, else in a new one; `undefined` if the limit is reached. */
  acquire(): Slot | undefined {
    const alive = this.#alive();
    const free = alive.findLast(({ inFlight }) => inFlight < this.#perEnvironment);
    if (free === undefined && alive.length >= this.#limit) return undefined;
    const pooled = free ?? this.#start();
    pooled.inFlight += 1;
    this.#pool = [...this.#pool.filter((other) => other !== pooled), pooled];
    const { environment, logStreamName } = pooled;
    const release = (): void => {
      pooled.inFlight -= 1;
    };
    return { environment, logStreamName, release };
  }

  /** Starts an environment if there is none. @returns why that failed, if it did */
  warm(): Promise<RuntimeError | undefined> {
    return (this.#alive().at(-1) ?? this.#start()).environment.initialised;
  }

  /** Every environment was frozen for so long. */
  freeze(milliseconds: number): void {
    for (const { environment } of this.#alive()) environment.freeze(milliseconds);
  }

  /** Ends every environment. */
  async stop(): Promise<void> {
    const ending = this.#pool;
    this.#pool = [];
    await Promise.all(ending.map(({ environment }) => environment.stop()));
  }

  #alive(): readonly Pooled[] {
    this.#pool = this.#pool.filter(({ environment }) => environment.alive);
    return this.#pool;
  }

  #start(): Pooled {
    this.#coldStarts += 1;
    const { entry, variables, onLine } = this.#settings;
    const logStreamName = `[$LATEST]${randomUUID().replaceAll("-", "")}`;
    const env = variables(logStreamName);
    const environment = startEnvironment({ entry, env, isFrozenBetween: this.#perEnvironment === 1, onLine });
    const pooled = { environment, logStreamName, inFlight: 0 };
    this.#pool.push(pooled);
    return pooled;
  }
}
