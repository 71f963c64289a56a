import { parentPort, workerData } from "node:worker_threads";
import { rulesWith } from "./rules/rules.ts";
import type { Scanned } from "./scan/finding.ts";
import type { ScanProblem } from "./scan/problem.ts";
import { scanSource } from "./scan/scan-source.ts";
import type { WorkerInput } from "./scan/worker-pool.ts";
import { fileSources } from "./sources/files/read.ts";
import { claims, type FileList } from "./sources/files/work-queue.ts";
import { SecretBinder } from "./suppressions/bind-secrets.ts";

/*
 * The worker that `worker-pool.ts` starts: scans the files that it can claim, and posts the results when none are left.
 * It posts no result for a file that fails, so that the main thread scans that file again and reports the error.
 */
const { entries, runKey } = workerData as WorkerInput;
const rules = rulesWith(new SecretBinder(entries).bind, runKey);

parentPort?.on("message", async (list: FileList) => {
  const results = new Map<string, Scanned>();
  const problems: ScanProblem[] = [];
  for (const source of fileSources(claims(list), problems)) {
    const before = problems.length;
    const scanned = await scanSource(source, rules).catch(() => undefined);
    if (scanned && problems.length === before) results.set(source.path, scanned);
  }
  parentPort?.postMessage(results);
});
