import type { Grant } from "../aws/iam.ts";
import type { Identity } from "../aws/identities.ts";
import type { Faults } from "../faults/faults.ts";
import type { FrontEvent, LambdaFault } from "./front-faults.ts";

/** Size limit of a synchronous request, in bytes. */
export const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/** Why a request that finds no environment is refused. */
export const LIMIT_REACHED = "the function's reserved concurrency is in use";

/** What both fronts need. */
export interface FrontOptions {
  readonly port?: number | undefined;
  readonly region: string;
  readonly identities: readonly Identity[];
  readonly grants: readonly Grant[];
  readonly onEvent?: ((event: FrontEvent) => void) | undefined;
  /** Apply before the signature is checked. */
  readonly faults?: Faults<LambdaFault>;
}
