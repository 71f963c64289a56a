import { isObject } from "../../schemas/json/is-object.ts";
import type { Caller } from "../../schemas/policy/caller.ts";
import { nearestStatement, nearestText } from "../../schemas/policy/nearest-statement.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import { TABLE_OPERATIONS } from "../dynamodb/operations.ts";
import type { FrontEvent } from "../lambda/front-faults.ts";
import { COLUMNS, type Paint, wrapped } from "./terminal.ts";

type Line = Readonly<Record<string, unknown>>;

export interface LiveLog {
  /** Takes one line that a function wrote; returns what to print about it, if anything. */
  functionLine(functionName: string, line: string): string | undefined;
  frontEvent(event: FrontEvent): string;
  /** Something that happened to a fault. */
  faultLine(text: string): string;
}

export interface LiveLogOptions {
  readonly now?: () => Date;
  readonly paint?: Paint;
  /** Width of the terminal at this moment; default: always 100. */
  readonly columns?: () => number;
  /** The policy by which a refusal is explained, once it is known. */
  readonly policy?: () => Policy | undefined;
}

const REMEMBERED_AUDITS = 1_000;
const RUNTIME_ERROR = /^\S+\t(\S+)\tERROR\tInvoke Error/;
const DIAGNOSTIC_NOISE: ReadonlySet<string> = new Set(["kind", "level", "time", "message"]);
const INDENT = "    ";

/**
 * Turns the functions' JSON lines into an entry per request: who got what, or was refused, then what was requested
 * and by which path, each line at most `columns` wide. The audit line has who requested what, the request line how
 * long each step took; they meet by request id. Anything else is shown as it is.
 */
export function liveLog({
  now = () => new Date(),
  paint = (_, text) => text,
  columns = () => COLUMNS,
  policy,
}: LiveLogOptions = {}): LiveLog {
  const audits = new Map<string, Line>();
  const lines = (text: string, indent: string) => wrapped(text, indent, columns());
  const entry = (
    isGood: boolean,
    place: string,
    caller: string,
    outcome: string,
    facts: readonly string[],
  ) => {
    const time = `${now().toISOString().slice(11, 23)}Z`;
    const [first = "", ...more] = lines(`${time}  ${place.padEnd(12)}  ${caller}  ${outcome}`, "  ");
    const head = `${isGood ? paint("green", "✓") : paint("red", "✗")}${first.slice(1)}`;
    const below = [...more, ...facts.filter((fact) => fact !== "").flatMap((fact) => lines(fact, INDENT))];
    return [isGood ? head : paint("red", head), ...below.map((line) => paint("dim", line))].join("\n");
  };
  const healthEntry = (functionName: string, line: Line) => {
    // The line of the metric `AppsNotAuthorized` counts what the lines of the apps report.
    if (line.AppsNotAuthorized !== undefined) return undefined;
    const { subject, outcome, facts } = healthOf(line);
    return entry(line.healthy === true, functionName, subject, outcome, facts);
  };
  return {
    functionLine(functionName, text) {
      const line = jsonObject(text);
      if (line === undefined)
        return isRepeated(text, audits) ? undefined : lines(`${functionName}: ${text}`, "  ").join("\n");
      const id = String(line.request_id ?? "");
      if (line.kind === "audit") {
        remember(audits, id, line);
        return undefined;
      }
      if (line.kind === "request") {
        const audit = audits.get(id) ?? {};
        const facts = [
          requestedText(audit),
          reasonOf(audit, policy?.()),
          pathOf(audit, line),
          tableOf(line),
          cacheFailureOf(line),
        ];
        const isGranted = ["issued", "revoked"].includes(String(line.outcome ?? audit.outcome));
        return entry(isGranted, functionName, shortCaller(audit.caller), outcomeOf(audit, line), facts);
      }
      if (line.kind === "health") return healthEntry(functionName, line);
      if (line.kind !== "log" && line.level === undefined) return undefined;
      return lines(logText(functionName, line), "  ").join("\n");
    },
    frontEvent({ front, status, caller = "anonymous", reason }) {
      return entry(false, front, caller, `refused ${status}`, [reason]);
    },
    faultLine: (text) => paint("yellow", lines(text, "! ").join("\n")),
  };
}

/** What was checked (an app, the policy, or the table), the verdict, and why it failed. */
function healthOf(line: Line): {
  readonly subject: string;
  readonly outcome: string;
  readonly facts: readonly string[];
} {
  const { check, code, detail } = (line.failure ?? {}) as Line;
  const checks = Array.isArray(line.passed) ? [`passed: ${line.passed.join(", ")}`] : [];
  return {
    subject: String(line.app ?? check ?? "policy"),
    outcome: line.healthy === true ? "healthy" : `unhealthy ${String(code)}`,
    facts: [...checks, ...(typeof detail === "string" ? [detail] : [])],
  };
}

