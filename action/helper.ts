import "./node-20.ts";
import { parentPort, workerData } from "node:worker_threads";
import { rulesWith } from "./rules/rules.ts";
import type { Scanned } from "./scan/finding.ts";
import { scanSource } from "./scan/scan-source.ts";
import type { HelperData } from "./scan/worker-pool.ts";
import { fileSources } from "./sources/files/read.ts";
import { claims, type FileList } from "./sources/files/work-queue.ts";
import type { Problem } from "./sources/source.ts";
import { SecretBinder } from "./suppressions/bind-secrets.ts";

/*
 * The thread of `helper-thread.ts`: looks at the files that it can claim, and tells when there are none left.
 * Where anything goes wrong it tells nothing, so that whoever asked looks again and meets it.
 */
const { entries, runKey } = workerData as HelperData;
const rules = rulesWith(new SecretBinder(entries).bind, runKey);

parentPort?.on("message", async (list: FileList) => {
  const looked = new Map<string, Scanned>();
  const problems: Problem[] = [];
  for (const source of fileSources(claims(list), problems)) {
    const before = problems.length;
    const scanned = await scanSource(source, rules).catch(() => undefined);
    if (scanned && problems.length === before) looked.set(source.path, scanned);
  }
  parentPort?.postMessage(looked);
});
