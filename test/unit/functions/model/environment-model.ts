import type { SecretRequest } from "../../../../functions/broker/credential-cache.ts";
import type { Outcome } from "../../../../functions/broker/outcome.ts";
import { cachedCredentials } from "../../../../functions/lambda/token-wiring.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { parseTokenRequest } from "../../../../schemas/protocol/token-request.ts";
import {
  type BoxCallRecord,
  CALLER,
  contextOf,
  countingRandomness,
  credentialsOf,
  EVERYTHING,
  FakeAudit,
  issuerOn,
  policyOf,
  SCRIPT_APP,
  ScriptedBox,
} from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const TOKEN_LIFE_MS = 3_600_000;
const SECRET_READ_MS = 20;
const BOX_MS = 100;
const REVOKED = 0;
/** Box's tolerance for an assertion's `exp`. */
const ASSERTION_MS = 60_000;

/** The clock fault of one environment; with both faults at once, no clock would be right. */
export type ClockFault = "the wall clock is set wrong" | "the environment is frozen";

export interface Result {
  readonly outcome: Outcome;
  /** The true remaining life of the token at the time of its issue. */
  readonly secondsLeft: number;
  readonly inTime: boolean;
  /** When it was given, by the environment's monotonic clock. */
  readonly at: number;
}

/**
 * The broker with its real caches, in front of a Box and a Secrets Manager whose whole state is known. No part of
 * it copies the broker's decisions.
 */
export class EnvironmentModel {
  readonly clock = new VirtualClock();
  readonly box = new ScriptedBox(this.clock);
  boxIsDown = false;
  secretsManagerIsDown = false;
  reads = 0;
  /** Monotonic milliseconds of the last events that the broker may remember for a while. */
  lastRefusal = Number.NEGATIVE_INFINITY;
  lastRevocation = Number.NEGATIVE_INFINITY;
  readonly #births = new Map<string, number>();
  readonly #clockFault: ClockFault;
  readonly #start = this.clock.wall();
  readonly #startMonotonic = this.clock.monotonic();
  #versions = { AWSCURRENT: 1, AWSPREVIOUS: 0 };
  /** Versions of the secret whose key Box knows. */
  #keys = new Set([1]);
  /** The true expiry of each token. */
  readonly #deaths = new Map<string, number>();
  readonly #issue;
  #requests = 0;

  constructor(clockFault: ClockFault) {
    this.#clockFault = clockFault;
    this.box.latency = BOX_MS;
    this.box.rule = (call) => this.#respond(call);
    const read = ({ stage }: SecretRequest) => this.#read(stage);
    this.#issue = issuerOn({
      apps: [SCRIPT_APP],
      policy: policyOf(EVERYTHING),
      credentials: cachedCredentials(read, this.clock),
      box: this.box,
      clock: this.clock,
      random: countingRandomness(),
      audit: new FakeAudit(),
    });
  }

  /** The true time, in milliseconds since the epoch. */
  now(): number {
    if (this.#clockFault === "the environment is frozen") return this.clock.wall();
    return this.#start + this.clock.monotonic() - this.#startMonotonic;
  }

  #secondsLeft(token: string): number {
    return ((this.#deaths.get(token) ?? 0) - this.now()) / 1_000;
  }

  /** Whether Box knows the key of the current or of the previous version. */
  get hasUsableVersion(): boolean {
    const { AWSCURRENT, AWSPREVIOUS } = this.#versions;
    return this.#keys.has(AWSCURRENT) || this.#keys.has(AWSPREVIOUS);
  }

  /** Sends one request with the given time limit. */
  async request(parameters: object, milliseconds: number): Promise<Result> {
    const request = { caller: CALLER, request: parseTokenRequest(parameters) };
    const context = contextOf(this.clock, `request-${++this.#requests}`, milliseconds);
    const outcome = await this.#issue(request, context);
    const secondsLeft = outcome.issued ? this.#secondsLeft(outcome.response.access_token) : 0;
    const at = this.clock.monotonic();
    return { outcome, secondsLeft, inTime: at <= context.deadline, at };
  }

  /** Moves the clocks apart by the given time, according to this environment's clock fault. */
  jump(milliseconds: number): void {
    if (this.#clockFault === "the environment is frozen") this.clock.freeze(Math.abs(milliseconds));
    else this.clock.setWall(milliseconds);
  }

  /** A new version becomes current; Box knows its key, or will after `completeKeys`. */
  storeVersion({ known }: { readonly known: boolean }): void {
    const { AWSCURRENT } = this.#versions;
    this.#versions = { AWSCURRENT: AWSCURRENT + 1, AWSPREVIOUS: AWSCURRENT };
    if (known) this.#keys.add(AWSCURRENT + 1);
  }

  /** Box knows the current version's key and no other one. */
  completeKeys(): void {
    this.#keys = new Set([this.#versions.AWSCURRENT]);
  }

  removeKeys(): void {
    this.#keys.clear();
  }

  /** Whether a request needs the previous version of the secret. */
  get needsPrevious(): boolean {
    return !this.#keys.has(this.#versions.AWSCURRENT);
  }

  /** When Box issued it, by the environment's monotonic clock, by which the broker never computes a lower age. */
  birthOf(token: string): number {
    return this.#births.get(token) ?? Number.NEGATIVE_INFINITY;
  }

  revokeTokens(): void {
    this.lastRevocation = this.clock.monotonic();
    for (const token of this.#deaths.keys()) this.#deaths.set(token, REVOKED);
  }

  isRevoked(token: string): boolean {
    return this.#deaths.get(token) === REVOKED;
  }

  async #read(stage: "AWSCURRENT" | "AWSPREVIOUS") {
    this.reads++;
    await this.clock.sleep(SECRET_READ_MS);
    if (this.secretsManagerIsDown) throw new Failure("secret_unavailable", "down");
    const version = this.#versions[stage];
    if (version === 0) throw new Failure("secret_not_found", "there is none");
    return credentialsOf({ versionId: `v${version}`, stage, kid: String(version) });
  }

  #respond({ assertion, token }: BoxCallRecord) {
    if (this.boxIsDown) return new Failure("box_unavailable", "down");
    if (token !== undefined && this.#secondsLeft(token) <= 0)
      return new Failure("box_token_refused", "revoked", { suspectsToken: true });
    if (assertion !== undefined) {
      const { kid, exp } = JSON.parse(assertion) as { kid: string; exp: number };
      const ahead = exp * 1_000 - this.now();
      // The response reveals Box's time, as its Date header does.
      if (ahead <= 0 || ahead > ASSERTION_MS) {
        this.box.offset = this.now() - this.clock.wall();
        return new Failure("box_clock_skewed", "exp");
      }
      if (!this.#keys.has(Number(kid))) {
        this.lastRefusal = this.clock.monotonic() + BOX_MS;
        return new Failure("box_key_refused", "kid");
      }
    }
    const access_token = `token-${this.#deaths.size}`;
    const parentDeath = token === undefined ? Number.POSITIVE_INFINITY : (this.#deaths.get(token) ?? 0);
    this.#births.set(access_token, this.clock.monotonic());
    this.#deaths.set(access_token, Math.min(this.now() + TOKEN_LIFE_MS, parentDeath));
    return { access_token, expires_in: TOKEN_LIFE_MS / 1_000 };
  }
}
