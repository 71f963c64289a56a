import type { Token } from "../../../client/token.ts";
import { TokenKeeper } from "../../../client/token-keeper.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** Seconds of life that the keeper's tokens have when it returns them. */
export const MIN_TTL = 60;

/** A clock for the client whose pauses no random fraction shortens. */
class ClientClock extends VirtualClock {
  fraction(): number {
    return 0;
  }
}

/** A keeper whose function responds with a new token each time, after `latency`. */
export function keeperHarness({ expiresIn = 3_600, latency = 0 } = {}) {
  const clock = new ClientClock();
  const requested: (string | undefined)[] = [];
  const revoked: string[] = [];
  /** True time in milliseconds, which no clock fault changes, at which each token expires. */
  const ends = new Map<string, number>();
  const next: (Error | Partial<Token>)[] = [];
  const revocationFailures: Error[] = [];
  const state = { latency, now: () => clock.monotonic() };
  const keeper = new TokenKeeper(
    {
      async requestToken(rejected) {
        const value = `token-${requested.push(rejected)}`;
        const scripted = next.shift();
        if (state.latency > 0) await clock.sleep(state.latency);
        if (scripted instanceof Error) throw scripted;
        ends.set(value, state.now() + expiresIn * 1_000);
        return { value, expiresIn, restrictedTo: undefined, issuedTokenType: undefined, ...scripted };
      },
      async revokeToken(token) {
        revoked.push(token);
        const failure = revocationFailures.shift();
        if (state.latency > 0) await clock.sleep(state.latency);
        if (failure !== undefined) throw failure;
      },
    },
    clock,
    MIN_TTL,
  );
  const value = async (held: Promise<{ token: Token }>) => (await held).token.value;
  return { clock, requested, revoked, ends, next, revocationFailures, state, keeper, value };
}
