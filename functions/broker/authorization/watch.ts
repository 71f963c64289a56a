import type { Failure } from "../../../schemas/protocol/problems.ts";
import { originOf } from "../box-origin.ts";
import { elapsed, type Instant, now } from "../clock.ts";
import type { FullTokens } from "../full-tokens.ts";
import type { HeldToken } from "../held-token.ts";
import type { Minted } from "../other-versions.ts";
import type { Clock, GrantCredentials, RequestContext } from "../ports.ts";
import type { FullTokenNeed } from "../token-source.ts";
import { refusesApp } from "./refusal.ts";
import type { Authorization, AuthorizationRegister, Observation, Recorded } from "./register.ts";

/** A change of one app's authorization, which exactly one environment reports. */
export interface AuthorizationChange extends Authorization {
  /** How many apps of the deployment are not authorized now, as far as the register knows. */
  readonly appsNotAuthorized: number;
}

export type AuthorizationReport = (change: AuthorizationChange, context: RequestContext) => Promise<void>;

interface WatchPorts {
  readonly apps: readonly string[];
  readonly register: AuthorizationRegister;
  readonly clock: Clock;
  readonly report: AuthorizationReport;
}

/** A refusal that this environment has seen. */
interface Seen {
  /** When the refused request began. */
  readonly begun: Instant;
  /** Whether the register has it; otherwise the next refusal of Box is recorded. */
  readonly isRecorded: boolean;
}

/**
 * Recognises in Box's responses that the admin has not (re)authorized an app, or has disabled it, and that the admin has
 * acted. The register is used only where an environment sees a change: never while apps are authorized, and once while
 * one is not.
 */
export class AuthorizationWatch {
  readonly #ports: WatchPorts;
  /** The apps of which this environment has seen a refusal, and no token since then. */
  readonly #seen = new Map<string, Seen>();

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  /** Records what a request showed, and reports it if it is the first to show it. */
  async observe(observed: Observation, context: RequestContext): Promise<Recorded> {
    const { apps, register, report } = this.#ports;
    const recorded = await register.record(observed, context);
    if (recorded.outcome === "changed" && recorded.present !== undefined) {
      const appsNotAuthorized = await register.countNotAuthorized(apps, context);
      await report({ ...recorded.present, appsNotAuthorized }, context);
    }
    return recorded;
  }

  /** A token proves that the app was authorized at its birth, by whichever environment it was minted. */
  async sawToken(app: string, { born }: HeldToken, context: RequestContext): Promise<void> {
    const seen = this.#seen.get(app);
    if (seen === undefined) return;
    const { clock } = this.#ports;
    if (elapsed(clock, born) >= elapsed(clock, seen.begun)) return;
    const { outcome } = await this.observe({ app, state: "authorized", begun: born }, context);
    if (outcome !== "outdated" && outcome !== "undecided" && this.#seen.get(app) === seen)
      this.#seen.delete(app);
  }

  /** @param begun when the refused request began */
  async sawRefusal(app: string, begun: Instant, failure: Failure, context: RequestContext): Promise<void> {
    const seen = this.#seen.get(app);
    if (seen?.isRecorded) return;
    if (failure.isRemembered) {
      // The environment that had it from Box has recorded it.
      if (seen === undefined) this.#seen.set(app, { begun, isRecorded: false });
      return;
    }
    // Set before the register responds: the refusals of requests at the same time are one.
    this.#seen.set(app, { begun, isRecorded: true });
    const observed = { app, state: "not_authorized", begun, code: failure.code } as const;
    const { outcome } = await this.observe({ ...observed, ...originOf(failure) }, context);
    if (outcome === "outdated") this.#seen.delete(app);
    if (outcome === "undecided") this.#seen.set(app, { begun, isRecorded: false });
  }
}

/** The tokens that Box grants to apps, whose authorization is watched. */
export function watched(
  tokens: FullTokens<GrantCredentials>,
  watch: AuthorizationWatch,
  clock: Clock,
): FullTokens<GrantCredentials> {
  async function observed<Value extends Minted>(
    { credentials: { app }, subject }: FullTokenNeed,
    context: RequestContext,
    obtain: () => Promise<Value>,
  ): Promise<Value> {
    const begun = now(clock);
    try {
      const obtained = await obtain();
      await watch.sawToken(app, obtained.token, context);
      return obtained;
    } catch (failure) {
      if (refusesApp(failure, subject)) await watch.sawRefusal(app, begun, failure, context);
      throw failure;
    }
  }
  return {
    obtain: (need, context) => observed(need, context, () => tokens.obtain(need, context)),
    replace: (refused, need, context) =>
      observed(need, context, () => tokens.replace(refused, need, context)),
  };
}
