import { Failure } from "../../../schemas/protocol/problems.ts";
import { elapsed, type Instant, now } from "../clock.ts";
import type { Call, Clock, RequestContext } from "../ports.ts";
import { withinBudget } from "../time-budget.ts";
import type { WebhookKeys } from "./signature.ts";

/** How long keys are used before they are read again: what an operator waits for, at most, after a rotation. */
const TTL_MS = 300_000;
/** The same after an outage of Secrets Manager. */
const TTL_AFTER_OUTAGE_MS = 30_000;
/** The longest outage of Secrets Manager that an environment bridges with the keys it has. */
const MAX_STALE_MS = 6 * 3_600_000;
/** How much of a request's time reading may take. */
const READ_BUDGET_MS = 5_000;

/** The keys of an app that has a target, or why there are none. */
export type KeysOfApp =
  | { readonly keys: WebhookKeys }
  | { readonly keys?: never; readonly missing: "unknown_app" | "no_keys" | "keys_unavailable" };

interface Entry {
  /** When the last attempt to read them began. */
  readonly triedAt: Instant;
  /** Why that attempt failed, if it did. An outage is temporary. */
  readonly failed?: "outage" | "refused";
  /** What was read last. */
  readonly read?: { readonly keys: WebhookKeys; readonly at: Instant };
}

/**
 * The signature keys of every app that has a target, in an environment's memory. They are read when the environment
 * starts. After that a request has them read again, those of all apps that are due at once, so that the time of the
 * response does not reveal whether its app exists: requests can cause one read per app in 300 s, however many there are.
 */
export class KeyRing {
  readonly #apps: readonly string[];
  readonly #read: Call<string, WebhookKeys>;
  readonly #clock: Clock;
  readonly #report: (app: string, failure: Failure) => void;
  readonly #entries = new Map<string, Entry>();

  /**
   * @param read the keys in an app's secret, shared by equal requests at the same time; throws a `Failure`
   * @param report called for each read that failed
   */
  constructor(
    apps: readonly string[],
    read: Call<string, WebhookKeys>,
    clock: Clock,
    report: (app: string, failure: Failure) => void,
  ) {
    this.#apps = apps;
    this.#read = read;
    this.#clock = clock;
    this.#report = report;
  }

  /** Reads what is due; resolves in any case. */
  async refresh(context: RequestContext): Promise<void> {
    const due = this.#apps.filter((app) => this.#isDue(app));
    if (due.length === 0) return;
    const limited = withinBudget(context, READ_BUDGET_MS, this.#clock);
    await Promise.all(due.map((app) => this.#refresh(app, limited)));
  }

  keysOf(app: string): KeysOfApp {
    const entry = this.#entries.get(app);
    if (entry === undefined)
      return { missing: this.#apps.includes(app) ? "keys_unavailable" : "unknown_app" };
    const { read } = entry;
    if (read === undefined || elapsed(this.#clock, read.at) > MAX_STALE_MS) {
      return { missing: "keys_unavailable" };
    }
    const { primaryKey, secondaryKey } = read.keys;
    return primaryKey === undefined && secondaryKey === undefined
      ? { missing: "no_keys" }
      : { keys: read.keys };
  }

  #isDue(app: string): boolean {
    const entry = this.#entries.get(app);
    if (entry === undefined) return true;
    return elapsed(this.#clock, entry.triedAt) >= (entry.failed === "outage" ? TTL_AFTER_OUTAGE_MS : TTL_MS);
  }

  async #refresh(app: string, context: RequestContext): Promise<void> {
    const at = now(this.#clock);
    const before = this.#entries.get(app);
    // Before the read: requests that arrive while it lasts do not begin another one.
    if (before !== undefined) this.#entries.set(app, { ...before, triedAt: at });
    try {
      const keys = await this.#read(app, context);
      this.#entries.set(app, { triedAt: at, read: { keys, at } });
    } catch (thrown) {
      const failure =
        thrown instanceof Failure ? thrown : new Failure("internal_error", "reading keys failed");
      const isOutage = failure.code === "secret_unavailable" || failure.code === "deadline_exceeded";
      // Only an outage leaves the keys in use; a secret that was deleted or is forbidden has none.
      const read = isOutage && before?.read !== undefined ? { read: before.read } : {};
      this.#entries.set(app, { triedAt: at, failed: isOutage ? "outage" : "refused", ...read });
      this.#report(app, failure);
    }
  }
}
