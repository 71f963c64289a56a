/** The settings of a fault; each name uses the properties that its row of the table lists. */
export interface FaultSettings {
  /** Operation that the fault affects: `token` includes `token/jwt-bearer`. Default: all. */
  readonly on?: string;
  /** How many requests of that operation pass before the first is affected; default: none. */
  readonly after?: number;
  /** How many requests are affected; default: all until `remove()`. */
  readonly times?: number;
  /** Status of a faulty response. */
  readonly status?: number;
  /** `Retry-After` of a faulty response, in seconds; none if absent. */
  readonly retryAfterSeconds?: number;
  /** Delay of a slow response, in milliseconds. */
  readonly ms?: number;
  /** A slow response waits for this instead of `ms`, which makes a test deterministic. */
  readonly until?: Promise<unknown>;
  /** How far the server's clock is ahead (or, negative, behind). */
  readonly skewSeconds?: number;
  /** How old a token must be, by the server's clock, before it is taken. */
  readonly lagSeconds?: number;
}

/** One kind of fault. */
interface FaultKind {
  /** What happens to an affected request. */
  readonly does: string;
  /** The setting that may follow the name behind a colon. */
  readonly setting?: "status" | "retryAfterSeconds" | "ms" | "skewSeconds" | "lagSeconds";
}

/** Every fault, by the server that it affects. */
export const FAULTS = {
  box: {
    slow: { does: "the response comes after MS milliseconds (1000)", setting: "ms" },
    "rate-limited": { does: "429, with Retry-After: SECONDS if given", setting: "retryAfterSeconds" },
    "server-error": { does: "503, or STATUS", setting: "status" },
    reset: { does: "the connection breaks before a byte of the response" },
    "reset-after": { does: "the connection breaks amid the response" },
    "truncated-json": { does: "half of the response's body" },
    "html-body": { does: "a web page with 200, or STATUS", setting: "status" },
    "skewed-clock": { does: "Box's clock is SECONDS ahead (3600; may be negative)", setting: "skewSeconds" },
    "unauthorized-app": { does: "the admin has not authorized the app" },
    "key-removed": { does: "the app has no public key at Box" },
    "disabled-app": { does: "the admin has authorized the app, but it is not enabled" },
    "location-blocked": { does: "403 access_from_location_blocked: the address is not a known one" },
    "forbidden-by-policy": { does: "403 forbidden_by_policy: Box Shield forbids it" },
    "unknown-403": { does: "403 with an unknown code" },
    "password-reset": { does: "400 password_reset_required" },
    "terms-not-accepted": { does: "a grant is refused: terms_of_service_required" },
    "lost-body": { does: "a proxy loses the form: Box finds no grant_type" },
    "token-refused": { does: "an exchange is refused: the subject_token is invalid" },
    "exchange-lag": {
      does: "the subject_token of an exchange is invalid for SECONDS (60) after its mint",
      setting: "lagSeconds",
    },
    "permission-denied": { does: "an exchange is refused: 403 access_denied_insufficient_permissions" },
    "code-expired": { does: "an authorization code is refused as expired" },
    "refresh-token-expired": { does: "a refresh token is refused as expired" },
    "refresh-token-revoked": { does: "a refresh token is refused as if it were used or revoked" },
    "slow-after": {
      does: "the request takes effect at once; the response comes after MS milliseconds (1000)",
      setting: "ms",
    },
    "server-error-after": {
      does: "the request takes effect; the response is 503, or STATUS",
      setting: "status",
    },
    "lost-response": {
      does: "the request takes effect; the connection breaks before a byte of the response",
    },
  },
  "secrets-manager": {
    slow: { does: "the response comes after MS milliseconds (1000)", setting: "ms" },
    throttled: { does: "ThrottlingException" },
    away: { does: "the connection breaks before a byte of the response" },
    "access-denied": { does: "AccessDeniedException" },
    "key-denied": { does: "AccessDeniedException: KMS does not let the caller use the key" },
    "internal-error": { does: "InternalServiceError" },
  },
  dynamodb: {
    slow: { does: "the response comes after MS milliseconds (1000)", setting: "ms" },
    throttled: { does: "ThrottlingException" },
    unavailable: { does: "503 ServiceUnavailableException" },
    reset: { does: "the connection breaks; nothing is read or written" },
    "lost-response": { does: "the item is read or written, and the connection breaks before the response" },
    "access-denied": { does: "AccessDeniedException" },
    "key-denied": { does: "AccessDeniedException: KMS does not let the caller use the key" },
  },
  lambda: {
    slow: { does: "the function runs after MS milliseconds (1000)", setting: "ms" },
    throttled: { does: "429, with Retry-After: SECONDS if given", setting: "retryAfterSeconds" },
    "server-error": { does: "502, or STATUS; the function does not run", setting: "status" },
    reset: { does: "the connection breaks; the function does not run" },
    "reset-after": { does: "the function runs, and the connection breaks amid its response" },
  },
} as const satisfies Record<string, Record<string, FaultKind>>;

