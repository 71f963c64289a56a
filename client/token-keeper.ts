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

interface Kept {
  readonly token: Token;
  readonly wall: number;
  readonly monotonic: number;
  readonly replacement: boolean;
}

/**
 * How long a replacement answers further complaints: calls to Box that were in the air with the token before it
 * are refused one by one, and each of them complains.
 */
const REPLACEMENT_GRACE_MS = 5_000;
const MAX_FLIGHTS = 2;

/** Keeps one token, and asks for the next once, however many want it. A failure is not kept. */
export class TokenKeeper {
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #minTtl: number;
  #kept: Kept | undefined;
  #flight: Promise<Kept> | undefined;
  /** Of a token that Box refused and that no answer has replaced yet. */
  #rejected: string | undefined;

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

  /** A token in the place of the one handed out last, which Box refused. */
  async replace(): Promise<Held> {
    const refused = this.#kept;
    if (refused === undefined) return this.current();
    if (refused.replacement && this.#age(refused) < REPLACEMENT_GRACE_MS) return this.current();
    // What is in the air was asked for before the complaint; if it brings another token, that will do.
    await this.#flight?.catch(() => {});
    const { value } = refused.token;
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

  #fly(): Promise<Kept> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<Kept> {
    const rejected = this.#rejected;
    // The age counts from the question: how long the answer took is not known to whoever made it.
    const [wall, monotonic] = [this.#clock.wall(), this.#clock.monotonic()];
    const token = await this.#ask(rejected);
    if (this.#rejected === rejected) this.#rejected = undefined;
    this.#kept = { token, wall, monotonic, replacement: rejected !== undefined };
    return this.#kept;
  }

  #held(kept: Kept): Held {
    return { token: kept.token, secondsLeft: kept.token.expiresIn - this.#age(kept) / 1_000 };
  }

  /** By whichever clock says more: the one stands still in a frozen environment, the other can be set back. */
  #age({ wall, monotonic }: Kept): number {
    return Math.max(this.#clock.wall() - wall, this.#clock.monotonic() - monotonic);
  }
}
