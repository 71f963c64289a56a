import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { elapsed, type Instant, now } from "./clock.ts";
import type { Call, Clock, CredentialStore, Credentials, RequestContext, SecretStage } from "./ports.ts";
import { withinBudget } from "./time-budget.ts";

/** How long a secret is used before it is read again: what an operator waits for, at most, after a rotation. */
const TTL_MS = 300_000;
/** How long a read of the current version counts where Box may refuse the user, and not the credentials. */
const RECENT_MS = 30_000;
/** Pause between two attempts while Secrets Manager is unavailable. */
const PAUSE_AFTER_FAILURE_MS = 15_000;
/** How much of a request's time an attempt may take if there is an older value to fall back on. */
const REFRESH_BUDGET_MS = 2_000;
/** The longest outage of Secrets Manager that an environment bridges with the value it has. */
const MAX_STALE_MS = 6 * 3_600_000;

/** Failures that do not decide whether we may still use the secret. */
const OUTAGES: ReadonlySet<ProblemCode> = new Set<ProblemCode>(["secret_unavailable", "deadline_exceeded"]);

/** One version of an app's secret. */
export interface SecretRequest {
  readonly app: string;
  readonly stage: SecretStage;
}

/** Reads one version of an app's secret and opens its key. Throws a `Failure`. */
export type ReadCredentials = Call<SecretRequest, Credentials>;

/** What reading one version came to. Requests that share a read get the same object. */
export interface Reading {
  /** When it began. */
  readonly readAt: Instant;
  readonly outcome: Result<Credentials, Failure>;
}

/** The read with its time. Of failures it throws `deadline_exceeded` alone, which is no fact about the secret. */
export function timed(clock: Clock, read: ReadCredentials): Call<SecretRequest, Reading> {
  return async (request, context) => {
    const readAt = now(clock);
    try {
      return { readAt, outcome: ok(await read(request, context)) };
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.code === "deadline_exceeded") throw failure;
      return { readAt, outcome: refused(failure) };
    }
  };
}

/** Names all that a read depends on. */
export const secretKey = ({ app, stage }: SecretRequest): string => `${stage} ${app}`;

interface Entry {
  readonly credentials: Credentials;
  readonly readAt: Instant;
  /** When Secrets Manager last failed for this app, if that was after `readAt`. */
  readonly failedAt?: Instant;
}

/** Opened credentials per app, read again after their time to live, at once if Box refuses them. */
export class CredentialCache implements CredentialStore {
  readonly #read: Call<SecretRequest, Reading>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** The previous version that one request has reported as accepted, by app. */
  readonly #reported = new Map<string, { readonly versionId: string; readonly at: Instant }>();
  /** The latest of each version, by `secretKey`. */
  readonly #readings = new Map<string, Reading>();

  /** @param read shared by equal requests at the same time */
  constructor(read: Call<SecretRequest, Reading>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  async load(app: string, context: RequestContext): Promise<Credentials> {
    const entry = this.#entries.get(app);
    if (entry === undefined) return this.#current(app, context);
    if (this.#age(entry.readAt) < TTL_MS) return entry.credentials;
    if (this.#age(entry.readAt) > MAX_STALE_MS) return this.#current(app, context);
    if (entry.failedAt !== undefined && this.#age(entry.failedAt) < PAUSE_AFTER_FAILURE_MS) {
      return entry.credentials;
    }
    try {
      return await this.#current(app, withinBudget(context, REFRESH_BUDGET_MS, this.#clock));
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
      const current = await this.#versionSince(since, { app, stage: "AWSCURRENT" }, context);
      if (!tried.has(current.versionId)) return current;
      const previous = await this.#versionSince(since, { app, stage: "AWSPREVIOUS" }, context);
      return tried.has(previous.versionId) || !isSameApp(previous, current) ? undefined : previous;
    } catch (failure) {
      if (failure instanceof Failure && !OUTAGES.has(failure.code)) return undefined;
      throw failure;
    }
  }

  async newer(
    { app, versionId, stage }: Credentials,
    context: RequestContext,
  ): Promise<Credentials | undefined> {
    // Box accepts the previous version and not the current one: that is known, and must not be forgotten.
    if (stage === "AWSPREVIOUS") return undefined;
    const limited = withinBudget(context, REFRESH_BUDGET_MS, this.#clock);
    try {
      const request = { app, stage: "AWSCURRENT" } as const;
      const reading = this.#readings.get(secretKey(request));
      // By both clocks: the environment may have been frozen since then.
      const isRecent = reading !== undefined && this.#age(reading.readAt) <= RECENT_MS;
      const current = isRecent ? credentialsOf(reading) : await this.#version(request, limited);
      return current.versionId === versionId ? undefined : current;
    } catch (failure) {
      if (failure instanceof Failure) return undefined;
      throw failure;
    }
  }

  async ofClient(app: string, clientID: string, context: RequestContext): Promise<Credentials | undefined> {
    const loaded = await this.load(app, context);
    if (loaded.clientID === clientID) return loaded;
    const since = this.#clock.monotonic();
    const current = await this.#versionSince(since, { app, stage: "AWSCURRENT" }, context);
    if (current.clientID === clientID) return current;
    try {
      const previous = await this.#versionSince(since, { app, stage: "AWSPREVIOUS" }, context);
      return previous.clientID === clientID ? previous : undefined;
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

  #current(app: string, context: RequestContext): Promise<Credentials> {
    return this.#version({ app, stage: "AWSCURRENT" }, context);
  }

  /** Concurrent requests that Box refused share one read, also where it finds no other version. */
  async #versionSince(since: number, request: SecretRequest, context: RequestContext): Promise<Credentials> {
    const reading = this.#readings.get(secretKey(request));
    if (reading === undefined || reading.readAt.monotonic < since) return this.#version(request, context);
    return credentialsOf(reading);
  }

  async #version(request: SecretRequest, context: RequestContext): Promise<Credentials> {
    const reading = await this.#read(request, context);
    this.#note(request, reading);
    return credentialsOf(reading);
  }

  /** Once for all requests that share a reading: the entry may have changed since the first of them noted it. */
  #note(request: SecretRequest, reading: Reading): void {
    const key = secretKey(request);
    if (this.#readings.get(key) === reading) return;
    this.#readings.set(key, reading);
    const { readAt, outcome } = reading;
    if (request.stage !== "AWSCURRENT" || !outcome.ok) return;
    this.#entries.set(request.app, { credentials: outcome.value, readAt });
  }

  #age(since: Instant): number {
    return elapsed(this.#clock, since);
  }
}

function credentialsOf({ outcome }: Reading): Credentials {
  if (outcome.ok) return outcome.value;
  throw outcome.error;
}

/** A rotation replaces the key or the client secret; anything else is another app, which the operator has retired. */
function isSameApp(one: Credentials, other: Credentials): boolean {
  return one.clientID === other.clientID && one.enterpriseID === other.enterpriseID;
}
