import { Failure } from "../../schemas/protocol/problems.ts";
import { elapsed, type Instant, now } from "./clock.ts";
import type { Call, Clock } from "./ports.ts";
import { MAX_PAUSE_SECONDS } from "./refusal-memory.ts";

interface Pause {
  readonly since: Instant;
  readonly seconds: number;
}

/** How long each app must send no token request, after a 429 of Box with `Retry-After`. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #pauses = new Map<string, Pause>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The call, which is not made while Box's pause for its app lasts. */
  guard<Request extends { readonly credentials: { readonly app: string } }, Value>(
    call: Call<Request, Value>,
  ): Call<Request, Value> {
    return async (request, context) => {
      const { app } = request.credentials;
      this.check(app);
      try {
        return await call(request, context);
      } catch (failure) {
        this.note(app, failure);
        throw failure;
      }
    };
  }

  /** @throws {Failure} `box_rate_limited` with the seconds that are left, while Box's pause for the app lasts. */
  check(app: string): void {
    const pause = this.#pauses.get(app);
    if (pause === undefined) return;
    const secondsLeft = pause.seconds - elapsed(this.#clock, pause.since) / 1000;
    if (secondsLeft > 0) {
      const detail =
        "Box responded with 429 to an earlier request of this app; its Retry-After has not passed";
      throw new Failure("box_rate_limited", detail, { retryAfter: Math.ceil(secondsLeft) });
    }
    this.#pauses.delete(app);
  }

  /** Remembers the pause that a 429 requires. */
  note(app: string, thrown: unknown): void {
    if (!(thrown instanceof Failure) || thrown.code !== "box_rate_limited") return;
    const seconds = Math.min(thrown.retryAfter ?? 0, MAX_PAUSE_SECONDS);
    if (seconds > 0) this.#pauses.set(app, { since: now(this.#clock), seconds });
  }
}
