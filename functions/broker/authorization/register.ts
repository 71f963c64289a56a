import type { ProblemCode } from "../../../schemas/protocol/problems.ts";
import { elapsed, type Instant } from "../clock.ts";
import type { Clock, RequestContext } from "../ports.ts";

/** Whether Box grants tokens to an app. */
interface AuthorizationFacts {
  readonly app: string;
  readonly state: "authorized" | "not_authorized";
  /** Of Box's refusal. */
  readonly code?: ProblemCode;
  readonly boxRequestId?: string;
}

/** The same, as one request to Box showed it. */
export interface Observation extends AuthorizationFacts {
  /** When that request began. */
  readonly begun: Instant;
}

/** The same, as the register has it. */
export interface Authorization extends AuthorizationFacts {
  /** When the first request began that showed it: milliseconds since the epoch, by the register's clock. */
  readonly since: number;
}

/** What became of an observation. */
export interface Recorded {
  /**
   * `changed`: it is the first one of a new state, and to be reported. `known`: the register has that state. `outdated`:
   * the register has a later one. `undecided`: the next observation decides.
   */
  readonly outcome: "changed" | "known" | "outdated" | "undecided";
  /** What the register has now; absent where it has nothing: no app was ever refused. */
  readonly present?: Authorization;
}

/** The last known authorization of each app. Its methods never reject. */
export interface AuthorizationRegister {
  record(observed: Observation, context: RequestContext): Promise<Recorded>;
  /** How many of the apps are not authorized. */
  countNotAuthorized(apps: readonly string[], context: RequestContext): Promise<number>;
}

/** Of one environment: each environment reports a change for itself. */
export class MemoryRegister implements AuthorizationRegister {
  readonly #clock: Clock;
  readonly #present = new Map<string, Authorization>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async record(observation: Observation): Promise<Recorded> {
    const observed = recordAt(this.#clock.wall(), observation, this.#clock);
    const outcome = compare(observed, this.#present.get(observed.app), 0);
    if (outcome === "changed") this.#present.set(observed.app, observed);
    const present = this.#present.get(observed.app);
    return { outcome, ...(present !== undefined && { present }) };
  }

  async countNotAuthorized(apps: readonly string[]): Promise<number> {
    return apps.filter((app) => this.#present.get(app)?.state === "not_authorized").length;
  }
}

/** @param now milliseconds since the epoch, by the register's clock */
export function recordAt(now: number, { begun, ...facts }: Observation, clock: Clock): Authorization {
  return { ...facts, since: now - elapsed(clock, begun) };
}

/** @param tolerance by how many milliseconds the clocks of two observations can differ */
export function compare(
  observed: Authorization,
  present: Authorization | undefined,
  tolerance: number,
): "changed" | "known" | "outdated" {
  // An app is authorized unless Box has refused it.
  if ((present?.state ?? "authorized") === observed.state) return "known";
  return present !== undefined && observed.since <= present.since + tolerance ? "outdated" : "changed";
}
