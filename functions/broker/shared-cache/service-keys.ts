import { Failure } from "../../../schemas/protocol/problems.ts";
import { elapsed, type Instant, now } from "../clock.ts";
import type { Clock, RequestContext, SecretStage, SecretVersion } from "../ports.ts";
import { TableFailure } from "./table.ts";

/** One version of the service secret. */
export interface ServiceKey {
  /** The version's id at Secrets Manager. */
  readonly id: string;
  readonly secret: Uint8Array;
}

/** Reads one version of the service secret; throws a `Failure`. */
export type ReadServiceSecret = (
  stage: SecretStage,
  context: RequestContext,
) => Promise<Pick<SecretVersion, "versionId" | "text">>;

interface Reading {
  readonly key: Promise<ServiceKey | undefined>;
  readonly at: Instant;
  /** Of the request that began it, by the monotonic clock. */
  readonly deadline: number;
}

/** How long a version is used before it is read again. */
const TTL_MS = 300_000;
/** A record may name a version that was stored a moment ago; the secret is read again at most this often for that. */
const MIN_READ_INTERVAL_MS = 10_000;
/** A read may not return a version yet that was stored so shortly before it. */
const SETTLED_MS = 10_000;
/** How long a read may take where an older value is known. */
const REFRESH_BUDGET_MS = 2_000;
/** How long no read is begun after one that took that long without a result. */
const PAUSE_AFTER_TIMEOUT_MS = 15_000;
/** No request joins a read that began earlier: an environment that was frozen meanwhile has lost the connection. */
const MAX_READ_MS = 10_000;
/** 32 characters of a generated secret have more than 128 bits. */
const MIN_SECRET_LENGTH = 32;
/** Of the versions that open records. */
const STAGES = ["AWSCURRENT", "AWSPREVIOUS"] as const satisfies readonly SecretStage[];

/**
 * The keys of the shared cache: the current version of the service secret seals, and both the current and the previous
 * one open. A rotation is a new version of the secret; the records of the version before it live for two hours at most.
 */
export class ServiceKeys {
  readonly #read: ReadServiceSecret;
  readonly #clock: Clock;
  readonly #held = new Map<SecretStage, { readonly key: ServiceKey | undefined; readonly at: Instant }>();
  readonly #reading = new Map<SecretStage, Reading>();
  /** When a read that was to replace a known version had used up its budget. */
  #timedOutAt: Instant | undefined;
  #refreshedAt: Instant | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(read: ReadServiceSecret, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Begins to read the current version where none is known: a known one opens records without being read again. */
  preload(context: RequestContext): void {
    if (this.#held.size === 0) this.current(context).catch(() => {});
  }

  /** Has every version read again: a rotation counts at once. */
  forget(): void {
    this.#held.clear();
  }

  /** @throws {TableFailure} where the service secret cannot be read or is too short */
  async current(context: RequestContext): Promise<ServiceKey> {
    const held = this.#held.get("AWSCURRENT");
    const isUsed = held !== undefined && (this.#age(held.at) < TTL_MS || this.#isPaused());
    if (held?.key !== undefined && isUsed) return held.key;
    const end = this.#clock.monotonic() + REFRESH_BUDGET_MS;
    const deadline = held?.key === undefined ? context.deadline : Math.min(context.deadline, end);
    try {
      const key = await this.#readOnce("AWSCURRENT", { ...context, deadline });
      if (key !== undefined) return key;
    } catch (failure) {
      // An outage of Secrets Manager does not end the use of a key that is known.
      if (held?.key === undefined || !(failure instanceof TableFailure && failure.isTemporary)) throw failure;
      if (this.#clock.monotonic() >= end) this.#timedOutAt = now(this.#clock);
      return held.key;
    }
    throw new TableFailure("the service secret has no current version", false);
  }

  /** The version with this id, if it was the current or the previous one when they were read last. No I/O. */
  known(id: string): ServiceKey | undefined {
    return STAGES.map((stage) => this.#held.get(stage)?.key).find((key) => key?.id === id);
  }

  /** The current version when it was read last. No I/O. */
  get lastCurrent(): ServiceKey | undefined {
    return this.#held.get("AWSCURRENT")?.key;
  }

  /**
   * Reads both versions where that was last tried more than 300 s ago, or 10 s while no current version is known: however
   * many requests call it, and whatever they bring. What is known stays where that fails.
   * @param onFailure called once for each version that could not be read
   */
  async refresh(context: RequestContext, onFailure: (failure: TableFailure) => void): Promise<void> {
    const pause = this.lastCurrent === undefined ? MIN_READ_INTERVAL_MS : TTL_MS;
    if (this.#refreshedAt === undefined || elapsed(this.#clock, this.#refreshedAt) >= pause) {
      this.#refreshedAt = now(this.#clock);
      this.#refreshing = this.#readBoth(context, onFailure).catch((failure: unknown) => {
        this.#refreshedAt = undefined;
        throw failure;
      });
    }
    await this.#refreshing;
  }

  /** The key that a record names, if it is the current or the previous version. */
  async byId(id: string, context: RequestContext): Promise<ServiceKey | undefined> {
    return this.#find(id, context, (stage) => {
      const held = this.#held.get(stage);
      return held !== undefined && this.#age(held.at) < MIN_READ_INTERVAL_MS;
    });
  }

