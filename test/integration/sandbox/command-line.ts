import { type ChildProcess, spawn } from "node:child_process";
import type { EventEmitter } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runSandbox } from "../../../sandbox/cli/run.ts";
import { NPM_START, type StartCommand } from "../../../sandbox/cli/start-command.ts";
import { signedFetch } from "./signed-fetch.ts";

const MAIN = fileURLToPath(new URL("../../../sandbox/main.ts", import.meta.url));

export interface Ready {
  readonly token_url: string;
  readonly invoke_url: string;
  readonly function_name: string;
  readonly aliases: readonly string[];
  readonly box_url: string;
  readonly box_tls_url: string;
  readonly ca_path: string;
  readonly control_url: string;
  readonly control_token: string;
  readonly secrets_manager_url: string;
  readonly dynamodb_url?: string;
  readonly table_name?: string;
  readonly authorize_url?: string;
  readonly connect_url?: string;
  readonly config_path: string;
  readonly region: string;
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly callers: readonly {
    readonly name: string;
    readonly role_arn: string;
    readonly alias: string;
    readonly access_key_id: string;
    readonly secret_access_key: string;
  }[];
}

/** `npm start` without npm, so that the tests do not rebuild. */
export interface Running {
  readonly child: ChildProcess;
  /** Complete lines so far. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Exit code; `null` after a signal. */
  readonly ended: Promise<number | null>;
  /** Resolves with the first line of either output that fits. */
  line(pattern: RegExp): Promise<string>;
}

export const startMain = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Running =>
  startProgram(MAIN, args, { env });

const LISTENED_TO: readonly (readonly [EventEmitter, string])[] = [
  ...["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => [process, signal] as const),
  ...[process.stdout, process.stderr].map((stream) => [stream, "error"] as const),
];

/**
 * Runs the sandbox in this process, with arguments with which it refuses to start; the complete lines that it prints.
 * It listens to signals as if it could end the process: no listener stays.
 */
export async function refusedStart(args: readonly string[], command: StartCommand = NPM_START) {
  const before = LISTENED_TO.map(([emitter, event]) => emitter.listeners(event));
  // With it, a timer that nothing ends would watch npm.
  delete process.env.npm_lifecycle_event;
  const texts = { out: "", err: "" };
  const status = await runSandbox(args, command, {
    out: (text) => {
      texts.out += text;
    },
    err: (text) => {
      texts.err += text;
    },
  });
  for (const [index, [emitter, event]] of LISTENED_TO.entries())
    for (const listener of emitter.listeners(event))
      if (!before[index]?.includes(listener)) emitter.off(event, listener as () => void);
  const linesOf = (text: string) => text.split("\n").slice(0, -1);
  return { status, stdout: linesOf(texts.out), stderr: linesOf(texts.err) };
}

/** Runs a program of JavaScript or TypeScript with a small environment. */
export function startProgram(
  path: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Running {
  const { PATH = "", NODE_COMPILE_CACHE = "", TMPDIR = "/tmp" } = process.env;
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    env: { PATH, NODE_COMPILE_CACHE, TMPDIR, ...env },
  });
  const waiting: { pattern: RegExp; resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  const [stdout, stderr]: string[][] = [[], []];
  for (const [stream, lines] of [
    [child.stdout, stdout],
    [child.stderr, stderr],
  ] as const) {
    createInterface({ input: stream }).on("line", (line) => {
      lines?.push(line);
      for (const one of waiting) if (one.pattern.test(line)) one.resolve(line);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  ended.then(() => {
    for (const { reject, pattern } of waiting)
      reject(new Error(`ended without ${pattern}: ${stderr?.join("\n")}`));
  });
  return {
    child,
    stdout: stdout ?? [],
    stderr: stderr ?? [],
    ended,
    line(pattern) {
      const known = [...(stdout ?? []), ...(stderr ?? [])].find((line) => pattern.test(line));
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => waiting.push({ pattern, resolve, reject }));
    },
  };
}

export async function ready(running: Running): Promise<Ready> {
  return JSON.parse(await running.line(/^\{"token_url"/));
}

/** Requests a token from the Function URL with the printed keys. */
export function requestToken(
  { token_url, access_key_id, secret_access_key }: Ready,
  body = "{}",
  type = "application/json",
): Promise<Response> {
  const identity = { accessKeyId: access_key_id, secretAccessKey: secret_access_key };
  return signedFetch(token_url, identity, { method: "POST", body, headers: { "Content-Type": type } });
}
