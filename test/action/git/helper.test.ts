import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RULES } from "../../../action/rules/rules.ts";
import { lint } from "../../../action/scan/scan.ts";
import { helperFor, startHelper } from "../../../action/scan/worker-pool.ts";
import { fileList, type StartHelper } from "../../../action/sources/files/work-queue.ts";
import { pathSources } from "../../../action/sources/files/work-tree.ts";
import { temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

const HELPER = new URL("../../../action/helper.ts", import.meta.url);
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

async function look(folder: string, helper: StartHelper | undefined) {
  const sources = [pathSources(folder, ["."], helper)];
  const { findings, scanned, problems } = await lint({
    range: "a test",
    sources,
    rules: RULES,
    globs: [],
    exceptions: [],
    problems: [],
    everything: false,
    today: "2026-01-01",
  });
  return { findings, scanned, problems };
}

const thread = (code: string) => () =>
  startHelper(
    new URL(
      `data:text/javascript,import { parentPort } from "node:worker_threads"; ${encodeURIComponent(code)}`,
    ),
  );

describe("many files, looked at by two threads", () => {
  const folder = manyFiles();

  it("give what one thread finds", async () => {
    const alone = await look(folder, undefined);
    expect(alone.findings).toHaveLength(FILES / 100);
    for (const helper of [() => startHelper(HELPER), helperFor([])])
      expect(await look(folder, helper)).toEqual(alone);
  });

  it("can be left to the second one altogether", async () => {
    const names = ["d0/0.txt", "d1/1.txt"];
    const helper = startHelper(HELPER);
    const files = names.map((path) => ({ file: join(folder, path), path, isLink: false }));
    const looked = await helper.look(fileList(files));
    helper.stop();
    expect([...looked.keys()]).toEqual(names);
    expect([...looked.values()].map(({ findings }) => findings.length)).toEqual([1, 0]);
  });

  it("are left to the first one where it has rules that the second does not know", () => {
    expect(helperFor(RULES)).toBeUndefined();
  });

  it.each([
    ["does not start", "throw new Error()"],
    [
      "ends before it answers",
      `parentPort.on("message", ({ claimed }) => { Atomics.add(claimed, 0, 800); process.exit(1); })`,
    ],
    [
      "throws amid the files",
      `parentPort.on("message", ({ claimed }) => { Atomics.add(claimed, 0, 800); throw new Error(); })`,
    ],
    [
      "claims files and tells nothing of them",
      `parentPort.on("message", ({ claimed }) => { Atomics.add(claimed, 0, 1e6); parentPort.postMessage(new Map()); })`,
    ],
  ])("are all looked at where the second thread %s", async (_, code) => {
    expect(await look(folder, thread(code))).toEqual(await look(folder, undefined));
  });
});
