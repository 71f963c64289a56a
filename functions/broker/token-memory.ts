import type { HeldToken } from "./held-token.ts";
import type { TokenStore } from "./ports.ts";

/** More subjects than one environment serves within a token's life; the oldest is evicted. */
const MAX_TOKENS = 10_000;

/** The environment's own memory of tokens. Nothing here runs on timers: a frozen environment's do not fire. */
export class TokenMemory implements TokenStore {
  readonly #tokens = new Map<string, HeldToken>();

  async get(key: string): Promise<HeldToken | undefined> {
    return this.#tokens.get(key);
  }

  async put(key: string, token: HeldToken): Promise<void> {
    this.#tokens.delete(key);
    this.#tokens.set(key, token);
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > MAX_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
  }

  /** Forgets the token with this hash; another one under the same key stays. */
  drop(key: string, sha256: string): void {
    if (this.#tokens.get(key)?.sha256 === sha256) this.#tokens.delete(key);
  }
}
