import type { FrontEvent } from "../lambda/front.ts";

type Line = Readonly<Record<string, unknown>>;

export interface LiveLog {
  /** Takes one line that a function wrote; tells what to print about it, if anything. */
  functionLine(functionName: string, line: string): string | undefined;
  frontEvent(event: FrontEvent): string;
}

const REMEMBERED_AUDITS = 1_000;
const RUNTIME_ERROR = /^\S+\t(\S+)\tERROR\tInvoke Error/;
const DIAGNOSTIC_NOISE: ReadonlySet<string> = new Set(["kind", "level", "time", "message"]);

/**
 * Turns the functions' JSON lines into one line per request. The audit line says who asked for what, the
 * request line how long each step took; they meet by request id. Anything else is shown as it is.
 */
export function liveLog(now: () => Date = () => new Date()): LiveLog {
  const audits = new Map<string, Line>();
  const time = () => now().toISOString().slice(11, 23);
  return {
    functionLine(functionName, text) {
      const line = jsonObject(text);
      if (line === undefined) return diagnostic(functionName, text, audits);
      const id = String(line.request_id ?? "");
      if (line.kind === "audit") {
        remember(audits, id, line);
        return undefined;
      }
      if (line.kind === "request") return requestLine(time(), functionName, audits.get(id), line);
      return line.kind === "log" || line.level !== undefined ? logLine(functionName, line) : undefined;
    },
    frontEvent({ front, status, caller = "anonymous", reason }) {
      return columns(time(), front, caller, "-", `refused ${status}`, reason);
    },
  };
}

function requestLine(time: string, functionName: string, audit: Line = {}, request: Line): string {
  const subject = [audit.app, audit.subject].filter((part) => typeof part === "string").join(" ");
  const code = audit.code ?? request.code ?? request.Code;
  const outcome = [request.outcome ?? audit.outcome, code]
    .filter((part) => typeof part === "string")
    .join(" ");
  const took = typeof request.duration_ms === "number" ? `= ${milliseconds(request.duration_ms)}` : "";
  const reason = typeof audit.reason === "string" ? `(${audit.reason})` : "";
  const path = [reason, pathOf(audit, request), took].filter((part) => part !== "").join("  ");
  return columns(time, functionName, shortCaller(audit.caller), subject, outcome, path);
}

/** `cache miss → secrets-manager.get 18.2 ms → box.grant 3.0 ms`. */
function pathOf(audit: Line, request: Line): string {
  const cache = audit.cache ?? request.cache;
  const steps = Array.isArray(request.steps) ? (request.steps as unknown[]) : [];
  return [...(typeof cache === "string" ? [`cache ${cache}`] : []), ...steps.map(stepText)].join(" → ");
}

function stepText(step: unknown): string {
  const { step: name = "?", ms, status } = (typeof step === "object" && step !== null ? step : {}) as Line;
  const failed = status !== undefined && status !== 200 ? ` (${String(status)})` : "";
  return `${String(name)} ${typeof ms === "number" ? milliseconds(ms) : "?"}${failed}`;
}

function logLine(functionName: string, line: Line): string {
  const more = Object.entries(line).filter(([name]) => !DIAGNOSTIC_NOISE.has(name));
  const facts = more.map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return `  ${functionName} ${String(line.level ?? "LOG")}: ${[String(line.message ?? ""), ...facts].join(" ")}`;
}

/** The runtime repeats every thrown refusal; one whose audit line was shown needs no second line. */
function diagnostic(
  functionName: string,
  text: string,
  audits: ReadonlyMap<string, Line>,
): string | undefined {
  const requestId = RUNTIME_ERROR.exec(text)?.[1];
  return requestId !== undefined && audits.has(requestId) ? undefined : `  ${functionName}: ${text}`;
}

function remember(audits: Map<string, Line>, id: string, line: Line): void {
  audits.set(id, line);
  const [oldest] = audits.keys();
  if (audits.size > REMEMBERED_AUDITS && oldest !== undefined) audits.delete(oldest);
}

function columns(
  time: string,
  place: string,
  caller: string,
  subject: string,
  outcome: string,
  path: string,
): string {
  return `${time}  ${place.padEnd(12)}  ${caller.padEnd(10)}  ${subject.padEnd(26)}  ${outcome}  ${path}`.trimEnd();
}

const shortCaller = (caller: unknown): string =>
  typeof caller === "string" ? caller.replace(/^.*[/:]/, "") : "unknown";

const milliseconds = (value: number): string => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;

function jsonObject(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}
