import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figure, print, shown, spreadOf } from "./figures.ts";

/**
 * `node bench/sandbox-start.ts [--json]`: how long a person or a test waits for the packed sandbox, from the start of the
 * process until it is ready, beside an empty Node process. Each gets an RSA key that was made before: how long the
 * search for its primes takes, 0.05 to 0.5 s, is chance.
 */
const BARS = { startBox: 3, onlyBox: 6, sandbox: 18 } as const;
/** What docs/sandbox.md promises, in milliseconds, on a machine that does nothing else. */
const PROMISED = { startBox: 1_000, onlyBox: 3_000, sandbox: 3_000 } as const;
const ROUNDS = 11;

const { privateKey: KEY } = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
/** Loaded before the program: the search for primes ends at once. */
const WITH_KEY = `data:text/javascript,${encodeURIComponent(`
  import crypto from "node:crypto";
  import { syncBuiltinESMExports } from "node:module";
  import { promisify } from "node:util";
  const privateKey = crypto.createPrivateKey(process.env.BENCH_KEY);
  const pair = { privateKey, publicKey: crypto.createPublicKey(privateKey) };
  const { generateKeyPair } = crypto;
  const others = promisify(generateKeyPair);
  crypto.generateKeyPair = Object.assign((...args) => generateKeyPair(...args), {
    [promisify.custom]: async (type, options) => (type === "rsa" ? pair : others(type, options)),
  });
  syncBuiltinESMExports();
`)}`;

const DIST = join(import.meta.dirname, "../dist");
const SANDBOX = [join(DIST, "cli/main.mjs"), "sandbox", "--json", "--port", "0"];
const START_BOX = `require(${JSON.stringify(join(DIST, "sandbox/index.cjs"))}).startBox()`;
const CONTENDERS = {
  yardstick: ["-e", 'console.log("ready")'],
  startBox: ["-e", `${START_BOX}.then(() => console.log("ready"))`],
  onlyBox: [...SANDBOX, "--only", "box"],
  sandbox: SANDBOX,
} as const;
type Name = keyof typeof CONTENDERS;

/** Milliseconds until the process prints a line; then it is ended. */
async function untilReady(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", WITH_KEY, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, BENCH_KEY: KEY },
    stdio: ["ignore", "pipe", "ignore"],
  });
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
    against: `an empty Node process: ${shown(yardstick)}`,
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
