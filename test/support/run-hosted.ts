import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A program with its process's facts. Paths are absolute. */
export interface HostedRun {
  /** A module that ends by itself and sets `process.exitCode`. */
  readonly entry: string;
  /** The export to call, of an entry that does so itself only where it is the main module of its process. */
  readonly call?: string;
  /** As `node --import`. */
  readonly imports: readonly string[];
  readonly args: readonly string[];
  readonly cwd: string;
  /** All variables. Those that Node itself reads at its start have no effect. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** After this time it is reported as a run that does not end. Default: 240,000. */
  readonly longestMs?: number;
}

/** Of a run: its exit code, or what it may not do in a process that others use after it. */
export interface HostedVerdict {
  readonly status: number;
  readonly fault?: string | undefined;
}

const HOST = fileURLToPath(new URL("./host.ts", import.meta.url));

interface Host {
  readonly requests: number;
  readonly verdicts: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process takes 28 ms of processor time for Node alone, and its fork of a worker of the tests as much again. */
let host: Host | undefined;

/**
 * Runs a program as `spawnSync` does, in one small process for all runs of this worker. The entry is evaluated for each
 * run. What it imports is not, and must keep nothing between two runs. Throws where a run ends the process, fails with
 * an exception, does not end or changes what the next run would find. It has no standard input; its outputs are files,
 * into which its own child processes write too.
 */
export function runHosted(run: HostedRun): { status: number; stdout: string; stderr: string } {
  host ??= startHost();
  const { requests, verdicts, stdout, stderr } = host;
  writeSync(requests, `${JSON.stringify(run)}\n`);
  const line = lineFrom(verdicts);
  const texts = { stdout: readFileSync(stdout, "utf8"), stderr: readFileSync(stderr, "utf8") };
  for (const path of [stdout, stderr]) truncateSync(path);
  const { status, fault }: HostedVerdict =
    line === undefined ? { status: 0, fault: `ends its process:\n${texts.stderr}` } : JSON.parse(line);
  if (fault === undefined) return { status, ...texts };
  for (const descriptor of [requests, verdicts]) closeSync(descriptor);
  host = undefined;
  throw new Error(`The run of ${run.entry} ${run.args.join(" ")} ${fault}`);
}

function startHost(): Host {
  const folder = mkdtempSync(join(tmpdir(), "host-"));
  const [requests, verdicts, stdout, stderr] = ["requests", "verdicts", "stdout", "stderr"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  execFileSync("mkfifo", [requests, verdicts]);
  // Opening one end of a pipe waits for the other, unless this process has both.
  const both = openSync(verdicts, "r+");
  const own = { requests: openSync(requests, "r+"), verdicts: openSync(verdicts, "r") };
  const passed = [
    openSync(stdout, "a"),
    openSync(stderr, "a"),
    openSync(requests, "r"),
    openSync(verdicts, "w"),
  ];
  spawn(process.execPath, [HOST], { stdio: ["ignore", ...passed] }).unref();
  for (const descriptor of [both, ...passed]) closeSync(descriptor);
  return { ...own, stdout, stderr };
}

/** The next line; undefined where the process that writes it is gone. */
function lineFrom(descriptor: number): string | undefined {
  const part = Buffer.alloc(65_536);
  let text = "";
  while (!text.endsWith("\n")) {
    const length = readSync(descriptor, part);
    if (length === 0) return undefined;
    text += part.toString("utf8", 0, length);
  }
  return text;
}
