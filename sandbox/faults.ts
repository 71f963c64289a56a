/** What can be tuned about a fault; each name uses the members that its table says. */
export interface FaultSettings {
  /** Operation that is struck: `token` strikes `token/jwt-bearer` too. Default: every one. */
  readonly on?: string;
  /** How many requests are struck; default: all until `remove()`. */
  readonly times?: number;
  /** Status of a faulty answer. */
  readonly status?: number;
  /** `Retry-After` of a rate limit, in seconds; none if absent. */
  readonly retryAfterSeconds?: number;
  /** Delay of a slow answer. */
  readonly ms?: number;
  /** A slow answer waits for this instead of `ms`, which makes a test deterministic. */
  readonly until?: Promise<unknown>;
  /** How far the server's clock is ahead (or, negative, behind). */
  readonly skewSeconds?: number;
}

/** One named fault while it is in force. */
export interface Fault<Name extends string = string> extends FaultSettings {
  readonly name: Name;
  /** Requests struck so far. */
  readonly hits: number;
  remove(): void;
}

export interface Faults<Name extends string> {
  readonly names: readonly Name[];
  /** @throws if `name` is not one of `names`, told what they are. */
  inject(name: Name, settings?: FaultSettings): Fault<Name>;
  /** Every fault in force for `operation`; each is counted as a hit. */
  strike(operation: string): readonly Fault<Name>[];
  clear(): void;
}

/** The faults of one server, by name. They can be injected and removed while it runs. */
export function faultsNamed<const Name extends string>(names: readonly Name[]): Faults<Name> {
  const inForce = new Set<Fault<Name> & { hits: number }>();
  return {
    names,
    inject(name, settings = {}) {
      if (!names.includes(name))
        throw new Error(`There is no fault "${name}"; there are ${names.join(", ")}.`);
      const fault = { ...settings, name, hits: 0, remove: () => void inForce.delete(fault) };
      inForce.add(fault);
      return fault;
    },
    strike(operation) {
      const struck = [...inForce].filter(({ on }) => matches(on, operation));
      for (const fault of struck) {
        fault.hits += 1;
        if (fault.hits >= (fault.times ?? Number.POSITIVE_INFINITY)) inForce.delete(fault);
      }
      return struck;
    },
    clear: () => inForce.clear(),
  };
}

function matches(on: string | undefined, operation: string): boolean {
  return on === undefined || on === operation || operation.startsWith(`${on}/`);
}

/** Waits as a `slow` fault asks for. */
export async function delayOf(fault: Fault | undefined): Promise<void> {
  if (fault === undefined) return;
  await (fault.until ?? new Promise((resolve) => setTimeout(resolve, fault.ms ?? 1_000)));
}
