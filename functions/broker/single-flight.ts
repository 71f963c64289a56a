import { Failure } from "../../schemas/problems.ts";
import type { Clock, RequestContext } from "./ports.ts";
import { MIN_ATTEMPT_MS } from "./recovery.ts";

interface Flight<Value> {
  readonly landing: Promise<Value>;
  /** The requests that wait for it; those of a flight that needs this one may come to have more time. */
  readonly waiting: RequestContext[];
}

/** Equal requests in the air at the same time share one piece of work. A failed one is forgotten like any other. */
export class SingleFlight<Value> {
  readonly #clock: Clock;
  readonly #flights = new Map<string, Flight<Value>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The result of the flight for `key`, begun by `start` unless one is in the air. A request that runs out of
   * time leaves without cancelling the others, for whom `start` is told the longest time that any of them has. A
   * flight that ran out of time all the same is begun again by those who have enough left for an attempt.
   * @param key names everything the result depends on
   * @throws {Failure} `deadline_exceeded`, or whatever `start` threw
   */
  async run(
    key: string,
    context: RequestContext,
    start: (shared: RequestContext) => Promise<Value>,
  ): Promise<{ readonly value: Value; readonly joined: boolean }> {
    for (;;) {
      if (context.deadline <= this.#clock.monotonic()) throw outOfTime();
      const flying = this.#flights.get(key);
      flying?.waiting.push(context);
      try {
        return {
          value: await this.#inTime(flying ?? this.#begin(key, context, start), context),
          joined: flying !== undefined,
        };
      } catch (failure) {
        const ranOut = failure instanceof Failure && failure.code === "deadline_exceeded";
        const timeLeft = context.deadline - this.#clock.monotonic();
        const theirsOnly = flying !== undefined && timeLeft >= MIN_ATTEMPT_MS;
        if (!(ranOut && theirsOnly)) throw failure;
      }
    }
  }

  #begin(
    key: string,
    context: RequestContext,
    start: (shared: RequestContext) => Promise<Value>,
  ): Flight<Value> {
    const landing = Promise.withResolvers<Value>();
    const waiting = [context];
    const flight = { landing: landing.promise, waiting };
    this.#flights.set(key, flight);
    const { requestId, trace } = context;
    const shared = {
      ...{ requestId, trace },
      get deadline() {
        return waiting.reduce((latest, { deadline }) => Math.max(latest, deadline), context.deadline);
      },
    };
    const land = () => this.#flights.delete(key);
    start(shared).finally(land).then(landing.resolve, landing.reject);
    return flight;
  }

  #inTime(flight: Flight<Value>, context: RequestContext): Promise<Value> {
    return new Promise((resolve, reject) => {
      let cancel = () => {};
      const wait = () => {
        const timeLeft = context.deadline - this.#clock.monotonic();
        if (timeLeft > 0) cancel = this.#clock.alarm(timeLeft, wait);
        else reject(outOfTime());
      };
      wait();
      flight.landing.then(resolve, reject).finally(() => cancel());
    });
  }
}

function outOfTime(): Failure {
  return new Failure("deadline_exceeded", "the request's time ran out");
}
