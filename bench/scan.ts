import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { buildSync } from "esbuild";
import { plantTree } from "./tree.ts";

/**
 * `node bench/scan.ts [--json]`: all rules over a tree of at least 200 MB, against `cat` of every file and against
 * the scanners that this machine has. Times are of whole processes, medians of runs that take turns.
 */
const BARS = { ratioToCat: 2.5, megabytes: 200, timesFasterThanSecretlint: 8 } as const;
const SIZE = 230 * 1024 * 1024;
const RUNS = 7;
const MOST_SECONDS = 600;

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  /** Slow peers run once. */
  readonly runs: number;
}

const root = join(import.meta.dirname, "..");
const shell = (line: string) => ["sh", "-c", line];
const inTree = (folder: string, bundle: string): readonly Contender[] => [
  { name: "cat", command: shell(`find '${folder}' -type f -print0 | xargs -0 cat > /dev/null`), runs: RUNS },
  {
    name: "box-config-lint",
    command: [process.execPath, join(root, "bench/scan-tree.ts"), folder],
    runs: RUNS,
  },
  {
    name: "private-key alone",
    command: [process.execPath, bundle, folder, "private-key"],
    runs: RUNS,
  },
  {
    name: "ripgrep",
    command: shell(`rg -uuu -a -c -F 'PRIVATE KEY' '${folder}' > /dev/null; true`),
    runs: RUNS,
  },
  {
    name: "gitleaks",
    command: shell(`gitleaks dir --no-banner --exit-code 0 '${folder}' > /dev/null 2>&1`),
    runs: 1,
  },
  {
    name: "secretlint",
    command: shell(
      `cd '${folder}' && secretlint --no-gitignore '**/*' --secretlintrcJSON '{"rules":[{"id":"@secretlint/secretlint-rule-preset-recommend"}]}' > /dev/null 2>&1; test $? -lt 2`,
    ),
    runs: 1,
  },
];

const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`], { env }).status === 0;
const env = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter) };
const NEEDS: Readonly<Record<string, string>> = {
  ripgrep: "rg",
  gitleaks: "gitleaks",
  secretlint: "secretlint",
};

function seconds(command: readonly string[]): { seconds: number; output: string } {
  const [program = "", ...parameters] = command;
  const started = performance.now();
  const run = spawnSync(program, parameters, { env, encoding: "utf8", timeout: MOST_SECONDS * 1000 });
  if (run.status !== 0) throw new Error(`${command.join(" ")} ended with ${run.status}: ${run.stderr}`);
  return { seconds: (performance.now() - started) / 1000, output: run.stdout };
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function measure(folder: string, bundle: string) {
  const contenders = inTree(folder, bundle).filter(
    ({ name }) => NEEDS[name] === undefined || has(NEEDS[name]),
  );
  const times = new Map<string, number[]>();
  let peak = 0;
  let found = 0;
  seconds(contenders[0]?.command ?? []);
  for (let round = 0; round < RUNS; round++)
    for (const { name, command, runs } of contenders) {
      if (round >= runs) continue;
      const run = seconds(command);
      times.set(name, [...(times.get(name) ?? []), run.seconds]);
      if (name !== "box-config-lint") continue;
      const report = JSON.parse(run.output) as { peakMegabytes: number; findings: number };
      peak = Math.max(peak, report.peakMegabytes);
      found = report.findings;
    }
  return { times: Object.fromEntries([...times].map(([name, all]) => [name, median(all)])), peak, found };
}

/** As the Action is shipped: one file, no types to take off at the start. */
function bundled(folder: string): string {
  const outfile = join(folder, "scan-tree.mjs");
  buildSync({
    entryPoints: [join(root, "bench/scan-tree.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
  });
  return outfile;
}

function main(): void {
  const work = mkdtempSync(join(tmpdir(), "box-sts-scan-"));
  const folder = join(work, "tree");
  try {
    const tree = plantTree(folder, realpathSync(join(root, "node_modules")), SIZE);
    const { times, peak, found } = measure(folder, bundled(work));
    const cat = times.cat ?? Number.NaN;
    const ours = times["box-config-lint"] ?? Number.NaN;
    const report = {
      tree,
      findings: found,
      seconds: times,
      ratioToCat: ours / cat,
      peakMegabytes: peak,
      ...(times.secretlint !== undefined && { timesFasterThanSecretlint: times.secretlint / ours }),
      bars: BARS,
    };
    console.log(process.argv.includes("--json") ? JSON.stringify(report) : told(report));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Report {
  readonly tree: { readonly files: number; readonly bytes: number };
  readonly seconds: Readonly<Record<string, number>>;
  readonly ratioToCat: number;
  readonly peakMegabytes: number;
}

function told({ tree, seconds: times, ratioToCat, peakMegabytes }: Report): string {
  const rows = Object.entries(times).map(
    ([name, time]) =>
      `${name.padEnd(20)} ${time.toFixed(2).padStart(8)} s ${(time / (times.cat ?? 1)).toFixed(2).padStart(8)} × cat`,
  );
  return [
    `${tree.files} files, ${Math.round(tree.bytes / 1e6)} MB`,
    ...rows,
    `whole tree, all rules: ${ratioToCat.toFixed(2)} × cat (bar: ${BARS.ratioToCat})`,
    `peak memory: ${peakMegabytes.toFixed(0)} MB (bar: ${BARS.megabytes})`,
  ].join("\n");
}

main();
