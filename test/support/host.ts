import { readSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { HostedRun, HostedVerdict } from "./run-hosted.ts";

/*
 * The process that `run-hosted.ts` starts. It evaluates an entry again for each request, as a new process would, with
 * its arguments, folder, variables and exit code. A run ends as a process does: when nothing keeps the event loop alive.
 */

/** Descriptors that this process has been started with. */
const [REQUESTS, VERDICTS] = [3, 4];
const LONGEST_MS = 240_000;
let runs = 0;
let isSettled = false;
let before: ReadonlySet<string>;
let limit: NodeJS.Timeout;

process.on("beforeExit", () => {
  if (runs > 0) respond(isSettled ? changes() : "waits for something that never comes");
  // A turn of the event loop, without which this event would not come again where a run waits for nothing.
  setImmediate(run, nextRequest());
});

async function run({
  entry,
  call,
  imports,
  args,
  cwd,
  env,
  longestMs = LONGEST_MS,
}: HostedRun): Promise<void> {
  runs++;
  isSettled = false;
  limit = setTimeout(overdue, longestMs).unref();
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error");
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, entry, ...args];
  process.exitCode = undefined;
  const evaluate = (path: string) => import(`${pathToFileURL(path)}?run=${runs}`);
  for (const path of imports) await evaluate(path);
  before = state();
  // What it throws ends this process, as it would end its own.
  const exported = await evaluate(entry);
  if (call !== undefined) await exported[call]();
  isSettled = true;
}

/** What the next run would find as this one has left it; the rest is set for each run. */
const state = (): ReadonlySet<string> =>
  new Set([
    ...globals().map((name) => `the global ${name}`),
    ...process.eventNames().map((name) => `${process.listenerCount(name)} listeners to ${String(name)}`),
    `the title ${process.title}`,
    `the umask ${process.umask()}`,
  ]);

/** Without the one in which Node keeps its `fetch` as soon as a program needs a part of it. */
const globals = (): readonly string[] =>
  Reflect.ownKeys(globalThis)
    .map(String)
    .filter((name) => !name.startsWith("Symbol(undici.globalDispatcher."));

function changes(): string | undefined {
  const after = state();
  const gone = [...before].filter((one) => !after.has(one));
  const come = [...after].filter((one) => !before.has(one));
  if (gone.length + come.length === 0) return undefined;
  return `leaves other than before: ${come.join(", ")} (before: ${gone.join(", ")})`;
}

function overdue(): void {
  respond(`does not end, and keeps open: ${process.getActiveResourcesInfo().join(", ")}`);
  process.exit();
}

function respond(fault: string | undefined): void {
  clearTimeout(limit);
  const verdict: HostedVerdict = { status: Number(process.exitCode ?? 0), fault };
  writeSync(VERDICTS, `${JSON.stringify(verdict)}\n`);
}

/** Waits, as this process has nothing else to do. Ends it where nobody is left who could send one. */
function nextRequest(): HostedRun {
  const part = Buffer.alloc(65_536);
  let text = Buffer.alloc(0);
  while (text.at(-1) !== 10) {
    const length = readSync(REQUESTS, part);
    // An end of its own would add each evaluation of an entry to Node's cache of compiled code.
    if (length === 0) process.kill(process.pid, "SIGKILL");
    text = Buffer.concat([text, part.subarray(0, length)]);
  }
  return JSON.parse(text.toString()) as HostedRun;
}
