import { Failure } from "../../schemas/protocol/problems.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import { MIN_ATTEMPT_MS } from "./retry.ts";

interface Call<Value> {
  readonly result: Promise<Value>;
  /** The requests that wait for it; the deadline of one that waits for another call can move later. */
  readonly waiting: RequestContext[];
}

/** Coalesces equal calls: those that are in flight at the same time share one result or failure. Caches nothing. */
export class SingleFlight<Value> {
  readonly #clock: Clock;
  readonly #inFlight = new Map<string, Call<Value>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The result of the call for `key`: of the one in flight, else of a new one that `start` makes. A request whose
   * deadline passes stops waiting and does not cancel the call; `start` gets the latest deadline of all waiting
   * requests. If the call exceeds that deadline, those requests that have time for another attempt start it again.
   * @param key names everything the result depends on
   * @throws {Failure} `deadline_exceeded`, or what `start` threw
   */
  async run(
    key: string,
    context: RequestContext,
    start: (shared: RequestContext) => Promise<Value>,
  ): Promise<{ readonly value: Value; readonly joined: boolean }> {
    for (;;) {
      if (context.deadline <= this.#clock.monotonic()) throw deadlineExceeded();
      const joined = this.#inFlight.get(key);
      joined?.waiting.push(context);
      try {
        return {
          value: await this.#inTime(joined ?? this.#begin(key, context, start), context),
          joined: joined !== undefined,
        };
      } catch (failure) {
        const ranOut = failure instanceof Failure && failure.code === "deadline_exceeded";
        const timeLeft = context.deadline - this.#clock.monotonic();
        const theirsOnly = joined !== undefined && timeLeft >= MIN_ATTEMPT_MS;
        if (!(ranOut && theirsOnly)) throw failure;
      }
    }
  }

  #begin(
    key: string,
    context: RequestContext,
    start: (shared: RequestContext) => Promise<Value>,
  ): Call<Value> {
    const { promise: result, resolve, reject } = Promise.withResolvers<Value>();
    const waiting = [context];
    const call = { result, waiting };
    this.#inFlight.set(key, call);
    const { requestId, trace } = context;
    const shared = {
      ...{ requestId, trace },
      get deadline() {
        return waiting.reduce((latest, { deadline }) => Math.max(latest, deadline), context.deadline);
      },
    };
    const remove = () => this.#inFlight.delete(key);
    start(shared).finally(remove).then(resolve, reject);
    return call;
  }

  #inTime(call: Call<Value>, context: RequestContext): Promise<Value> {
    return new Promise((resolve, reject) => {
      let cancel = () => {};
      const wait = () => {
        const timeLeft = context.deadline - this.#clock.monotonic();
        if (timeLeft > 0) cancel = this.#clock.setTimer(timeLeft, wait);
        else reject(deadlineExceeded());
      };
      wait();
      call.result.then(resolve, reject).finally(() => cancel());
    });
  }
}

function deadlineExceeded(): Failure {
  return new Failure("deadline_exceeded", "the request's time ran out");
}
