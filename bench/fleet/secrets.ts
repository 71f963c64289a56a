import type { ReadCredentials } from "../../functions/broker/credential-cache.ts";
import type { Credentials, RequestContext } from "../../functions/broker/ports.ts";
import type { ReadServiceSecret } from "../../functions/broker/shared-cache/service-keys.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { CAPACITY, LATENCIES, RETRIES } from "./assumptions.ts";
import { AwsCallFailed, awsCall } from "./aws-call.ts";
import { Capacity, type Nature } from "./nature.ts";

export const APP = "reports";
export const ENTERPRISE = "900001";

const CREDENTIALS: Credentials = {
  app: APP,
  versionId: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
  stage: "AWSCURRENT",
  clientID: "x".repeat(32),
  clientSecret: "s".repeat(32),
  enterpriseID: ENTERPRISE,
  grant: "jwt",
  // The simulated Box reads an assertion as the id of its subject.
  signer: { publicKeyID: "abcd1234", sign: async ({ sub }) => sub },
};

/** Secrets Manager with the app's secret and the service secret, neither of which was ever rotated. */
export class SimulatedSecrets {
  /** Calls of `GetSecretValue` that got a response, which AWS bills. */
  reads = 0;
  throttled = 0;
  readonly #nature: Nature;
  readonly #capacity = new Capacity(CAPACITY.secrets);

  constructor(nature: Nature) {
    this.#nature = nature;
  }

  readonly app: ReadCredentials = async ({ stage }, context) => {
    await this.read(context);
    if (stage === "AWSPREVIOUS") throw new Failure("secret_not_found", "no previous version");
    return CREDENTIALS;
  };

  readonly service: ReadServiceSecret = async (stage, context) => {
    await this.read(context);
    if (stage === "AWSPREVIOUS") throw new Failure("secret_not_found", "no previous version");
    return { versionId: "service-1", text: "a secret of the service, for the simulation" };
  };

  /** One `GetSecretValue`. */
  async read(context: RequestContext): Promise<void> {
    const { clock } = this.#nature;
    try {
      await awsCall(this.#nature, context, {
        step: "secrets-manager.get",
        latency: LATENCIES.secretsManager,
        retries: RETRIES.secretsManager,
        limitMs: context.deadline - clock.monotonic(),
        isBorne: () => {
          const isBorne = this.#capacity.take(1, clock.monotonic());
          if (isBorne) this.reads++;
          else this.throttled++;
          return isBorne;
        },
        attempt: () => ({ value: undefined }),
      });
    } catch (failure) {
      if (!(failure instanceof AwsCallFailed)) throw failure;
      throw new Failure("secret_unavailable", `Secrets Manager: ${failure.message}`);
    }
  }
}
