import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { parseTokenRequest } from "../../../../schemas/protocol/token-request.ts";
import {
  CALLER,
  contextOf,
  credentialsOf,
  EVERYTHING,
  notIssued,
  policyOf,
  tokenHarness,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const digest = policyOf(EVERYTHING);

/** The audit line of a full token for the app's own enterprise; the other outcomes state their differences. */
const line = {
  kind: "audit",
  time: "2026-06-01T12:00:00.000Z",
  request_id: "request-1",
  action: "issue",
  outcome: "issued",
  code: null,
  reason: null,
  caller: "iam" in CALLER ? CALLER.iam : "",
  ...{ caller_name: null, caller_session: null, source_ip: null, function_version: null },
  ...{ client_id: "client-1", secret_version: "v1", secret_stage: "AWSCURRENT" },
  app: "reports",
  box_request_id: null,
  subject: "enterprise:900001",
  scopes_asked: null,
  resource_asked: null,
  scopes_granted: null,
  resource_granted: null,
  statement: "everything",
  isolated: false,
  effect: null,
  policy_digest: digest.available ? digest.digest : "",
  cache: "miss",
  token_sha256: sha256("jwt-token-1"),
  expires_in: 3600,
};
const nothingIssued = { cache: null, token_sha256: null, expires_in: null };
const noCredentials = { client_id: null, secret_version: null, secret_stage: null };
const nothingGranted = { ...nothingIssued, ...noCredentials, statement: null, isolated: null };
const nothingUnderstood = { ...nothingGranted, app: null, subject: null, policy_digest: null };

describe("every decision writes one line:", () => {
  it("issued, a full token", async () => {
    const harness = tokenHarness();
    await harness.request();
    expect(harness.audit.events).toEqual([line]);
  });

  it("issued, a downscoped token for a user, requested through an alias", async () => {
    const nightly = { ...EVERYTHING, id: "nightly", caller: { alias: "nightly" } };
    const policy = policyOf(nightly);
    const harness = tokenHarness({ policy });
    const resource = "https://api.box.com/2.0/files/5";
    const subject = { box_subject_type: "user", box_subject_id: "12" };
    await harness.request({ ...subject, scope: "item_upload item_download", resource }, { alias: "nightly" });
    const scopes = ["item_download", "item_upload"];
    expect(harness.audit.events).toEqual([
      {
        ...line,
        caller: "alias:nightly",
        caller_name: "nightly",
        subject: "user:12",
        statement: "nightly",
        policy_digest: policy.available && policy.digest,
        scopes_asked: scopes,
        resource_asked: resource,
        scopes_granted: scopes,
        resource_granted: resource,
        token_sha256: sha256("exchange-token-2"),
      },
    ]);
  });

  it("issued from the cache, with the seconds left", async () => {
    const harness = tokenHarness();
    await harness.request();
    await harness.clock.advance(60_000);
    await harness.request();
    expect(harness.audit.last).toEqual({
      ...line,
      time: "2026-06-01T12:01:00.000Z",
      request_id: "request-2",
      cache: "hit",
      expires_in: 3540,
    });
  });

  it("denied by the policy", async () => {
    const harness = tokenHarness();
    await harness.request({ scope: "item_upload" }, { iam: "arn:aws:iam::123456789012:role/unknown" });
    expect(harness.audit.events).toEqual([
      {
        ...line,
        ...nothingGranted,
        outcome: "denied",
        code: "unauthorized_client",
        reason: "no statement matches",
        caller: "arn:aws:iam::123456789012:role/unknown",
        subject: "enterprise",
        scopes_asked: ["item_upload"],
      },
    ]);
  });

  it("denied for an unidentified caller", async () => {
    const harness = tokenHarness();
    await harness.request({}, { unidentified: "the event has no IAM identity" });
    expect(harness.audit.events).toEqual([
      {
        ...line,
        ...nothingGranted,
        outcome: "denied",
        code: "unauthorized_client",
        reason: "the event has no IAM identity",
        caller: "unidentified",
        subject: "enterprise",
      },
    ]);
  });

  it("denied for a foreign enterprise, with the reason in the log alone", async () => {
    const harness = tokenHarness();
    await harness.request({ box_subject_id: "900002" });
    expect(harness.audit.events).toEqual([
      {
        ...line,
        ...nothingIssued,
        outcome: "denied",
        code: "unauthorized_client",
        reason: "the enterprise is not the app's own",
        subject: "enterprise:900002",
      },
    ]);
  });

  it("denied because the request is malformed", async () => {
    const harness = tokenHarness();
    await harness.request({ min_ttl: "soon" });
    expect(harness.audit.events).toEqual([
      {
        ...line,
        ...nothingUnderstood,
        outcome: "denied",
        code: "invalid_request",
        reason: "min_ttl must be a whole number of seconds from 0 to 1800.",
      },
    ]);
  });

  it("denied because the policy makes the request ambiguous", async () => {
    const harness = tokenHarness({ policy: policyOf(EVERYTHING, { ...EVERYTHING, id: "again" }) });
    await harness.request();
    expect(harness.audit.last).toMatchObject({
      ...nothingGranted,
      outcome: "denied",
      code: "invalid_request",
      reason: "more than one statement matches",
    });
  });

  it("failed because of Box, with the adapter's message", async () => {
    const harness = tokenHarness();
    harness.box.respondWith(
      new Failure("box_app_not_authorized", "Box responded with 400 unauthorized_client"),
    );
    await harness.request();
    expect(harness.audit.events).toEqual([
      {
        ...line,
        ...nothingIssued,
        outcome: "failed",
        code: "box_app_not_authorized",
        reason: "Box responded with 400 unauthorized_client",
      },
    ]);
  });

  it("issued, with the Box request id of the call that returned the token, also from the cache", async () => {
    const harness = tokenHarness();
    harness.box.respondWith({ boxRequestId: "box-1" });
    for (const cache of ["miss", "hit"]) {
      await harness.request();
      expect(harness.audit.last).toMatchObject({ cache, box_request_id: "box-1" });
    }
  });

  it("issued, with the Box request id of the last call, if Box refused an earlier one", async () => {
    const harness = tokenHarness();
    harness.box.respondWith(new Failure("box_clock_skewed", "exp", { boxRequestId: "box-1" }), {
      boxRequestId: "box-2",
    });
    await harness.request();
    expect(harness.audit.last).toMatchObject({ outcome: "issued", box_request_id: "box-2" });
  });

  it("failed, with the Box request id of the refused call, for the caller and for a repeated request as well", async () => {
    const harness = tokenHarness();
    harness.box.respondWith(new Failure("box_app_not_authorized", "no", { boxRequestId: "box-1" }));
    for (let request = 0; request < 2; request += 1) {
      expect(notIssued(await harness.request()).problem.box_request_id).toBe("box-1");
      expect(harness.audit.last).toMatchObject({ outcome: "failed", box_request_id: "box-1" });
    }
    expect(harness.box.calls).toHaveLength(1);
  });

  it("failed, with the Box request id of the call that returned a wider token than requested", async () => {
    const policy = policyOf({ ...EVERYTHING, unrestricted: undefined, scopes: ["item_download"] } as never);
    const harness = tokenHarness({ policy });
    harness.box.respondWith({}, { boxRequestId: "box-2", restricted_to: [{ scope: "item_upload" }] });
    expect(notIssued(await harness.request()).problem).toMatchObject({
      code: "box_unexpected_answer",
      box_request_id: "box-2",
    });
  });

  it.each([
    ["box_refused", undefined],
    ["box_rate_limited", 7],
  ] as const)(
    "failed with %s, which names the time to wait only if waiting helps",
    async (code, expected) => {
      const harness = tokenHarness();
      harness.box.rule = () => new Failure(code, "scripted", { retryAfter: 7 });
      const { problem } = notIssued(await harness.request({}, undefined, 3_000));
      expect([problem.code, problem.retry_after]).toEqual([code, expected]);
    },
  );

  it("failed because of Secrets Manager, before the subject's id was known", async () => {
    const harness = tokenHarness();
    harness.credentials.failure = new Failure("secret_forbidden", "Secrets Manager: AccessDeniedException");
    await harness.request();
    expect(harness.audit.events).toEqual([
      {
        ...line,
        ...nothingIssued,
        ...noCredentials,
        outcome: "failed",
        code: "secret_forbidden",
        reason: "Secrets Manager: AccessDeniedException",
        subject: "enterprise",
      },
    ]);
  });

  it("issued with the previous version of the secret, which the line names", async () => {
    const harness = tokenHarness();
    harness.credentials.others.push(credentialsOf({ versionId: "v0", stage: "AWSPREVIOUS" }));
    harness.box.respondWith(new Failure("box_key_refused", "kid"));
    await harness.request();
    expect(harness.audit.last).toMatchObject({ secret_version: "v0", secret_stage: "AWSPREVIOUS" });
  });

  it.each([
    ["the name that the deployment maps its role to", { ...CALLER, name: "reports" }, "reports"],
    ["its alias, which is its name", { alias: "nightly" }, "nightly"],
    ["null, where it has no name", CALLER, null],
  ])("with the caller's name: %s", async (_case, caller, name) => {
    const harness = tokenHarness();
    await harness.issue({ caller, request: parseTokenRequest({}) }, contextOf(harness.clock));
    expect(harness.audit.last).toMatchObject({ caller_name: name });
  });

  it("with labels of the call, which affect no decision", async () => {
    const harness = tokenHarness();
    const labels = { session: "build-17", sourceIp: "192.0.2.7", functionVersion: "42" };
    const request = parseTokenRequest({});
    await harness.issue({ caller: CALLER, labels, request }, contextOf(harness.clock));
    expect(harness.audit.last).toMatchObject({
      ...{ caller_session: "build-17", source_ip: "192.0.2.7", function_version: "42", outcome: "issued" },
    });
  });

  it("also if a failure carries an unknown code", async () => {
    for (const code of ["constructor", "__proto__", "toString", "no_such_code"]) {
      const harness = tokenHarness();
      harness.credentials.failure = new Failure(code as ProblemCode, "an upstream chose this name");
      expect(notIssued(await harness.request()).problem.code).toBe("internal_error");
      expect(harness.audit.last).toMatchObject({ outcome: "failed", code: "internal_error" });
    }
  });

  it("one per request, each with its own id, if many wait for the same token", async () => {
    const harness = tokenHarness();
    harness.box.latency = 100;
    await harness.clock.finish(Promise.all([harness.begin({}), harness.begin({}), harness.begin({})]));
    const lines = harness.audit.events.map(({ request_id, cache }) => `${request_id} ${cache}`);
    expect(lines.sort()).toEqual(["request-1 miss", "request-2 joined", "request-3 joined"]);
  });
});

it("issueToken writes only the context's request id to the audit line, whatever the caller sends", async () => {
  const harness = tokenHarness();
  await harness.request({ request_id: "forged", kind: "audit", outcome: "issued" });
  expect(harness.audit.events).toEqual([
    expect.objectContaining({ request_id: "request-1", outcome: "denied" }),
  ]);
});
