import { createHash } from "node:crypto";
import type { Clock } from "./clock.ts";
import { clientError } from "./errors.ts";
import type { Token } from "./token.ts";

/** A token and the seconds of life it has left at this moment. */
export interface Held {
  readonly token: Token;
  readonly secondsLeft: number;
}

/** Asks for a token. @param rejectedSha256 of a token of ours that Box refused. */
export type Ask = (rejectedSha256: string | undefined) => Promise<Token>;

/** A moment by both clocks. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

interface Kept {
  readonly token: Token;
  readonly requested: Moment;
  readonly received: Moment;
  /** Whether calls to Box may still be in flight with a token before this one. */
  readonly hasPredecessor: boolean;
}

/** How long after a token came every complaint is taken for one about the token before it. */
const REPLACEMENT_GRACE_MS = 5_000;
/** How long after a token came one more complaint is: an upload that began with the token before it, for instance. */
const LATE_COMPLAINT_MS = 60_000;
const MAX_FLIGHTS = 2;

/** Keeps one token, and asks for the next once, however many want it. A failure is not kept. */
export class TokenKeeper {
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #minTtl: number;
  #kept: Kept | undefined;
  #flight: Promise<Kept> | undefined;
  /** Of a token that Box refused and that no response has replaced yet. */
  #rejected: string | undefined;
  /** The token received last, kept or not. */
  #latest: string | undefined;
  /** The token for which the one late complaint was excused. */
  #excused: string | undefined;

  /** @param minTtl seconds of life that a token handed out still has. */
  constructor(ask: Ask, clock: Clock, minTtl: number) {
    this.#ask = ask;
    this.#clock = clock;
    this.#minTtl = minTtl;
  }

  /**
   * The token of the moment. One that was asked for, but ended before its answer was here, is asked for again.
   * @throws BoxStsError what `ask` throws; `timed_out` if every answer comes too late
   */
  async current(): Promise<Held> {
    if (this.#flight === undefined && this.#kept !== undefined) {
      const held = this.#held(this.#kept);
      if (held.secondsLeft >= this.#minTtl) return held;
    }
    for (let flight = 1; flight <= MAX_FLIGHTS; flight++) {
      const held = this.#held(await this.#fly());
      if (held.secondsLeft > 0) return held;
    }
    throw clientError("timed_out");
  }

  /**
   * A token in the place of one that Box refused.
   * @param refused that token; without it a complaint soon after a token came counts as one about the token before it
   */
  async replace(refused?: string): Promise<Held> {
    const kept = this.#kept;
    if (kept === undefined || this.#isAboutEarlier(kept, refused)) return this.current();
    // What is in flight was requested before the complaint; if it brings another token, that will do.
    await this.#flight?.catch(() => {});
    const { value } = kept.token;
    if (this.#kept?.token.value === value) {
      this.#rejected = createHash("sha256").update(value).digest("hex");
      this.forget();
    }
    return this.current();
  }

  /** Drops the token. The function may hand out the same one again. */
  forget(): void {
    this.#kept = undefined;
  }

  #isAboutEarlier({ token, received, hasPredecessor }: Kept, refused: string | undefined): boolean {
    if (refused !== undefined) return refused !== token.value;
    const age = this.#since(received);
    if (!hasPredecessor || age >= LATE_COMPLAINT_MS) return false;
    if (age < REPLACEMENT_GRACE_MS) return true;
    // If the token is the one that Box refuses, the call that is repeated with it complains again.
    if (this.#excused === token.value) return false;
    this.#excused = token.value;
    return true;
  }

  #fly(): Promise<Kept> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<Kept> {
    const rejected = this.#rejected;
    // The life counts from the request: how long the response took is not known to the function.
    const requested = this.#now();
    const token = await this.#ask(rejected);
    if (this.#rejected === rejected) this.#rejected = undefined;
    const hasPredecessor = this.#latest !== undefined && this.#latest !== token.value;
    this.#latest = token.value;
    this.#kept = { token, requested, received: this.#now(), hasPredecessor };
    return this.#kept;
  }

  #held(kept: Kept): Held {
    return { token: kept.token, secondsLeft: kept.token.expiresIn - this.#since(kept.requested) / 1_000 };
  }

  #now(): Moment {
    return { wall: this.#clock.wall(), monotonic: this.#clock.monotonic() };
  }

  /** Milliseconds by whichever clock counts more: one stops in a frozen environment, the other can be set back. */
  #since({ wall, monotonic }: Moment): number {
    const now = this.#now();
    return Math.max(now.wall - wall, now.monotonic - monotonic);
  }
}
