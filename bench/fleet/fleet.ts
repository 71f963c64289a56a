import { REQUEST_SECONDS } from "../../schemas/protocol/request-time.ts";
import { ENVIRONMENT_LIFE_MS, HOUR_MS } from "./assumptions.ts";
import type { Environment, Strategy } from "./environment.ts";
import type { Nature } from "./nature.ts";

/** A place for an environment, of which Lambda starts one when the first request comes. */
interface Slot {
  environment?: Environment;
  endsAt: number;
}

interface Query {
  readonly subject: number;
  readonly arrived: number;
  /** It came with the deployment, at the same moment as one for every other environment. */
  readonly inStorm: boolean;
}

export interface Load {
  readonly instances: number;
  /** In an hour. */
  readonly requests: number;
  readonly hours: number;
  readonly subjects: number;
}

/** When the deployments are that start all environments at once, as shares of the time. */
export const DEPLOYMENTS = [0, 0.4] as const;

/**
 * A fleet of environments, each of which serves one request at a time. Requests come at random and go to any idle
 * environment, which spreads them more widely than Lambda does. A deployment replaces all environments, and each new one
 * gets a request at the same moment: at the start, when no environment has a token, and once again later.
 */
export class Fleet {
  /** Milliseconds from the arrival of each request to its token, of those in the storm and of the others. */
  readonly latencies: { readonly steady: number[]; readonly storm: number[] } = { steady: [], storm: [] };
  /** Requests without a token, by the reason. */
  readonly failures = new Map<string, number>();
  starts = 0;
  readonly #nature: Nature;
  readonly #strategy: Strategy;
  readonly #load: Load;
  #slots: Slot[];
  readonly #idle: Slot[];
  readonly #waiting: Query[] = [];

  constructor(nature: Nature, strategy: Strategy, load: Load) {
    this.#nature = nature;
    this.#strategy = strategy;
    this.#load = load;
    this.#slots = Array.from({ length: load.instances }, () => ({ endsAt: 0 }));
    this.#idle = [...this.#slots];
  }

  async run(): Promise<void> {
    const { clock } = this.#nature;
    const { hours, instances } = this.#load;
    const end = hours * HOUR_MS;
    for (const share of DEPLOYMENTS)
      clock.setTimer(end * share, () => {
        for (const slot of this.#slots) slot.endsAt = 0;
        for (let index = 0; index < instances; index++) this.#arrive(true);
      });
    this.#nextArrival(end);
    await clock.run();
  }

  #nextArrival(end: number): void {
    const { clock } = this.#nature;
    const pause = this.#nature.untilNext(this.#load.requests / HOUR_MS);
    if (clock.monotonic() + pause >= end) return;
    clock.setTimer(pause, () => {
      this.#arrive(false);
      this.#nextArrival(end);
    });
  }

  #arrive(inStorm: boolean): void {
    const { clock, random } = this.#nature;
    const query = { subject: random.below(this.#load.subjects), arrived: clock.monotonic(), inStorm };
    const at = random.below(this.#idle.length);
    const slot = this.#idle[at];
    const last = this.#idle.pop();
    if (slot === undefined || last === undefined) {
      this.#waiting.push(query);
      return;
    }
    if (at < this.#idle.length) this.#idle[at] = last;
    void this.#serve(slot, query);
  }

  async #serve(slot: Slot, first: Query): Promise<void> {
    for (let query: Query | undefined = first; query !== undefined; query = this.#waiting.shift())
      await this.#serveOne(slot, query);
    this.#idle.push(slot);
  }

  async #serveOne(slot: Slot, { subject, arrived, inStorm }: Query): Promise<void> {
    const { clock } = this.#nature;
    if (slot.environment === undefined || slot.endsAt <= clock.monotonic()) {
      this.starts++;
      slot.endsAt = clock.monotonic() + this.#nature.untilNext(1 / ENVIRONMENT_LIFE_MS);
      slot.environment = await this.#strategy.start();
    }
    const deadline = clock.monotonic() + REQUEST_SECONDS * 1_000;
    const failure = await slot.environment.serve({ subject, deadline });
    this.latencies[inStorm ? "storm" : "steady"].push(clock.monotonic() - arrived);
    if (failure !== undefined) this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }
}
