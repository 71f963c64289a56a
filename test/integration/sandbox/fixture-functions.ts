import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FunctionSettings,
  type HostedFunction,
  hostFunction,
} from "../../../sandbox/lambda/hosted-function.ts";

/** A folder with bundles that tests write as text. */
export interface Bundles extends AsyncDisposable {
  host(name: string, source: string, settings?: Partial<FunctionSettings>): Promise<HostedFunction>;
}

export async function bundles(): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), "box-sts-bundles-"));
  const hosted: HostedFunction[] = [];
  return {
    async host(name, source, settings = {}) {
      const entry = join(folder, `${name}-${hosted.length}.mjs`);
      await writeFile(entry, source);
      const made = hostFunction({ name, entry, region: "us-east-1", env: {}, ...settings });
      hosted.push(made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(hosted.map((one) => one.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What holds `VERSATILE`'s requests with `{ do: "hold", port }`, each for as long as its connection. */
export interface Holder extends AsyncDisposable {
  readonly port: number;
  /** Resolves when so many requests are held. */
  held(count: number): Promise<void>;
  /** Ends all that are held. */
  release(): void;
}

export async function holder(): Promise<Holder> {
  const sockets = new Set<Socket>();
  const changed = new EventEmitter();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    changed.emit("change");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const release = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    async held(count) {
      while (sockets.size < count) await once(changed, "change");
    },
    release,
    async [Symbol.asyncDispose]() {
      release();
      await once(server.close(), "close");
    },
  };
}

/** Returns the event, or runs the action in the event's `do`. */
export const VERSATILE = `
let calls = 0;
const waiting = [];
let left;
export const handler = async (event, context) => {
  calls += 1;
  const todo = typeof event === "object" && event !== null ? event.do : undefined;
  if (todo === "throw") throw Object.assign(new Error(event.message), { name: event.name, ...(event.stack === undefined ? {} : { stack: event.stack }) });
  if (todo === "throw-text") throw "just text";
  if (todo === "exit") process.exit(event.code);
  if (todo === "crash") { setTimeout(() => { throw new Error("outside"); }); return new Promise(() => {}); }
  if (todo === "reject-elsewhere") { Promise.reject(new Error("nobody waits")); return new Promise(() => {}); }
  if (todo === "hang") return new Promise(() => {});
  if (todo === "wait") return new Promise((resolve) => waiting.push(resolve));
  if (todo === "release") { const count = waiting.length; for (const resolve of waiting) resolve("released"); return count; }
  if (todo === "hold") { const { connect } = await import("node:net"); return new Promise((resolve) => connect(event.port, "127.0.0.1").on("close", () => resolve(calls)).resume()); }
  if (todo === "print-afterwards") { setTimeout(() => console.log(event.text), 1); return "returned"; }
  if (todo === "leave-work") { left = undefined; setTimeout(() => { left = Date.now(); }, 1); return "returned"; }
  if (todo === "left-work") { await new Promise((resolve) => setTimeout(resolve, 1)); return left; }
  if (todo === "leave-rejection") { setTimeout(() => { Promise.reject(new Error("left behind")); }, 1); return "returned"; }
  if (todo === "complain") { console.error(event.text); return "complained"; }
  if (todo === "fail-and-print") { console.log("attempt " + context.awsRequestId); throw new Error("no"); }
  if (todo === "repeat") return event.text.repeat(event.times);
  if (todo === "calls") return calls;
  if (todo === "depth") { let depth = 0; for (let at = event.value; at.length > 0; at = at[0]) depth += 1; return depth; }
  if (todo === "env") return process.env;
  if (todo === "context") return { ...context, remaining: context.getRemainingTimeInMillis() };
  if (todo === "undefined") return undefined;
  if (todo === "cycle") { const a = {}; a.a = a; return a; }
  if (todo === "print") { console.log(event.text); return "printed"; }
  if (todo === "print-partly") { process.stdout.write(event.text); return "printed"; }
  if (todo === "close-output") { process.stdout.destroy(); return "closed"; }
  return event;
};`;