  /**
   * The key that a record names which was written `writtenMsAgo` milliseconds ago. Just after a rotation this environment
   * may not have read the new version yet: it reads the secret again.
   * @returns undefined where the version is neither the current nor the previous one any more
   * @throws {TableFailure} also a temporary one, where the version may be too new to be read
   */
  async ofRecord(id: string, writtenMsAgo: number, context: RequestContext): Promise<ServiceKey | undefined> {
    const isSettled = (stage: SecretStage) => this.#isSettled(stage, writtenMsAgo);
    const key = await this.#find(id, context, isSettled);
    if (key !== undefined || STAGES.every(isSettled)) return key;
    throw new TableFailure(`version ${id} of the service secret is not known yet`, true);
  }

  /** The version with this id: a known one, or one that is read. @param isSkipped whether a stage is not read */
  async #find(
    id: string,
    context: RequestContext,
    isSkipped: (stage: SecretStage) => boolean,
  ): Promise<ServiceKey | undefined> {
    const known = this.known(id);
    if (known !== undefined) return known;
    for (const stage of STAGES) {
      if (isSkipped(stage)) continue;
      const key = await this.#readOnce(stage, context);
      if (key?.id === id) return key;
    }
    return undefined;
  }

  /** Whether the last read returned each version that was in use so long ago, if it has this stage. */
  #isSettled(stage: SecretStage, usedMsAgo: number): boolean {
    const held = this.#held.get(stage);
    return held !== undefined && this.#age(held.at) + SETTLED_MS <= usedMsAgo;
  }

  async #readBoth(context: RequestContext, onFailure: (failure: TableFailure) => void): Promise<void> {
    const reads = await Promise.allSettled(STAGES.map((stage) => this.#readOnce(stage, context)));
    for (const read of reads) {
      if (read.status === "fulfilled") continue;
      if (!(read.reason instanceof TableFailure)) throw read.reason;
      onFailure(read.reason);
    }
  }

  async #readOnce(stage: SecretStage, context: RequestContext): Promise<ServiceKey | undefined> {
    const reading = this.#reading.get(stage);
    const isJoined = reading !== undefined && this.#age(reading.at) < MAX_READ_MS;
    if (!isJoined) return this.#begin(stage, context);
    return context.deadline < reading.deadline ? this.#inTime(reading.key, context) : reading.key;
  }

  /** The read of another request, which has more time. */
  #inTime<Value>(read: Promise<Value>, { deadline }: RequestContext): Promise<Value> {
    return new Promise((resolve, reject) => {
      const ranOut = new TableFailure("the service secret: the request's time ran out", true);
      const left = Math.max(deadline - this.#clock.monotonic(), 0);
      const cancel = this.#clock.setTimer(left, () => reject(ranOut));
      read.then(resolve, reject).finally(cancel);
    });
  }

  #age(since: Instant): number {
    return elapsed(this.#clock, since);
  }

  #isPaused(): boolean {
    return this.#timedOutAt !== undefined && this.#age(this.#timedOutAt) < PAUSE_AFTER_TIMEOUT_MS;
  }

  #begin(stage: SecretStage, context: RequestContext): Promise<ServiceKey | undefined> {
    const at = now(this.#clock);
    const key = this.#key(stage, context)
      .then((read) => {
        this.#held.set(stage, { key: read, at });
        return read;
      })
      .finally(() => {
        if (this.#reading.get(stage)?.key === key) this.#reading.delete(stage);
      });
    this.#reading.set(stage, { key, at, deadline: context.deadline });
    return key;
  }

  async #key(stage: SecretStage, context: RequestContext): Promise<ServiceKey | undefined> {
    try {
      const { versionId, text } = await this.#read(stage, context);
      if (text.length < MIN_SECRET_LENGTH) {
        throw new TableFailure(`the service secret has fewer than ${MIN_SECRET_LENGTH} characters`, false);
      }
      return { id: versionId, secret: Buffer.from(text) };
    } catch (failure) {
      if (failure instanceof TableFailure || !(failure instanceof Failure)) throw failure;
      // A secret that was never rotated has no previous version.
      if (stage === "AWSPREVIOUS" && failure.code === "secret_not_found") return undefined;
      const isTemporary = failure.code === "secret_unavailable" || failure.code === "deadline_exceeded";
      // Very many environments that start at once exceed the quota of Secrets Manager: it is repeated like a throttled
      // call.
      const isThrottled = failure.code === "secret_unavailable";
      const isKeyRefused = failure.code === "secret_key_forbidden";
      throw new TableFailure(
        `the service secret: ${failure.message}`,
        isTemporary,
        isThrottled,
        isKeyRefused,
      );
    }
  }
}

/** Why a record cannot be opened. */
export const versionGone = (keyId: string): string =>
  `version ${keyId} of the service secret is neither current nor previous`;
