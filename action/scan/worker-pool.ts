import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ScanWorker, StartWorker } from "../sources/files/work-queue.ts";
import type { SecretEntry } from "../suppressions/bind-secrets.ts";
import type { Scanned } from "./finding.ts";
import type { Rule } from "./rule.ts";

type Results = ReadonlyMap<string, Scanned>;

/** The worker's file is beside this one, as source and in the bundle. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "../worker.ts" : "./worker.mjs", import.meta.url);

/**
 * Starts a second thread, which compares secrets with these entries. It knows `RULES` alone: undefined where there are
 * `more`, or but one processor.
 */
export const workerFor = (
  more: readonly Rule[],
  entries: readonly SecretEntry[] = [],
  runKey?: Uint8Array,
): StartWorker | undefined =>
  more.length === 0 && availableParallelism() > 1 ? () => startWorker(ENTRY, entries, runKey) : undefined;

/** What it makes is short-lived: with a third of this room collecting takes twice as long, and more is only memory. */
const YOUNG_MB = 16;

/** What the thread needs to give the findings that this one would. */
export interface WorkerInput {
  readonly entries: readonly SecretEntry[];
  readonly runKey: Uint8Array | undefined;
}

export function startWorker(
  entry: URL,
  entries: readonly SecretEntry[] = [],
  runKey?: Uint8Array,
): ScanWorker {
  const worker = new Worker(entry, {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    workerData: { entries, runKey } satisfies WorkerInput,
  });
  // Also keeps an error that no code waits for from ending the process.
  const gone = once(worker, "exit").then(nothing, nothing);
  return {
    scan(list) {
      const results = once(worker, "message").then(([posted]) => posted as Results, nothing);
      worker.postMessage(list);
      return Promise.race([results, gone]);
    },
    stop: () => void worker.terminate(),
  };
}

const nothing = (): Results => new Map();
