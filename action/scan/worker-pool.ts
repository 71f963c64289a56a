import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Helper, StartHelper } from "../sources/files/work-queue.ts";
import type { SecretEntry } from "../suppressions/bind-secrets.ts";
import type { Scanned } from "./finding.ts";
import type { Rule } from "./rule.ts";

type Looked = ReadonlyMap<string, Scanned>;

/** It stands beside this file, as source and in the bundle. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "../helper.ts" : "./helper.mjs", import.meta.url);

/**
 * Starts a second thread, which compares secrets with these entries. It knows `RULES` alone: undefined where there are
 * `more`, or but one processor.
 */
export const helperFor = (
  more: readonly Rule[],
  entries: readonly SecretEntry[] = [],
  runKey?: Uint8Array,
): StartHelper | undefined =>
  more.length === 0 && availableParallelism() > 1 ? () => startHelper(ENTRY, entries, runKey) : undefined;

/** What it makes is short-lived: with a third of this room collecting takes twice as long, and more is only memory. */
const YOUNG_MB = 16;

/** What the thread needs to give the findings that this one would. */
export interface HelperData {
  readonly entries: readonly SecretEntry[];
  readonly runKey: Uint8Array | undefined;
}

export function startHelper(entry: URL, entries: readonly SecretEntry[] = [], runKey?: Uint8Array): Helper {
  const worker = new Worker(entry, {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    workerData: { entries, runKey } satisfies HelperData,
  });
  // Also keeps an error that nobody waits for from ending the process.
  const gone = once(worker, "exit").then(nothing, nothing);
  return {
    look(list) {
      const looked = once(worker, "message").then(([told]) => told as Looked, nothing);
      worker.postMessage(list);
      return Promise.race([looked, gone]);
    },
    stop: () => void worker.terminate(),
  };
}

const nothing = (): Looked => new Map();
