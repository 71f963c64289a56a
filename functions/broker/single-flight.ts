import { Failure } from "../../schemas/problems.ts";
import type { Clock, RequestContext } from "./ports.ts";

/** Equal requests in the air at the same time share one piece of work. A failed one is forgotten like any other. */
export class SingleFlight<Value> {
  readonly #clock: Clock;
  readonly #flights = new Map<string, Promise<Value>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The result of the flight for `key`, begun by `start` unless one is in the air. A request that runs out of
   * time leaves without cancelling the others, and a flight that failed because the request that began it ran
   * out of time is begun again by those who have time left.
   * @param key names everything the result depends on
   * @throws {Failure} `deadline_exceeded`, or whatever `start` threw
   */
  async run(
    key: string,
    context: RequestContext,
    start: () => Promise<Value>,
  ): Promise<{ readonly value: Value; readonly joined: boolean }> {
    for (;;) {
      const flying = this.#flights.get(key);
      try {
        return {
          value: await this.#inTime(flying ?? this.#begin(key, start), context),
          joined: flying !== undefined,
        };
      } catch (failure) {
        const ranOut = failure instanceof Failure && failure.code === "deadline_exceeded";
        const theirsOnly = flying !== undefined && this.#clock.monotonic() < context.deadline;
        if (!(ranOut && theirsOnly)) throw failure;
      }
    }
  }

  #begin(key: string, start: () => Promise<Value>): Promise<Value> {
    const flight = start().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  #inTime(flight: Promise<Value>, context: RequestContext): Promise<Value> {
    return new Promise((resolve, reject) => {
      const timeLeft = Math.max(context.deadline - this.#clock.monotonic(), 0);
      const cancel = this.#clock.alarm(timeLeft, () =>
        reject(new Failure("deadline_exceeded", "the request's time ran out")),
      );
      flight.then(resolve, reject).finally(cancel);
    });
  }
}
