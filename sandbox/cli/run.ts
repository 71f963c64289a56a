import { wrapLines } from "../../action/report/wrap-lines.ts";
import { SeedFolderError } from "../box/seed/folder.ts";
import { RunFolderError } from "../process/run-folder.ts";
import { CannotStart } from "./documents.ts";
import { helpOf } from "./help.ts";
import { type CliOptions, parseOptions } from "./options.ts";
import { failureOf } from "./ports.ts";
import type { StartCommand } from "./start-command.ts";

/** Where help and refusals go. */
interface Output {
  out(text: string): void;
  err(text: string): void;
}

const SYSTEM_OUTPUT: Output = {
  out: (text) => void process.stdout.write(wrapLines(text, process.stdout)),
  err: (text) => void process.stderr.write(text),
};

/** Runs the sandbox until a signal ends it; resolves to the exit status. */
export async function runSandbox(
  argv: readonly string[],
  command: StartCommand,
  { out, err }: Output = SYSTEM_OUTPUT,
): Promise<number> {
  // A reader that goes away (`npm start | head`) is no reason to leave processes behind.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const fail = (sentence: string, status: number): number => {
    err(`${command.prefix}${sentence}\n`);
    return status;
  };
  const parsed = parseOptions(argv, command);
  if (!parsed.ok) return fail(parsed.error, command.misuse);
  const options = parsed.value;
  if (options.help) {
    out(helpOf(command));
    return 0;
  }
  try {
    const ended = signalled();
    const close = await serve(options, command);
    await ended;
    await close();
    return 0;
  } catch (error) {
    return fail(failureOf(error, options.port, command), isMisuse(error) ? command.misuse : 1);
  }
}

const isMisuse = (error: unknown): boolean =>
  [CannotStart, SeedFolderError, RunFolderError].some((kind) => error instanceof kind);

/** Resolves to what ends it. Each kind of sandbox loads on demand, as does what it serves. */
async function serve(options: CliOptions, command: StartCommand): Promise<() => Promise<void>> {
  if (options.onlyBox) return (await import("./serve-box.ts")).serveBox(options, command);
  return (await import("./serve.ts")).serveAll(options, command);
}

/** Resolves on a signal to end this process, or when npm, which started it, is gone. */
function signalled(): Promise<void> {
  const parent = process.ppid;
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => done());
    if (process.env.npm_lifecycle_event === undefined) return;
    // npm's shell does not hand SIGTERM on; without this the sandbox would outlive `npm start`.
    setInterval(() => process.ppid !== parent && done(), 250).unref();
  });
}
