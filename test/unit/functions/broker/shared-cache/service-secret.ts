import type { RequestContext, SecretStage } from "../../../../../functions/broker/ports.ts";
import { ServiceKeys } from "../../../../../functions/broker/shared-cache/service-keys.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { contextOf } from "../../../../support/fake-ports.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

export interface Version {
  readonly versionId: string;
  readonly text: string;
}

export const version = (versionId: string): Version => ({
  versionId,
  text: `${versionId} `.padEnd(32, "x"),
});

/** A service secret in Secrets Manager, and the keys of an instance that reads it. */
export class ServiceSecret {
  readonly clock = new VirtualClock();
  readonly context: RequestContext = contextOf(this.clock);
  /** What Secrets Manager has; a version that is absent is not found. */
  versions: Partial<Record<SecretStage, Version | Error>> = { AWSCURRENT: version("one") };
  /** Milliseconds that a read takes. */
  readMs = 0;
  readonly reads: SecretStage[] = [];
  readonly keys = new ServiceKeys((stage) => this.#read(stage), this.clock);

  current() {
    return this.clock.finish(this.keys.current(this.context));
  }

  byId(id: string) {
    return this.clock.finish(this.keys.byId(id, this.context));
  }

  async #read(stage: SecretStage): Promise<Version> {
    this.reads.push(stage);
    const present = this.versions[stage] ?? new Failure("secret_not_found", `no version ${stage}`);
    if (this.readMs > 0) await this.clock.sleep(this.readMs);
    if (present instanceof Error) throw present;
    return present;
  }
}

/** The failure of a promise that must fail. */
export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error("It did not fail.");
    },
    (failure: unknown) => failure,
  );
