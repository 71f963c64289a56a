/** One request that a server of the sandbox responded to. */
export interface LoggedRequest {
  /** From 1, in the order of the responses; continues after `clear()`. */
  readonly number: number;
  /** The operation, from the general to the specific: `token/jwt-bearer`, `GetSecretValue`. */
  readonly operation: string;
  readonly status: number;
  /** Names of the faults that affected it. */
  readonly faults: readonly string[];
  readonly durationMs: number;
}

/** Nothing where the log has no more than every log has. */
type More<Facts> = object extends Facts ? readonly [] : readonly [facts: Facts];

/** @typeParam Facts what the server logs of a request besides */
export interface RequestLog<Facts extends object = object> {
  /** The latest completed requests, oldest first. */
  readonly entries: readonly (LoggedRequest & Facts)[];
  /** How many requests of an operation, or of everything below it, have arrived. */
  count(operation?: string): number;
  /** Counts an arriving request; call the returned function to log its response. */
  arrived(operation: string): (status: number, faults: readonly string[], ...facts: More<Facts>) => void;
  clear(): void;
}

const KEPT_ENTRIES = 5_000;

/** Counts every request on arrival and keeps the latest responses. */
export function requestLog<Facts extends object = object>(): RequestLog<Facts> {
  const counts = new Map<string, number>();
  const entries: (LoggedRequest & Facts)[] = [];
  let number = 0;
  return {
    entries,
    count(operation) {
      let total = 0;
      for (const [name, count] of counts) {
        if (operation === undefined || name === operation || name.startsWith(`${operation}/`)) total += count;
      }
      return total;
    },
    arrived(operation) {
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
      const start = performance.now();
      return (status, faults, ...[facts]) => {
        const durationMs = performance.now() - start;
        number += 1;
        entries.push({ number, operation, status, faults, durationMs, ...(facts as Facts) });
        if (entries.length > KEPT_ENTRIES) entries.shift();
      };
    },
    clear() {
      counts.clear();
      entries.length = 0;
    },
  };
}
