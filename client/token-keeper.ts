import { createHash } from "node:crypto";
import type { Clock } from "./clock.ts";
import { clientError } from "./errors.ts";
import type { Token } from "./token.ts";

/** A token and the seconds of life that it has left now. */
export interface HeldToken {
  readonly token: Token;
  readonly secondsLeft: number;
}

/** Requests a token from the function. @param rejectedSha256 SHA-256 of the previous token, which Box rejected */
export type RequestToken = (rejectedSha256: string | undefined) => Promise<Token>;

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

/** For this long after a token came, every report of a 401 is attributed to the token before it. */
const REPLACEMENT_GRACE_MS = 5_000;
/** For this long, one more report is: for example of an upload that began with the token before it. */
const LATE_REPORT_MS = 60_000;
const MAX_REQUESTS = 2;

/** Caches one token, and requests the next one once for all concurrent calls. Does not cache failures. */
export class TokenKeeper {
  readonly #requestToken: RequestToken;
  readonly #clock: Clock;
  readonly #minTtl: number;
  #kept: Kept | undefined;
  #inFlight: Promise<Kept> | undefined;
  /** SHA-256 of a token that Box rejected, until a response has replaced it. */
  #rejected: string | undefined;
  /** The token received last, whether or not it is still cached. */
  #latest: string | undefined;
  /** The token whose one late report was attributed to the token before it. */
  #excused: string | undefined;

  /** @param minTtl seconds of life that every returned token still has */
  constructor(requestToken: RequestToken, clock: Clock, minTtl: number) {
    this.#requestToken = requestToken;
    this.#clock = clock;
    this.#minTtl = minTtl;
  }

  /**
   * The current token. Requests it once more if it expired before the response arrived.
   * @throws BoxStsError what `requestToken` throws; `timed_out` if every response comes too late
   */
  async current(): Promise<HeldToken> {
    if (this.#inFlight === undefined && this.#kept !== undefined) {
      const held = this.#held(this.#kept);
      if (held.secondsLeft >= this.#minTtl) return held;
    }
    for (let request = 1; request <= MAX_REQUESTS; request++) {
      const held = this.#held(await this.#join());
      if (held.secondsLeft > 0) return held;
    }
    throw clientError("timed_out");
  }

  /**
   * A token to replace one that Box rejected.
   * @param refused that token; without it, a report soon after a token came is attributed to the token before it
   */
  async replace(refused?: string): Promise<HeldToken> {
    const kept = this.#kept;
    if (kept === undefined || this.#isAboutEarlier(kept, refused)) return this.current();
    // A request in flight began before this report; if it brings another token, no further request is needed.
    await this.#inFlight?.catch(() => {});
    const { value } = kept.token;
    if (this.#kept?.token.value === value) {
      this.#rejected = createHash("sha256").update(value).digest("hex");
      this.forget();
    }
    return this.current();
  }

  /** Drops the token. The function may return the same one again. */
  forget(): void {
    this.#kept = undefined;
  }

  #isAboutEarlier({ token, received, hasPredecessor }: Kept, refused: string | undefined): boolean {
    if (refused !== undefined) return refused !== token.value;
    const age = this.#since(received);
    if (!hasPredecessor || age >= LATE_REPORT_MS) return false;
    if (age < REPLACEMENT_GRACE_MS) return true;
    // If Box rejects the current token too, the repeated call reports it again.
    if (this.#excused === token.value) return false;
    this.#excused = token.value;
    return true;
  }

  #join(): Promise<Kept> {
    this.#inFlight ??= this.#fetch().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #fetch(): Promise<Kept> {
    const rejected = this.#rejected;
    // The lifetime counts from the request: the function does not know how long the response took.
    const requested = this.#now();
    const token = await this.#requestToken(rejected);
    if (this.#rejected === rejected) this.#rejected = undefined;
    const hasPredecessor = this.#latest !== undefined && this.#latest !== token.value;
    this.#latest = token.value;
    this.#kept = { token, requested, received: this.#now(), hasPredecessor };
    return this.#kept;
  }

  #held(kept: Kept): HeldToken {
    return { token: kept.token, secondsLeft: kept.token.expiresIn - this.#since(kept.requested) / 1_000 };
  }

  #now(): Moment {
    return { wall: this.#clock.wall(), monotonic: this.#clock.monotonic() };
  }

  /** Milliseconds, the larger count of both clocks: one stops in a frozen environment, the other can be set back. */
  #since({ wall, monotonic }: Moment): number {
    const now = this.#now();
    return Math.max(now.wall - wall, now.monotonic - monotonic);
  }
}
