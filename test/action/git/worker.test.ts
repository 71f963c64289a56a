import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RULES } from "../../../action/rules/rules.ts";
import { lint } from "../../../action/scan/scan.ts";
import { startWorker, workerFor } from "../../../action/scan/worker-pool.ts";
import { fileList, type StartWorker } from "../../../action/sources/files/work-queue.ts";
import { pathSources } from "../../../action/sources/files/work-tree.ts";
import { temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

const WORKER = new URL("../../../action/worker.ts", import.meta.url);
const FILES = 1200;

/** Many small files, and a key in every hundredth. */
function manyFiles(): string {
  const folder = temporaryFolder();
  for (let at = 0; at < FILES; at++) {
    const inside = join(folder, `d${at % 7}`);
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `${at}.txt`), at % 100 === 0 ? `number ${at}\n${KEY}` : `number ${at}\n`);
  }
  return folder;
}

async function scanFolder(folder: string, worker: StartWorker | undefined) {
  const sources = [pathSources(folder, ["."], worker)];
  const { findings, scanned, problems } = await lint({
    range: "a test",
    sources,
    rules: RULES,
    globs: [],
    suppressions: [],
    problems: [],
    isFullHistory: false,
    today: "2026-01-01",
  });
  return { findings, scanned, problems };
}

const thread = (code: string) => () =>
  startWorker(
    new URL(
      `data:text/javascript,import { parentPort } from "node:worker_threads"; ${encodeURIComponent(code)}`,
    ),
  );

describe("many files, scanned by two threads", () => {
  const folder = manyFiles();

  it("give what one thread finds", async () => {
    const alone = await scanFolder(folder, undefined);
    expect(alone.findings).toHaveLength(FILES / 100);
    for (const worker of [() => startWorker(WORKER), workerFor([])])
      expect(await scanFolder(folder, worker)).toEqual(alone);
  });

  it("can all be claimed by the second thread", async () => {
    const names = ["d0/0.txt", "d1/1.txt"];
    const worker = startWorker(WORKER);
    const files = names.map((path) => ({ file: join(folder, path), path, isLink: false }));
    const results = await worker.scan(fileList(files));
    worker.stop();
    expect([...results.keys()]).toEqual(names);
    expect([...results.values()].map(({ findings }) => findings.length)).toEqual([1, 0]);
  });

  it("stay with the first thread where it has rules that the second does not know", () => {
    expect(workerFor(RULES)).toBeUndefined();
  });

  it.each([
    ["does not start", "throw new Error()"],
    [
      "ends before it responds",
      `parentPort.on("message", ({ claimed }) => { Atomics.add(claimed, 0, 800); process.exit(1); })`,
    ],
    [
      "throws amid the files",
      `parentPort.on("message", ({ claimed }) => { Atomics.add(claimed, 0, 800); throw new Error(); })`,
    ],
    [
      "claims files and returns no result for them",
      `parentPort.on("message", ({ claimed }) => { Atomics.add(claimed, 0, 1e6); parentPort.postMessage(new Map()); })`,
    ],
  ])("are all scanned where the second thread %s", async (_, code) => {
    expect(await scanFolder(folder, thread(code))).toEqual(await scanFolder(folder, undefined));
  });
});
