import { channel } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import type { AuditEvent } from "../../../functions/broker/audit-event.ts";
import { AuditRecord } from "../../../functions/broker/audit-record.ts";
import { FUNCTION_LINES } from "../../../sandbox/lambda/hosted-function.ts";
import { judgeAuditEvent, judgeLogLine, takeAuditProblems } from "../../support/audit-lines.ts";
import { tokenHarness } from "../../support/fake-ports.ts";

async function issuedEvent(): Promise<AuditEvent> {
  const harness = tokenHarness();
  await harness.request();
  return harness.audit.last as AuditEvent;
}

describe("an audit event that does not fit its schema fails the test that caused it:", () => {
  test.fails("one of the broker in this process", () => {
    new AuditRecord("issue", "", { alias: "nightly" }).event(0);
  });

  test.fails("one that a harness of the broker writes", async () => {
    await tokenHarness().request({}, { iam: "no ARN" });
  });

  test.fails("one in the log of a function that the sandbox hosts", () => {
    channel(FUNCTION_LINES).publish('{"kind":"audit","outcome":"issued"}');
  });
});

describe("an audit event is judged:", () => {
  test.each<[string, object]>([
    ["another property", { token: "secret" }],
    ["a token instead of its hash", { token_sha256: "jwt-token-1" }],
    ["an hour without a time zone", { time: "2026-03-01T00:00:00.000" }],
    ["a problem code that is in no table", { outcome: "denied", code: "not_a_code", reason: "x" }],
    ["an outcome that no request has", { outcome: "granted" }],
    ["an issued token without its hash", { token_sha256: null }],
    ["an issued token without the statement that allowed it", { statement: null }],
    ["an issued token with a problem", { code: "internal_error", reason: "x" }],
    ["a denial without a reason", { outcome: "denied", code: "unauthorized_client" }],
    ["a token request that revoked something", { effect: "evicted" }],
    ["a revocation that issued something", { action: "revoke" }],
    ["a scope with a space", { scopes_asked: ["item_download item_upload"] }],
    ["a resource at another host", { resource_granted: "https://example.com/2.0/folders/1" }],
  ])("%s does not fit", async (_, changes) => {
    judgeAuditEvent({ ...(await issuedEvent()), ...changes });
    expect(takeAuditProblems()).toHaveLength(1);
  });

  test("an absent property does not fit, whichever it is", async () => {
    const event = await issuedEvent();
    for (const name of Object.keys(event)) {
      const { [name as keyof AuditEvent]: _, ...others } = event;
      judgeAuditEvent(others);
      expect(takeAuditProblems(), name).toHaveLength(1);
    }
  });

  test("half a line does not fit", () => {
    judgeLogLine('{"kind":"audit","time":');
    expect(takeAuditProblems()).toHaveLength(1);
  });

  test("the event itself fits, and so does a line of another kind", async () => {
    judgeLogLine(JSON.stringify(await issuedEvent()));
    judgeLogLine('{"kind":"request"}');
    judgeLogLine('2026-11-21T12:00:00Z\tid\tERROR\t{"errorMessage":"{\\"kind\\":\\"audit\\"}"}');
    expect(takeAuditProblems()).toEqual([]);
  });
});
