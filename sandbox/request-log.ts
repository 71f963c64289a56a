/** One request that a server of the sandbox responded to. */
export interface LoggedRequest {
  /** The operation, from the general to the specific: `token/jwt-bearer`, `GetSecretValue`. */
  readonly operation: string;
  readonly status: number;
  /** Names of the faults that affected it. */
  readonly faults: readonly string[];
  readonly durationMs: number;
}

export interface RequestLog {
  /** The latest completed requests, oldest first. */
  readonly entries: readonly LoggedRequest[];
  /** How many requests of an operation, or of everything below it, have arrived. */
  count(operation?: string): number;
  /** Counts an arriving request; call the returned function to log its response. */
  arrived(operation: string): (status: number, faults: readonly string[]) => void;
  clear(): void;
}

const KEPT_ENTRIES = 5_000;

/** Counts every request on arrival and keeps the latest responses. */
export function requestLog(): RequestLog {
  const counts = new Map<string, number>();
  const entries: LoggedRequest[] = [];
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
      return (status, faults) => {
        entries.push({ operation, status, faults, durationMs: performance.now() - start });
        if (entries.length > KEPT_ENTRIES) entries.shift();
      };
    },
    clear() {
      counts.clear();
      entries.length = 0;
    },
  };
}