/** Of every target of webhooks. */
const OF_TARGETS = {
  slow: { does: "the response comes after MS milliseconds (1000)", setting: "ms" },
  throttled: { does: "the request is throttled, and nothing is stored" },
  "internal-error": { does: "an internal error of the service; nothing is stored" },
  away: { does: "the connection breaks; nothing is stored" },
  "lost-response": { does: "the message is stored, and the connection breaks before the response" },
  "access-denied": { does: "the caller may not send" },
} as const satisfies Record<string, FaultKind>;

/** Every fault of the servers that tests start by themselves: `npm start` does not run them. */
export const TEST_SERVER_FAULTS = {
  sqs: OF_TARGETS,
  eventbridge: {
    ...OF_TARGETS,
    "entry-failed": { does: "200, and the event is not stored" },
  },
  kms: {
    slow: { does: "the response comes after MS milliseconds (1000)", setting: "ms" },
    throttled: { does: "ThrottlingException" },
    "internal-error": { does: "an internal error of the service" },
    away: { does: "the connection breaks before a byte of the response" },
    "access-denied": { does: "AccessDeniedException" },
  },
} as const satisfies Record<string, Record<string, FaultKind>>;

const ALL_FAULTS = { ...FAULTS, ...TEST_SERVER_FAULTS };

export type FaultPlace = keyof typeof FAULTS;
type AnyPlace = keyof typeof ALL_FAULTS;
export type FaultName<Place extends AnyPlace> = keyof (typeof ALL_FAULTS)[Place] & string;

/** One named fault while it is in force. */
export interface Fault<Name extends string = string> extends FaultSettings {
  readonly name: Name;
  /** Requests affected so far. */
  readonly hits: number;
  remove(): void;
}

/** What happened to a fault. */
export interface FaultEvent {
  readonly kind: "set" | "hit" | "ended";
  readonly place: AnyPlace;
  readonly fault: Fault;
  /** The operation that was hit. */
  readonly operation?: string;
}

export interface Faults<Name extends string> {
  /** Reports every fault that is set, hit or ended from now on. */
  observe(observer: (event: FaultEvent) => void): void;
  /** In force, oldest first. */
  readonly active: readonly Fault<Name>[];
  /** @throws if there is no such name; the message lists the names */
  inject(name: Name, settings?: FaultSettings): Fault<Name>;
  /** Every fault in force for `operation`; each is counted as a hit. */
  apply(operation: string): readonly Fault<Name>[];
  clear(): void;
}

/** The faults of one place. They can be injected and removed while it runs. */
export function faultsOf<Place extends AnyPlace>(place: Place): Faults<FaultName<Place>> {
  type Name = FaultName<Place>;
  const inForce = new Set<Fault<Name> & { hits: number }>();
  const observers: ((event: FaultEvent) => void)[] = [];
  const report = (kind: FaultEvent["kind"], fault: Fault<Name>, operation?: string): void => {
    for (const observer of observers)
      observer({ kind, place, fault, ...(operation === undefined ? {} : { operation }) });
  };
  const end = (fault: Fault<Name> & { hits: number }): void => {
    if (inForce.delete(fault)) report("ended", fault);
  };
  /** How many matching requests each fault has seen. */
  const hits = new WeakMap<Fault<Name>, number>();
  const affects = (fault: Fault<Name>): boolean => {
    const count = (hits.get(fault) ?? 0) + 1;
    hits.set(fault, count);
    return count > (fault.after ?? 0);
  };
  return {
    observe: (observer) => void observers.push(observer),
    get active() {
      return [...inForce];
    },
    inject(name, settings = {}) {
      if (!Object.hasOwn(ALL_FAULTS[place], name)) {
        const names = Object.keys(ALL_FAULTS[place]).join(", ");
        throw new Error(`There is no fault "${name}"; there are ${names}.`);
      }
      const fault = { ...settings, name, hits: 0, remove: () => end(fault) };
      inForce.add(fault);
      report("set", fault);
      return fault;
    },
    apply(operation) {
      const applied = [...inForce].filter((fault) => matches(fault.on, operation) && affects(fault));
      for (const fault of applied) {
        fault.hits += 1;
        report("hit", fault, operation);
        if (fault.hits >= (fault.times ?? Number.POSITIVE_INFINITY)) end(fault);
      }
      return applied;
    },
    clear: () => inForce.forEach(end),
  };
}

function matches(on: string | undefined, operation: string): boolean {
  return on === undefined || on === operation || operation.startsWith(`${on}/`);
}

/** Waits as a `slow` fault specifies. */
export async function delayOf(fault: Fault | undefined): Promise<void> {
  if (fault === undefined) return;
  // Unreferenced: what waits is a request, which ends with its server.
  await (fault.until ?? new Promise((resolve) => setTimeout(resolve, fault.ms ?? 1_000).unref()));
}
