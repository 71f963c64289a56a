import { Failure, PROBLEMS } from "../../schemas/protocol/problems.ts";
import { originOf } from "./box-origin.ts";
import type { Clock } from "./clock.ts";
import { elapsed, type Instant, now } from "./clock.ts";

/** How long a final refusal of Box holds for the same request: an operator's repair takes effect after this. */
export const FINAL_SECONDS = 30;
/** A longer `Retry-After` is not remembered in full: a mistaken header must not stop requests for hours. */
export const MAX_PAUSE_SECONDS = 300;

/** Refusals of an app's credentials that do not have Box's prefix. */
const REFUSED_CREDENTIALS: ReadonlySet<string> = new Set(["app_tokens_refused", "signing_key_refused"]);

/** As many as tokens are cached; the oldest is forgotten first. */
const MAX_REFUSALS = 10_000;

/**
 * What Box refused lately, by the cache key of the token that was requested. Without it a permitted caller could
 * send Box the same hopeless request as often as it likes.
 */
export class RefusalMemory {
  readonly #clock: Clock;
  readonly #refusals = new Map<string, { readonly failure: Failure; readonly at: Instant }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws {Failure} the refusal of the same request, while it is remembered. */
  check(key: string): void {
    const refusal = this.#refusals.get(key);
    if (refusal === undefined) return;
    const { failure, at } = refusal;
    const secondsLeft = rememberedSeconds(failure) - elapsed(this.#clock, at) / 1000;
    if (secondsLeft > 0) throw remembered(failure, secondsLeft);
    this.#refusals.delete(key);
  }

  /** Remembers a refusal that Box would repeat, and one until the time that it named; ignores everything else. */
  note(key: string, thrown: unknown): void {
    if (!isNewRefusal(thrown)) return;
    this.#refusals.delete(key);
    this.#refusals.set(key, { failure: thrown, at: now(this.#clock) });
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size > MAX_REFUSALS && oldest !== undefined) this.#refusals.delete(oldest);
  }
}

/** Whether Box has refused just now what it would refuse again: a remembered refusal is not remembered once more. */
export function isNewRefusal(thrown: unknown): thrown is Failure {
  return thrown instanceof Failure && !thrown.isRemembered && rememberedSeconds(thrown) > 0;
}

/** The refusal, some time later. */
export function remembered(failure: Refusal, secondsLeft: number): Failure {
  const retry = failure.retryAfter === undefined ? {} : { retryAfter: Math.ceil(secondsLeft) };
  const options = { ...retry, ...originOf(failure), isRemembered: true } as const;
  return new Failure(failure.code, `${failure.message} (remembered)`, options);
}

/** What of a failure is remembered. */
export type Refusal = Pick<Failure, "code" | "message"> &
  Partial<Pick<Failure, "retryAfter" | "boxRequestId">>;

/** For how long Box would repeat the refusal; 0 for every other failure. */
export function rememberedSeconds({ code, retryAfter = 0 }: Pick<Refusal, "code" | "retryAfter">): number {
  if (!code.startsWith("box_") && !REFUSED_CREDENTIALS.has(code)) return 0;
  return PROBLEMS[code].retryable ? Math.min(retryAfter, MAX_PAUSE_SECONDS) : FINAL_SECONDS;
}
