import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { type Figure, type Spread, shown, spreadOf } from "./figures.ts";
import { functionEnvironment } from "./function-environment.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The first half warms up, ours and the bare ones alike. */
const SUBJECTS = 1_000;
const MAX_MINT_RATIO = 1.3;

interface Measured {
  readonly hits: readonly number[];
  readonly crowded: readonly number[];
  readonly mints: readonly number[];
  readonly bareMints: readonly number[];
}

/** A warm function: responds from its cache, alone and in a crowd, and mints for new subjects. */
export async function warm(sandbox: Sandbox): Promise<readonly Figure[]> {
  const { hits, crowded, mints, bareMints } = await measure(sandbox, newUsers(sandbox));
  const [hit, crowd] = [spreadOf(hits), spreadOf(crowded)];
  const [mint, bare] = [mints, bareMints].map((samples) => spreadOf(samples.slice(SUBJECTS / 2))) as [
    Spread,
    Spread,
  ];
  const ratio = mint.median / bare.median;
  return [
    {
      figure: "response from the cache",
      value: shown(hit),
      against: "none",
      bar: "median at most 0.1 ms",
      passed: hit.median <= 0.1,
    },
    {
      figure: "response from the cache, 64 in flight",
      value: `${shown(crowd)}, p99 ${crowd.p99.toFixed(2)} ms`,
      against: "none",
      bar: "p99 at most 1 ms",
      passed: crowd.p99 <= 1,
    },
    {
      figure: "mint",
      value: shown(mint),
      against: `one bare RSA signature and one bare POST: ${shown(bare)}`,
      ratio,
      bar: `at most ${MAX_MINT_RATIO} times`,
      passed: ratio <= MAX_MINT_RATIO,
    },
  ];
}

function newUsers({ box, sample }: Sandbox): readonly string[] {
  const ids = Array.from({ length: SUBJECTS }, (_, index) => String(9_000_000 + index));
  for (const id of ids) box.state.users.set(id, { ...sample.managedUser, id });
  return ids;
}

function measure(sandbox: Sandbox, users: readonly string[]): Promise<Measured> {
  const work = { users, baseUrl: sandbox.box.url, config: sandbox.apps.sandbox?.config };
  return new Promise((resolve, reject) => {
    const script = here("warm-function.mjs");
    const bundle = here("../dist/functions/token-invoke/index.mjs");
    const env = functionEnvironment(sandbox);
    const child = fork(script, [bundle, JSON.stringify(work)], {
      env,
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    child.stdout?.resume();
    child.once("message", (measured) => resolve(measured as Measured));
    child.once("exit", () => reject(new Error("the warm function ended early")));
  });
}
