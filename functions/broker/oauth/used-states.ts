/** What this environment remembers; a code is good for one use at Box in any case. */
const MAX_STATES = 10_000;

/** The states that users have come back with, until their authorization requests expire. */
export class UsedStates {
  /** State → milliseconds since the epoch; the first one expires first, because all live equally long. */
  readonly #expiries = new Map<string, number>();

  /** Notes the use of a state; false where it was used before. */
  use(state: string, expires: number, now: number): boolean {
    for (const [other, expiry] of this.#expiries) {
      if (expiry > now && this.#expiries.size < MAX_STATES) break;
      this.#expiries.delete(other);
    }
    if (this.#expiries.has(state)) return false;
    this.#expiries.set(state, expires);
    return true;
  }

  get size(): number {
    return this.#expiries.size;
  }
}
