import { randomUUID } from "node:crypto";
import { type HeldToken, lifeLeft, tokenSha256 } from "../../functions/broker/held-token.ts";
import type { Clock, RequestContext, SecretStage } from "../../functions/broker/ports.ts";
import { ServiceKeys } from "../../functions/broker/shared-cache/service-keys.ts";
import { SharedTokens } from "../../functions/broker/shared-cache/shared-tokens.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { MemoryTable } from "./memory-table.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** The service secret, whose versions a test stores. */
class ServiceSecret {
  readonly #versions: { readonly versionId: string; readonly text: string }[] = [];
  /** How often it was read. */
  reads = 0;
  failure: Failure | undefined;
  /** Reads return what was there before the last rotation, as those of another region or moment do. */
  isBehind = false;

  constructor() {
    this.rotate();
  }

  /** Stores a new version; the one before becomes the previous one. */
  rotate(text: string = randomUUID() + randomUUID()): void {
    this.#versions.unshift({ versionId: randomUUID(), text });
  }

  async read(stage: SecretStage) {
    this.reads++;
    if (this.failure !== undefined) throw this.failure;
    const version = this.#versions[(stage === "AWSCURRENT" ? 0 : 1) + Number(this.isBehind)];
    if (version === undefined) throw new Failure("secret_not_found", "no such version");
    return version;
  }
}

/** Many instances of the functions with one table, one service secret and clocks that differ. */
export class Instances {
  readonly clock: VirtualClock;
  readonly table: MemoryTable;
  readonly secret = new ServiceSecret();

  constructor(clock: VirtualClock) {
    this.clock = clock;
    this.table = new MemoryTable(() => clock.wall());
  }

  /** @param skewMs by how much the instance's wall clock is ahead */
  start(skewMs = 0): Instance {
    return new Instance(this, skewMs);
  }
}

export class Instance {
  readonly clock: Clock;
  readonly tokens: SharedTokens;

  constructor({ clock, table, secret }: Instances, skewMs: number) {
    this.clock = {
      wall: () => clock.wall() + skewMs,
      monotonic: () => clock.monotonic(),
      setTimer: (milliseconds, callback) => clock.setTimer(milliseconds, callback),
    };
    const random = { jti: () => randomUUID(), fraction: () => 0.5 };
    const keys = new ServiceKeys((stage) => secret.read(stage), this.clock);
    this.tokens = new SharedTokens({ table, keys, clock: this.clock, random });
  }

  context(timeLeft = 30_000): RequestContext {
    return { requestId: "request", deadline: this.clock.monotonic() + timeLeft, trace: { steps: [] } };
  }

  /** A token that is minted now. */
  newToken(name: string, lifetime = 3_600): HeldToken {
    return {
      token: { access_token: name, expires_in: lifetime, restricted_to: [] },
      sha256: tokenSha256(name),
      born: { wall: this.clock.wall(), monotonic: this.clock.monotonic() },
      lifetime,
    };
  }

  lifeLeft(token: HeldToken): number {
    return lifeLeft(this.clock, token);
  }
}
