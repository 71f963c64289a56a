import { AuditRecord } from "../../functions/broker/audit-record.ts";
import validate from "../../schemas/generated/audit-event.js";

/**
 * Judges every audit event that the tests cause, by `schemas/audit-event.schema.json`: those of the broker in this process,
 * and the lines of the functions that the sandbox hosts. A test that emits an invalid one fails (`test/audit-lines.ts`).
 */
const problems: string[] = [];
/** More say nothing new, and a fuzz test makes thousands. */
const KEPT_PROBLEMS = 5;

/** What is wrong with the events so far; forgets it. */
export function takeAuditProblems(): readonly string[] {
  return problems.splice(0);
}

/** @param event an audit event, or what should be one */
export function judgeAuditEvent(event: unknown): void {
  if (validate(event)) return;
  const where = (validate.errors ?? []).map(
    ({ instancePath, keyword, params }) => `${instancePath || "/"} ${keyword} ${JSON.stringify(params)}`,
  );
  note(`${where.join("; ")}: ${JSON.stringify(event)}`);
}

/** Judges a line of a function's log if it is an audit line, or was meant to be one. */
export function judgeLogLine(line: string): void {
  if (!line.includes('"kind":"audit"')) return;
  try {
    const parsed: unknown = JSON.parse(line);
    if ((parsed as { kind?: unknown } | null)?.kind === "audit") judgeAuditEvent(parsed);
  } catch {
    // Lambda's own lines quote a thrown refusal; an audit line is always JSON from its first character.
    if (line.startsWith('{"kind":"audit"')) note(`not JSON: ${line}`);
  }
}

function note(problem: string): void {
  if (problems.length < KEPT_PROBLEMS) problems.push(problem);
}

const WATCHED = Symbol.for("box-sts: audit events are validated");

/** Has every event of the broker in this process judged; calling it again changes nothing. */
export function watchAuditRecords(): void {
  const { event } = AuditRecord.prototype;
  if (WATCHED in event) return;
  function watched(this: AuditRecord, now: number) {
    const made = event.call(this, now);
    judgeAuditEvent(made);
    return made;
  }
  AuditRecord.prototype.event = Object.assign(watched, { [WATCHED]: true });
}
