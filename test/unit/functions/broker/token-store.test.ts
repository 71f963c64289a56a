import { expect, it } from "vitest";
import type { HeldToken } from "../../../../functions/broker/held-token.ts";
import type { TokenStore } from "../../../../functions/broker/ports.ts";
import { TokenMemory } from "../../../../functions/broker/token-memory.ts";
import { tokenObtainer } from "../../../../functions/lambda/token-wiring.ts";
import {
  contextOf,
  countingRandomness,
  credentialsOf,
  ScriptedBox,
  ScriptedCredentials,
} from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** A store that takes its time, as one on a network does. */
class SlowStore implements TokenStore {
  readonly #memory = new TokenMemory();
  readonly #clock: VirtualClock;
  readonly calls: string[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async get(key: string): Promise<HeldToken | undefined> {
    this.calls.push("get");
    await this.#clock.sleep(5);
    return this.#memory.get(key);
  }

  async put(key: string, token: HeldToken): Promise<void> {
    this.calls.push("put");
    await this.#clock.sleep(5);
    return this.#memory.put(key, token);
  }
}

/** Two environments with one store and one Box. */
function environments() {
  const clock = new VirtualClock();
  const box = new ScriptedBox(clock);
  const store = new SlowStore(clock);
  const environment = () => {
    const ports = { box, credentials: new ScriptedCredentials(), clock, random: countingRandomness(), store };
    const obtain = tokenObtainer(ports);
    return (restriction?: { readonly scopes: readonly string[] }) => {
      const subject = { type: "enterprise", id: "900001" } as const;
      const full = { credentials: credentialsOf(), subject, policyDigest: "p", minTtl: 300 };
      const need = { ...full, rejectedSha256: undefined };
      return obtain(restriction === undefined ? need : { ...need, restriction }, contextOf(clock));
    };
  };
  return { clock, box, store, one: environment(), other: environment() };
}

it("every token goes into the store and comes out of it, so that environments with one store share one grant", async () => {
  const { clock, box, store, one, other } = environments();
  const restriction = { scopes: ["item_download"] };
  const first = await clock.finish(one(restriction));
  expect(first.cache).toBe("miss");
  expect(store.calls).toEqual(["get", "get", "put", "put"]);
  const second = await clock.finish(other(restriction));
  expect(second).toMatchObject({ cache: "hit", token: { sha256: first.token.sha256 } });
  expect((await clock.finish(other())).token.sha256).toBe(first.token.parentSha256);
  expect(box.kinds).toEqual(["jwt", "exchange"]);
});

it("1,000 concurrent requests make one grant while the store takes its time", async () => {
  const { clock, box, one } = environments();
  box.latency = 50;
  const all = await clock.finish(Promise.all(Array.from({ length: 1_000 }, () => one())));
  expect(box.kinds).toEqual(["jwt"]);
  expect(all.filter(({ cache }) => cache === "miss")).toHaveLength(1);
});
