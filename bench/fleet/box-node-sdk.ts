import type { RequestContext } from "../../functions/broker/ports.ts";
import { LATENCIES } from "./assumptions.ts";
import type { SimulatedBox } from "./box.ts";
import type { Environment, Strategy, TokenQuery } from "./environment.ts";
import type { Nature } from "./nature.ts";
import { ENTERPRISE, type SimulatedSecrets } from "./secrets.ts";

/** Attempts of `BoxRetryStrategy`, after a response of Box and after none. */
const MAX_ATTEMPTS = 5;
const MAX_LOST = 2;
/** Its first pause without a `Retry-After` that it recognises, which doubles, in milliseconds. */
const FIRST_PAUSE_MS = 2_000;

interface SdkPorts {
  readonly nature: Nature;
  readonly box: SimulatedBox;
  readonly secrets: SimulatedSecrets;
}

/**
 * What `box-node-sdk` 10.12 does in a Lambda function of its own, as in `bench/yardsticks/box-node-sdk.mjs`: the secret
 * is read once in an environment, the token is kept in its memory without regard to its age, and an API call that Box
 * refuses with 401 has it mint another. An assertion that it repeats after a 429 is accepted here, although Box remembers
 * its `jti`.
 */
export function boxNodeSdk(ports: SdkPorts): Strategy {
  // The caller's own environment starts anyway: its time is not added by the token.
  return { name: "box-node-sdk", start: async () => new SdkEnvironment(ports) };
}

class SdkEnvironment implements Environment {
  readonly #ports: SdkPorts;
  #hasSecret = false;
  readonly #expiry = new Map<number, number>();

  constructor(ports: SdkPorts) {
    this.#ports = ports;
  }

  async serve({ subject, deadline }: TokenQuery): Promise<string | undefined> {
    const { nature, secrets } = this.#ports;
    const { clock } = nature;
    const context: RequestContext = { requestId: "sdk", deadline, trace: { steps: [] } };
    try {
      if (!this.#hasSecret) await secrets.read(context);
      this.#hasSecret = true;
      const expiry = this.#expiry.get(subject);
      if (expiry !== undefined && expiry > clock.monotonic()) return undefined;
      // The API call that Box refuses, after which the SDK mints.
      if (expiry !== undefined) await nature.pass(LATENCIES.boxApi);
      const { expires_in } = await this.#mint(subject, context);
      this.#expiry.set(subject, clock.monotonic() + expires_in * 1_000);
      return undefined;
    } catch (failure) {
      return failure instanceof Error ? failure.message : "unknown";
    }
  }

  async #mint(subject: number, context: RequestContext) {
    const { nature, box } = this.#ports;
    const { clock, random } = nature;
    for (let attempt = 1, lost = 0; ; attempt++) {
      const posts = box.posts.length;
      try {
        const id = subject === 0 ? ENTERPRISE : String(subject);
        return await box.grant(id, context);
      } catch (failure) {
        if (box.posts[posts]?.result === "lost") lost++;
        const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + random.fraction());
        const isOver = attempt >= MAX_ATTEMPTS || lost > MAX_LOST;
        if (isOver || clock.monotonic() + pause > context.deadline) throw failure;
        await clock.sleep(pause);
      }
    }
  }
}
