import { subscribe } from "node:diagnostics_channel";
import { afterAll, afterEach, expect } from "vitest";
import { FUNCTION_LINES } from "../sandbox/lambda/hosted-function.ts";
import { judgeLogLine, takeAuditProblems, watchAuditRecords } from "./support/audit-lines.ts";

/**
 * Set-up of the projects that run the broker: each audit event is validated where it is emitted, and one that does not
 * fit the schema fails its test.
 */
watchAuditRecords();
subscribe(FUNCTION_LINES, (line) => judgeLogLine(String(line)));

const fail = () => expect(takeAuditProblems(), "audit events that do not fit their schema").toEqual([]);
afterEach(fail);
afterAll(fail);
