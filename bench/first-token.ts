import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startUpFiles } from "../tools/start-up-files.ts";
import { type Figure, over, shown, spreadOf } from "./figures.ts";
import { functionEnvironment } from "./function-environment.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const TOKEN_FUNCTION = here("../dist/functions/token-invoke/index.mjs");
const ROUNDS = 15;
const WARM_UP_ROUNDS = 2;
const MAX_RATIO = 0.65;
const MIN_ADVANTAGE_OVER_BOX_SDK = 5;
const MAX_ENTRY_KB = 360;

/**
 * Process spawn → first token, all in turn so that a drift of the machine affects each alike, and over an
 * empty handler, so that what is compared is the functions' own time.
 */
export async function firstToken(sandbox: Sandbox): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-bench-"));
  const yardstick = join(folder, "aws-jose-fetch.mjs");
  await bundle(here("yardsticks/aws-jose-fetch.mjs"), yardstick);
  const ways = {
    empty: here("yardsticks/empty.mjs"),
    ours: TOKEN_FUNCTION,
    yardstick,
    boxSdk: here("yardsticks/box-node-sdk.mjs"),
  };
  const samples = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const [name, handler] of Object.entries(ways)) {
      const ms = await spawnToToken(handler, functionEnvironment(sandbox));
      if (round >= 0) samples.get(name)?.push(ms);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  const spread = (name: keyof typeof ways) => spreadOf(samples.get(name) ?? []);
  const empty = spread("empty");
  const own = (name: keyof typeof ways) => over(empty.median, spread(name));
  const ratio = own("ours").median / own("yardstick").median;
  const advantage = own("boxSdk").median / own("ours").median;
  const entryKb =
    [...startUpFiles(TOKEN_FUNCTION)].reduce((sum, file) => sum + statSync(file).size, 0) / 1024;
  return [
    {
      figure: "process spawn to first token, less the empty handler's",
      value: shown(own("ours")),
      against: `AWS SDK + jose + fetch, bundled: ${shown(own("yardstick"))}; empty handler: ${shown(empty)}`,
      ratio,
      bar: `at most ${MAX_RATIO} times`,
      passed: ratio <= MAX_RATIO,
    },
    {
      figure: "the same, beside the official SDK",
      value: shown(own("ours")),
      against: `box-node-sdk + AWS SDK as installed: ${shown(own("boxSdk"))}`,
      ratio: 1 / advantage,
      bar: `at least ${MIN_ADVANTAGE_OVER_BOX_SDK} times less`,
      passed: advantage >= MIN_ADVANTAGE_OVER_BOX_SDK,
    },
    {
      figure: "entry of the bundle and its static imports",
      value: `${entryKb.toFixed(0)} KB`,
      against: `the yardstick's bundle`,
      bar: `at most ${MAX_ENTRY_KB} KB`,
      passed: entryKb <= MAX_ENTRY_KB,
    },
  ];
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    legalComments: "none",
  });
}

/** Milliseconds from the start of a process to the token that the handler of this file returns. */
export function spawnToToken(handler: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [here("invoke-once.mjs"), handler], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.includes("TOKEN\n")) resolve(performance.now() - start);
    });
    child.once("exit", () => reject(new Error(`${handler} gave no token: ${output}`)));
  });
}
