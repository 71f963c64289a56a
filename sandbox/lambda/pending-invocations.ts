import type { Finished, RuntimeError } from "./messages.ts";

/** What became of an invocation. */
export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | {
      readonly ok: false;
      readonly error: RuntimeError;
      /** Lambda had no environment for it: the function did not run. */
      readonly throttled?: true;
    };

interface Pending {
  readonly settle: (outcome: Outcome) => void;
  outcome?: Outcome;
  /** End marks that have arrived, and that will. */
  marks: number;
  expectedMarks: number;
}

/** Invocations whose outcome, or whose last line of output, has not arrived yet. */
export class PendingInvocations {
  readonly #pending = new Map<string, Pending>();

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** Resolves when the outcome and all lines of the invocation have arrived, or when `settle` or `fail` ends it. */
  add(requestId: string): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#pending.set(requestId, { settle: resolve, marks: 0, expectedMarks: 0 });
    return promise;
  }

  /** The runtime reported the outcome, and how many end marks it has written. */
  finished({ requestId, payload = "null", error, marks }: Finished): void {
    const found = this.#pending.get(requestId);
    if (found === undefined) return;
    found.outcome = error === undefined ? { ok: true, payload } : { ok: false, error };
    found.expectedMarks = marks;
    this.#settleIfComplete(requestId, found);
  }

  /** One of the outputs has no further line of the invocation. */
  endMark(requestId: string): void {
    const found = this.#pending.get(requestId);
    if (found === undefined) return;
    found.marks += 1;
    this.#settleIfComplete(requestId, found);
  }

  /** Ends one invocation now. */
  settle(requestId: string, outcome: Outcome): void {
    this.#pending.get(requestId)?.settle(outcome);
    this.#pending.delete(requestId);
  }

  /** Ends all of them with an error. */
  fail(error: (requestId: string) => RuntimeError): void {
    for (const requestId of [...this.#pending.keys()])
      this.settle(requestId, { ok: false, error: error(requestId) });
  }

  #settleIfComplete(requestId: string, { outcome, marks, expectedMarks }: Pending): void {
    if (outcome !== undefined && marks >= expectedMarks) this.settle(requestId, outcome);
  }
}
