import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { CHROMIUM } from "../programs.ts";

const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"],
  // The certificate of a server on loopback is one of a minute ago.
  "--ignore-certificate-errors",
];

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A Chromium with a profile of its own, driven by the DevTools protocol over pipes: no port, no package. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), "box-sts-chromium-"));
  readonly #waiting = new Map<number, PromiseWithResolvers<Message>>();
  readonly #listeners = new Set<(message: Message) => void>();
  #sent = 0;
  #rest = "";

  constructor() {
    this.#process = spawn(CHROMIUM ?? "", [...FLAGS, `--user-data-dir=${this.#profile}`], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    const output = this.#process.stdio[4] as Readable;
    output.setEncoding("utf8").on("data", (text: string) => this.#receive(text));
  }

  async newTab(): Promise<Tab> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId));
    await tab.start();
    return tab;
  }

  async send(method: string, params: object = {}, sessionId?: string) {
    const id = ++this.#sent;
    const waiting = Promise.withResolvers<Message>();
    this.#waiting.set(id, waiting);
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await waiting.promise;
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  }

  onMessage(listener: (message: Message) => void): void {
    this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    await this.send("Browser.close").catch(() => {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #receive(text: string): void {
    const parts = (this.#rest + text).split("\0");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id !== undefined) this.#waiting.get(message.id)?.resolve(message);
      else for (const listener of this.#listeners) listener(message);
    }
  }
}

export interface Emulated {
  /** Of the window, in CSS pixels. */
  readonly width?: number;
  /** Whether pages run JavaScript. */
  readonly scripts?: boolean;
  readonly scheme?: "light" | "dark";
  /** How many times faster the timers of every page are; `timers` in the page counts those that have fired. */
  readonly fasterTimers?: number;
}

/** One tab. */
export class Tab {
  readonly #chromium: Chromium;
  readonly #session: string;
  /** What the browser refused for the sake of security, such as by a content security policy. */
  readonly violations: string[] = [];
  #loaded = Promise.withResolvers<void>();

  constructor(chromium: Chromium, session: string) {
    this.#chromium = chromium;
    this.#session = session;
    chromium.onMessage(({ sessionId, method, params }) => {
      if (sessionId !== session) return;
      if (method === "Page.loadEventFired") this.#loaded.resolve();
      const entry = params?.entry as { readonly source?: string; readonly text?: string } | undefined;
      if (method === "Log.entryAdded" && entry?.source === "security") this.violations.push(entry.text ?? "");
    });
  }

  async start(): Promise<void> {
    for (const domain of ["Page", "Log", "Runtime"]) await this.#send(`${domain}.enable`);
  }

  /** Opens an address, in front of the other tabs, and waits for the page at the end of all redirects. */
  async open(url: string): Promise<void> {
    await this.#send("Page.bringToFront");
    return this.#loading(() => this.#send("Page.navigate", { url }));
  }

  reload(): Promise<void> {
    return this.#loading(() => this.#send("Page.reload"));
  }

  /** Clicks, and waits for the page to which that leads. */
  click(selector: string): Promise<void> {
    return this.#loading(() => this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`));
  }

  /** The value of an expression in the page, or what its promise resolves to. @throws Error that the page threw */
  async evaluate(expression: string): Promise<unknown> {
    const parameters = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", parameters);
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value?: unknown }).value;
  }

  /** Waits until an expression is true in the page, which is evaluated whenever the page changes. */
  async until(expression: string): Promise<void> {
    await this.evaluate(`new Promise((resolve) => {
      const check = () => (${expression}) && (observer.disconnect(), resolve());
      const observer = new MutationObserver(check);
      const everything = { subtree: true, childList: true, attributes: true, characterData: true };
      observer.observe(document, everything);
      check();
    })`);
  }

  /** Types a key as a person does: `Tab`, `Enter`. */
  async press(key: string): Promise<void> {
    const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27, " ": 32 };
    const facts = {
      key,
      code: key,
      windowsVirtualKeyCode: codes[key],
      text: key === "Enter" ? "\r" : undefined,
    };
    await this.#send("Input.dispatchKeyEvent", { type: "keyDown", ...facts });
    await this.#send("Input.dispatchKeyEvent", { type: "keyUp", ...facts, text: undefined });
  }

  /** Sets what a person has set in the browser or the system. */
  async emulate({ width, scripts, scheme, fasterTimers }: Emulated): Promise<void> {
    if (fasterTimers !== undefined) {
      const source = `{
        const { setTimeout } = window;
        window.timers = 0;
        window.setTimeout = (callback, ms) =>
          setTimeout(() => (callback(), window.timers += 1), ms / ${fasterTimers});
      }`;
      await this.#send("Page.addScriptToEvaluateOnNewDocument", { source });
    }
    if (width !== undefined) {
      const metrics = { width, height: 800, deviceScaleFactor: 1, mobile: false };
      await this.#send("Emulation.setDeviceMetricsOverride", metrics);
    }
    if (scripts !== undefined) await this.#send("Emulation.setScriptExecutionDisabled", { value: !scripts });
    if (scheme !== undefined) {
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await this.#send("Emulation.setEmulatedMedia", { features });
    }
  }

  /** The roles that assistive technology is given, in order. */
  async roles(): Promise<readonly string[]> {
    const { nodes } = await this.#send("Accessibility.getFullAXTree");
    return (nodes as readonly { role?: { value: string } }[]).map(({ role }) => role?.value ?? "");
  }

  /** The names and texts that assistive technology is given, in order. */
  async names(): Promise<readonly string[]> {
    const { nodes } = await this.#send("Accessibility.getFullAXTree");
    return (nodes as readonly { name?: { value: string } }[]).map(({ name }) => name?.value ?? "");
  }

  #send(method: string, params: object = {}) {
    return this.#chromium.send(method, params, this.#session);
  }

  async #loading(run: () => Promise<unknown>): Promise<void> {
    this.#loaded = Promise.withResolvers();
    await run();
    await this.#loaded.promise;
  }
}
