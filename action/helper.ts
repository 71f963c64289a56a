import "./node-20.ts";
import { parentPort, workerData } from "node:worker_threads";
import { SecretBinder } from "./bind-secrets.ts";
import type { Scanned } from "./finding.ts";
import type { HelperData } from "./helper-thread.ts";
import { rulesWith } from "./rules/rules.ts";
import { scanSource } from "./scan.ts";
import { claims, type FileList } from "./sources/file-list.ts";
import { fileSources } from "./sources/file-source.ts";
import type { Problem } from "./sources/source.ts";

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
