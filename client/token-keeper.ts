import { createHash } from "node:crypto";
import type { Clock } from "./clock.ts";
import { clientError } from "./errors.ts";
import type { Token } from "./token.ts";

/** A token and the seconds of life that it has left now. */
export interface HeldToken {
  readonly token: Token;
  readonly secondsLeft: number;
}

/** What the keeper requests from the function. */
export interface TokenFunction {
  /** @param rejectedSha256 SHA-256 of the previous token, which Box rejected or which was revoked */
  requestToken(rejectedSha256: string | undefined): Promise<Token>;
  /** Succeeds also for a token that is revoked already, or has expired. */
  revokeToken(token: string): Promise<unknown>;
}

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
  readonly #function: TokenFunction;
  readonly #clock: Clock;
  readonly #minTtl: number;
  #kept: Kept | undefined;
  #inFlight: Promise<Kept> | undefined;
  /** SHA-256 of a token that Box rejected or that was revoked, until a response has replaced it. */
  #rejected: string | undefined;
  /** The token received last, whether or not it is still cached. */
  #latest: string | undefined;
  /** The token whose one late report was attributed to the token before it. */
  #excused: string | undefined;

  /** Counts the revocations: what was requested before one is neither cached nor returned after it. */
  #revocations = 0;
  /** Settles with the revocations in flight, for which the next request waits; never rejects. */
  #revoking: Promise<unknown> | undefined;
  /** Revocations in flight, by token. */
  readonly #ending = new Map<string, Promise<void>>();
  /** What no revocation has ended yet: the program knows none of these tokens. */
  readonly #unrevoked = new Map<string, Kept>();

  /** @param minTtl seconds of life that every returned token still has */
  constructor(tokenFunction: TokenFunction, clock: Clock, minTtl: number) {
    this.#function = tokenFunction;
    this.#clock = clock;
    this.#minTtl = minTtl;
  }

  /**
   * The current token. Requests it once more if less than `minTtl` was left when the response arrived, or if it was revoked
   * meanwhile.
   * @throws BoxStsError what the function reports; `timed_out` if every response comes too late
   */
  async current(): Promise<HeldToken> {
    if (this.#inFlight === undefined && this.#kept !== undefined) {
      const held = this.#held(this.#kept);
      if (held.secondsLeft >= this.#minTtl) return held;
    }
    for (let requests = 0; requests < MAX_REQUESTS; ) {
      const revocations = this.#revocations;
      const held = this.#held(await this.#join());
      if (revocations !== this.#revocations) continue;
      // As at the function, a token with too little life left is none: this process may have been frozen meanwhile.
      if (held.secondsLeft >= this.#minTtl) return held;
      requests++;
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
      this.#rejected = sha256(value);
      this.#kept = undefined;
    }
    return this.current();
  }

  /**
   * Drops the token and revokes it, also one that is still requested and those whose revocation failed before. Calls
   * that wait for a token get one that was requested afterwards.
   * @throws BoxStsError what the function reports; the tokens are dropped all the same, and the next call repeats it
   */
  async revoke(): Promise<void> {
    const [kept, inFlight] = [this.#kept, this.#inFlight];
    this.#revocations++;
    this.#kept = undefined;
    this.#inFlight = undefined;
    if (kept !== undefined) this.#unrevoked.set(kept.token.value, kept);
    const present = [...this.#unrevoked.values()].map((each) => this.#endOwn(each));
    const late = inFlight?.then(
      (each) => this.#endOwn(each),
      () => {},
    );
    await this.#awaitAll([...present, late]);
  }

  /** Revokes this token and no other. @throws BoxStsError what the function reports */
  async revokeNamed(token: string): Promise<void> {
    const kept = this.#takeNamed(token);
    const ending = kept === undefined ? this.#end(token) : this.#endOwn(kept);
    // A request that began before may bring it again.
    await this.#awaitAll([ending]).finally(() => this.#takeNamed(token));
  }

  /** Drops the cached token, if it is this one, and returns it. */
  #takeNamed(token: string): Kept | undefined {
    const kept = this.#kept;
    if (kept?.token.value !== token) return undefined;
    this.#kept = undefined;
    return kept;
  }

  async #endOwn(kept: Kept): Promise<void> {
    const { value } = kept.token;
    this.#unrevoked.set(value, kept);
    if (this.#held(kept).secondsLeft > 0) await this.#end(value);
    this.#unrevoked.delete(value);
  }

  /** Equal calls at the same time share one request. */
  #end(token: string): Promise<void> {
    const present = this.#ending.get(token);
    if (present !== undefined) return present;
    const ending = this.#requestEnd(token).finally(() => this.#ending.delete(token));
    this.#ending.set(token, ending);
    return ending;
  }

  async #requestEnd(token: string): Promise<void> {
    await this.#function.revokeToken(token);
    // Other environments of the function may have it in memory for another minute.
    if (token === this.#latest) this.#rejected = sha256(token);
  }

  /** Waits for all, so that no request for a token overtakes a revocation. @throws what the first failure is */
  async #awaitAll(revocations: readonly (Promise<void> | undefined)[]): Promise<void> {
    const settled = Promise.allSettled(revocations);
    this.#revoking = Promise.all([this.#revoking, settled]).then(() => {});
    const failed = (await settled).find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
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
    if (this.#inFlight !== undefined) return this.#inFlight;
    const fetching = this.#fetch().finally(() => {
      if (this.#inFlight === fetching) this.#inFlight = undefined;
    });
    this.#inFlight = fetching;
    return fetching;
  }

  async #fetch(): Promise<Kept> {
    const revocations = this.#revocations;
    await this.#revoking;
    const rejected = this.#rejected;
    // The lifetime counts from the request: the function does not know how long the response took.
    const requested = this.#now();
    const token = await this.#function.requestToken(rejected);
    if (this.#rejected === rejected) this.#rejected = undefined;
    const hasPredecessor = this.#latest !== undefined && this.#latest !== token.value;
    this.#latest = token.value;
    const kept = { token, requested, received: this.#now(), hasPredecessor };
    if (revocations === this.#revocations) this.#kept = kept;
    return kept;
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

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
