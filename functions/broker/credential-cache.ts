import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { SingleFlight } from "../async/coalesce.ts";
import { elapsed, type Instant, now } from "./instant.ts";
import type { Clock, CredentialStore, Credentials, RequestContext, SecretStage } from "./ports.ts";

/** How long a secret is used before it is read again: what an operator waits for, at most, after a rotation. */
const TTL_MS = 300_000;
/** Pause between two attempts while Secrets Manager is unavailable. */
const PAUSE_AFTER_FAILURE_MS = 15_000;
/** How much of a request's time an attempt may take if there is an older value to fall back on. */
const REFRESH_BUDGET_MS = 2_000;
/** The longest outage of Secrets Manager that an environment bridges with the value it has. */
const MAX_STALE_MS = 6 * 3_600_000;

/** Failures that do not decide whether we may still use the secret. */
const OUTAGES: ReadonlySet<ProblemCode> = new Set<ProblemCode>(["secret_unavailable", "deadline_exceeded"]);

/** Reads one version of an app's secret and opens its key. Throws a `Failure`. */
export type ReadCredentials = (
  app: string,
  stage: SecretStage,
  context: RequestContext,
) => Promise<Credentials>;

interface Entry {
  readonly credentials: Credentials;
  readonly readAt: Instant;
  /** When Secrets Manager last failed for this app, if that was after `readAt`. */
  readonly failedAt?: Instant;
}

/** What the latest reading of one version came to. */
interface Reading {
  readonly begun: number;
  readonly outcome: Credentials | Failure;
}

/** Opened credentials per app, read again after their time to live, at once if Box refuses them. */
export class CredentialCache implements CredentialStore {
  readonly #read: ReadCredentials;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** The previous version that one request has reported as accepted, by app. */
  readonly #reported = new Map<string, { readonly versionId: string; readonly at: Instant }>();
  /** By stage and app. */
  readonly #readings = new Map<string, Reading>();
  readonly #reads: SingleFlight<Credentials>;

  constructor(read: ReadCredentials, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
    this.#reads = new SingleFlight(clock);
  }

  async load(app: string, context: RequestContext): Promise<Credentials> {
    const entry = this.#entries.get(app);
    if (entry === undefined) return this.#current(app, context);
    if (this.#age(entry.readAt) < TTL_MS) return entry.credentials;
    if (this.#age(entry.readAt) > MAX_STALE_MS) return this.#current(app, context);
    if (entry.failedAt !== undefined && this.#age(entry.failedAt) < PAUSE_AFTER_FAILURE_MS) {
      return entry.credentials;
    }
    const deadline = Math.min(context.deadline, this.#clock.monotonic() + REFRESH_BUDGET_MS);
    try {
      return await this.#current(app, { ...context, deadline });
    } catch (failure) {
      const isOutage = failure instanceof Failure && OUTAGES.has(failure.code);
      if (!isOutage) this.#entries.delete(app);
      if (!isOutage || this.#clock.monotonic() >= context.deadline) throw failure;
      // Keeps an entry that another request has stored meanwhile.
      if (this.#entries.get(app) === entry) this.#entries.set(app, { ...entry, failedAt: now(this.#clock) });
      return entry.credentials;
    }
  }

  async alternative(
    app: string,
    tried: ReadonlySet<string>,
    since: number,
    context: RequestContext,
  ): Promise<Credentials | undefined> {
    const held = this.#entries.get(app)?.credentials;
    if (held !== undefined && !tried.has(held.versionId)) return held;
    try {
      const current = await this.#readSince(since, app, "AWSCURRENT", context);
      if (!tried.has(current.versionId)) return current;
      const previous = await this.#readSince(since, app, "AWSPREVIOUS", context);
      return tried.has(previous.versionId) || !isSameApp(previous, current) ? undefined : previous;
    } catch (failure) {
      if (failure instanceof Failure && !OUTAGES.has(failure.code)) return undefined;
      throw failure;
    }
  }

  accepted(credentials: Credentials): void {
    const { app, versionId, stage } = credentials;
    if (stage === "AWSCURRENT") return;
    const reported = this.#reported.get(app);
    const at = now(this.#clock);
    if (reported?.versionId === versionId && this.#age(reported.at) < TTL_MS) {
      this.#reported.delete(app);
      this.#entries.set(app, { credentials, readAt: at });
    } else this.#reported.set(app, { versionId, at });
  }

  async #current(app: string, context: RequestContext): Promise<Credentials> {
    return this.#shared(app, "AWSCURRENT", context);
  }

  /** Concurrent requests that Box refused share one read, also where it finds no other version. */
  async #readSince(
    since: number,
    app: string,
    stage: SecretStage,
    context: RequestContext,
  ): Promise<Credentials> {
    const reading = this.#readings.get(`${stage} ${app}`);
    if (reading === undefined || reading.begun < since) return this.#shared(app, stage, context);
    if (reading.outcome instanceof Failure) throw reading.outcome;
    return reading.outcome;
  }

  async #shared(app: string, stage: SecretStage, context: RequestContext): Promise<Credentials> {
    const key = `${stage} ${app}`;
    const { value } = await this.#reads.run(key, context, async (shared) => {
      const readAt = now(this.#clock);
      const note = (outcome: Credentials | Failure) =>
        this.#readings.set(key, { begun: readAt.monotonic, outcome });
      try {
        const credentials = await this.#read(app, stage, shared);
        note(credentials);
        if (stage === "AWSCURRENT") this.#entries.set(app, { credentials, readAt });
        return credentials;
      } catch (failure) {
        // One request's deadline is no fact about the secret.
        if (failure instanceof Failure && failure.code !== "deadline_exceeded") note(failure);
        throw failure;
      }
    });
    return value;
  }

  #age(since: Instant): number {
    return elapsed(this.#clock, since);
  }
}

/** A rotation replaces the key or the client secret; anything else is another app, which the operator has retired. */
function isSameApp(one: Credentials, other: Credentials): boolean {
  return one.clientID === other.clientID && one.enterpriseID === other.enterpriseID;
}
