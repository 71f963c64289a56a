import { Failure } from "../../schemas/protocol/problems.ts";
import type { Call, Clock, Joined, RequestContext } from "../broker/ports.ts";
import { MIN_ATTEMPT_MS } from "./retry.ts";

interface InFlight<Value> {
  readonly result: Promise<Value>;
  /** The requests that wait for it; the deadline of one that waits for another call can move later. */
  readonly waiting: RequestContext[];
}

/**
 * The call, coalesced: equal calls that are in flight at the same time share one result or failure. Caches nothing.
 * A request whose deadline passes stops waiting and does not cancel the call, which gets the latest deadline of all
 * waiting requests. If the call exceeds that deadline, those requests that have time for another attempt make it again.
 * It throws `deadline_exceeded`, or what the call threw.
 * @param keyOf names everything the result depends on
 */
export function coalesced<Request, Value>(
  clock: Clock,
  keyOf: (request: Request) => string,
  call: Call<Request, Value>,
): Call<Request, Value> {
  const join = joinable(clock, keyOf, call);
  return async (request, context) => (await join(request, context)).value;
}

/** The same, for those who have to know whether they joined a call. */
export function joinable<Request, Value>(
  clock: Clock,
  keyOf: (request: Request) => string,
  call: Call<Request, Value>,
): Call<Request, Joined<Value>> {
  const inFlight = new Map<string, InFlight<Value>>();

  function begin(key: string, request: Request, context: RequestContext): InFlight<Value> {
    const { promise: result, resolve, reject } = Promise.withResolvers<Value>();
    const waiting = [context];
    const begun = { result, waiting };
    inFlight.set(key, begun);
    const { requestId, trace } = context;
    const shared = {
      ...{ requestId, trace },
      get deadline() {
        return waiting.reduce((latest, { deadline }) => Math.max(latest, deadline), context.deadline);
      },
    };
    const remove = () => inFlight.delete(key);
    call(request, shared).finally(remove).then(resolve, reject);
    return begun;
  }

  return async (request, context) => {
    const key = keyOf(request);
    for (;;) {
      if (context.deadline <= clock.monotonic()) throw deadlineExceeded();
      const other = inFlight.get(key);
      other?.waiting.push(context);
      const joined = other !== undefined;
      try {
        const { result } = other ?? begin(key, request, context);
        return { value: await inTime(clock, result, context), joined };
      } catch (failure) {
        const ranOut = failure instanceof Failure && failure.code === "deadline_exceeded";
        const timeLeft = context.deadline - clock.monotonic();
        if (!(ranOut && joined && timeLeft >= MIN_ATTEMPT_MS)) throw failure;
      }
    }
  };
}

function inTime<Value>(clock: Clock, result: Promise<Value>, context: RequestContext): Promise<Value> {
  return new Promise((resolve, reject) => {
    let cancel = () => {};
    const wait = () => {
      const timeLeft = context.deadline - clock.monotonic();
      if (timeLeft > 0) cancel = clock.setTimer(timeLeft, wait);
      else reject(deadlineExceeded());
    };
    wait();
    result.then(resolve, reject).finally(() => cancel());
  });
}

function deadlineExceeded(): Failure {
  return new Failure("deadline_exceeded", "the request's time ran out");
}
