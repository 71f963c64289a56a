import { type ChildProcess, spawn } from "node:child_process";
import { parseArgs } from "node:util";

/**
 * `npm run test:repeat -- [--rounds N] [--load N] [SCRIPT …]`: runs npm scripts (default: `test` and `test:exhaustive`)
 * again and again beside processes that keep the processors busy. Random inputs differ in each round, so this finds tests
 * that fail by chance or because of a slow machine. All output is printed; the last line counts the runs that failed.
 */
const { values, positionals } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    load: { type: "string", default: "2" },
  },
  allowPositionals: true,
});

function count(option: "rounds" | "load", least: number): number {
  const given = values[option];
  const number = Number(given);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`--${option} is ${JSON.stringify(given)}; it must be a whole number of at least ${least}.`);
  process.exit(2);
}

const [rounds, load] = [count("rounds", 1), count("load", 0)];
const scripts = positionals.length > 0 ? positionals : ["test", "test:exhaustive"];
const busy = Array.from({ length: load }, () => spawn(process.execPath, ["-e", "for (;;);"]));
process.once("exit", () => {
  for (const child of busy) child.kill("SIGKILL");
});
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

const failed: string[] = [];
for (let round = 1; round <= rounds; round++)
  for (const script of scripts) {
    const started = Date.now();
    const status = await ended(spawn("npm", ["run", "--silent", script], { stdio: "inherit" }));
    const run = `round ${round} of ${script}`;
    if (status !== 0) failed.push(run);
    const seconds = Math.round((Date.now() - started) / 1000);
    console.log(`${run}: ${status === 0 ? "passed" : `failed with status ${status}`}, ${seconds} s`);
  }
for (const run of failed) console.log(`Failed: ${run}`);
console.log(`${rounds * scripts.length - failed.length} runs passed, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);

function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal ?? 1));
  });
}