/** `issued by reports-read, 131 ms`, `denied unauthorized_client, 0.5 ms`. */
function outcomeOf(audit: Line, request: Line): string {
  const words = [request.outcome ?? audit.outcome, audit.code ?? request.code ?? request.Code];
  const by = typeof audit.statement === "string" ? [`by ${audit.statement}`] : [];
  const said = [...words.filter((part) => typeof part === "string"), ...by].join(" ");
  return typeof request.duration_ms === "number" ? `${said}, ${milliseconds(request.duration_ms)}` : said;
}

/** `reports enterprise:1, scope item_download, folders/987`: granted, or else requested. */
function requestedText(audit: Line): string {
  const who = [audit.app, audit.subject].filter((part) => typeof part === "string").join(" ");
  const scopes = audit.scopes_granted ?? audit.scopes_asked;
  const scope = Array.isArray(scopes)
    ? `scope ${scopes.join(" ")}`
    : audit.outcome === "issued"
      ? "every scope of the app"
      : "";
  const resource = audit.resource_granted ?? audit.resource_asked;
  const item = typeof resource === "string" ? resource.split("/").slice(-2).join("/") : "";
  return [who, scope, item].filter((part) => part !== "").join(", ");
}

/** The audit line's reason; for a refusal of the policy also the statement that came nearest. */
function reasonOf(audit: Line, policy: Policy | undefined): string {
  if (typeof audit.reason !== "string") return "";
  const { caller, caller_name: name, app, subject, scopes_asked: scopes, resource_asked: resource } = audit;
  const isRefusal = audit.code === "unauthorized_client" && typeof app === "string";
  if (policy === undefined || !isRefusal) return audit.reason;
  const nearest = nearestStatement(policy, {
    caller: callerOf(String(caller), typeof name === "string" ? name : undefined),
    app,
    subject: String(subject),
    scopes: Array.isArray(scopes) ? scopes.map(String) : undefined,
    resource: typeof resource === "string" ? resource : undefined,
  });
  return nearest === undefined ? audit.reason : `${audit.reason}; the nearest: ${nearestText(nearest)}`;
}

/** The caller of an audit line. */
function callerOf(text: string, name: string | undefined): Caller {
  if (text.startsWith("arn:")) return { iam: text, ...(name !== undefined && { name }) };
  return text.startsWith("alias:") ? { alias: text.slice("alias:".length) } : { unidentified: text };
}

/** `cache miss → secrets-manager.get 18.2 ms → box.grant 3.0 ms`: without the calls to the table, which are many. */
function pathOf(audit: Line, request: Line): string {
  const cache = audit.cache ?? request.cache;
  const steps = stepsOf(request).filter((step) => !isOfTable(step));
  return [...(typeof cache === "string" ? [`cache ${cache}`] : []), ...steps.map(stepText)].join(" → ");
}

/** `shared cache: 2 reads, 6 writes, 41.3 ms`. */
function tableOf(request: Line): string {
  const steps = stepsOf(request).filter(isOfTable);
  if (steps.length === 0) return "";
  const reads = steps.filter(({ step }) => step === TABLE_OPERATIONS.GetItem).length;
  const total = steps.reduce((sum, { ms }) => sum + (typeof ms === "number" ? ms : 0), 0);
  const counts = [...counted(reads, "read"), ...counted(steps.length - reads, "write")];
  return `shared cache: ${[...counts, milliseconds(total)].join(", ")}`;
}

const counted = (count: number, noun: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${noun}${count === 1 ? "" : "s"}`];

const stepsOf = ({ steps }: Line): readonly Line[] => (Array.isArray(steps) ? steps.filter(isObject) : []);

const isOfTable = ({ step }: Line): boolean => String(step).startsWith("dynamodb.");

/** Why the request was served without the shared cache. */
function cacheFailureOf({ shared_cache_failure: reason }: Line): string {
  return typeof reason === "string" ? `without the shared cache: ${reason}` : "";
}

function stepText({ step: name = "?", ms, status }: Line): string {
  const failed = status !== undefined && status !== 200 ? ` (${String(status)})` : "";
  return `${String(name)} ${typeof ms === "number" ? milliseconds(ms) : "?"}${failed}`;
}

function logText(functionName: string, line: Line): string {
  const more = Object.entries(line).filter(([name]) => !DIAGNOSTIC_NOISE.has(name));
  const facts = more.map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [`${functionName} ${String(line.level ?? "LOG")}:`, String(line.message ?? ""), ...facts].join(" ");
}

/** The runtime repeats every thrown refusal; one whose audit line was shown needs no second line. */
function isRepeated(text: string, audits: ReadonlyMap<string, Line>): boolean {
  const requestId = RUNTIME_ERROR.exec(text)?.[1];
  return requestId !== undefined && audits.has(requestId);
}

function remember(audits: Map<string, Line>, id: string, line: Line): void {
  audits.set(id, line);
  const [oldest] = audits.keys();
  if (audits.size > REMEMBERED_AUDITS && oldest !== undefined) audits.delete(oldest);
}

const shortCaller = (caller: unknown): string =>
  typeof caller === "string" ? caller.replace(/^.*[/:]/, "") : "unknown";

const milliseconds = (value: number): string => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;

function jsonObject(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
