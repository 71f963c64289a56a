import { RULES } from "../action/rules/rules.ts";
import { scanSource } from "../action/scan.ts";
import { pathSources } from "../action/sources/work-tree.ts";

/**
 * `node bench/scan-tree.ts FOLDER [RULE…]`: one scan of a folder in a process of its own, so that its memory can be
 * measured. Prints one line of JSON.
 */
const [folder = ".", ...ids] = process.argv.slice(2);
const rules = ids.length === 0 ? RULES : RULES.filter(({ id }) => ids.includes(id));
const started = performance.now();
let [files, bytes, findings] = [0, 0, 0];
for await (const source of pathSources(folder, ["."]).sources) {
  const scanned = await scanSource(source, rules);
  files++;
  bytes += scanned.bytes;
  findings += scanned.findings.length;
}
const seconds = (performance.now() - started) / 1000;
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ files, bytes, findings, seconds, peakMegabytes }));
