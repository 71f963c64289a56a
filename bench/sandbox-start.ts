import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figure, print, shown, spreadOf } from "./figures.ts";

/**
 * `node bench/sandbox-start.ts [--json]`: how long a person or a test waits for the packed sandbox, from the start of the
 * process until it is ready, beside a Node process that makes the one thing that both cannot do without: an RSA key.
 */
const BARS = { startBox: 2, onlyBox: 2, sandbox: 6 } as const;
/** What docs/sandbox.md promises, in milliseconds, on a machine that does nothing else. */
const PROMISED = { startBox: 1_000, onlyBox: 3_000, sandbox: 3_000 } as const;
const ROUNDS = 11;

const DIST = join(import.meta.dirname, "../dist");
const SANDBOX = [join(DIST, "cli/main.mjs"), "sandbox", "--json", "--port", "0"];
const CONTENDERS = {
  yardstick: [
    "-e",
    `require("node:crypto").generateKeyPairSync("rsa", { modulusLength: 2048 }); console.log("ready")`,
  ],
  startBox: [
    "-e",
    `require(${JSON.stringify(join(DIST, "sandbox/index.cjs"))}).startBox().then(() => console.log("ready"))`,
  ],
  onlyBox: [...SANDBOX, "--only", "box"],
  sandbox: SANDBOX,
} as const;
type Name = keyof typeof CONTENDERS;

/** Milliseconds until the process prints a line; then it is ended. */
async function untilReady(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: tmpdir(), stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  const milliseconds = performance.now() - started;
  child.kill("SIGTERM");
  await ended;
  return milliseconds;
}

const samples: Record<Name, number[]> = { yardstick: [], startBox: [], onlyBox: [], sandbox: [] };
const names = Object.keys(CONTENDERS) as Name[];
// They take turns, after one round that is not counted.
for (let round = 0; round <= ROUNDS; round++)
  for (const name of names) {
    const milliseconds = await untilReady(CONTENDERS[name]);
    if (round > 0) samples[name].push(milliseconds);
  }

const yardstick = spreadOf(samples.yardstick);
const row = (figure: string, name: keyof typeof BARS): Figure => {
  const spread = spreadOf(samples[name]);
  const ratio = spread.median / yardstick.median;
  return {
    figure,
    value: shown(spread),
    against: `Node with an RSA key: ${shown(yardstick)}`,
    ratio: Number(ratio.toFixed(2)),
    bar: `${BARS[name]} (promised: ${PROMISED[name]} ms)`,
    passed: ratio <= BARS[name],
  };
};
const figures = [
  row("startBox(), with the import", "startBox"),
  row("box-sts sandbox --only box", "onlyBox"),
  row("box-sts sandbox", "sandbox"),
];
print(figures);
if (figures.some(({ passed }) => !passed)) process.exitCode = 1;
