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
  tokenDesk,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const digest = policyOf(EVERYTHING);

/** The line of a full token for the app's own enterprise; each outcome differs from it. */
const line = {
  kind: "audit",
  time: "2026-06-01T12:00:00.000Z",
  request_id: "request-1",
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
  policy_digest: digest.available ? digest.digest : "",
  cache: "miss",
  token_sha256: sha256("jwt-token-1"),
  expires_in: 3600,
};
const nothingIssued = { cache: null, token_sha256: null, expires_in: null };
const noCredentials = { client_id: null, secret_version: null, secret_stage: null };
const nothingGranted = { ...nothingIssued, ...noCredentials, statement: null };
const nothingUnderstood = { ...nothingGranted, app: null, subject: null, policy_digest: null };

describe("every decision writes one line:", () => {
  it("issued, a full token", async () => {
    const desk = tokenDesk();
    await desk.ask();
    expect(desk.audit.events).toEqual([line]);
  });

  it("issued, a downscoped token for a user, asked for through an alias", async () => {
    const nightly = { ...EVERYTHING, id: "nightly", caller: { alias: "nightly" } };
    const policy = policyOf(nightly);
    const desk = tokenDesk({ policy });
    const resource = "https://api.box.com/2.0/files/5";
    const subject = { box_subject_type: "user", box_subject_id: "12" };
    await desk.ask({ ...subject, scope: "item_upload item_download", resource }, { alias: "nightly" });
    const scopes = ["item_download", "item_upload"];
    expect(desk.audit.events).toEqual([
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
    const desk = tokenDesk();
    await desk.ask();
    await desk.clock.advance(60_000);
    await desk.ask();
    expect(desk.audit.last).toEqual({
      ...line,
      time: "2026-06-01T12:01:00.000Z",
      request_id: "request-2",
      cache: "hit",
      expires_in: 3540,
    });
  });

  it("denied by the policy", async () => {
    const desk = tokenDesk();
    await desk.ask({ scope: "item_upload" }, { iam: "arn:aws:iam::123456789012:role/stranger" });
    expect(desk.audit.events).toEqual([
      {
        ...line,
        ...nothingGranted,
        outcome: "denied",
        code: "unauthorized_client",
        reason: "no statement matches",
        caller: "arn:aws:iam::123456789012:role/stranger",
        subject: "enterprise",
        scopes_asked: ["item_upload"],
      },
    ]);
  });

  it("denied for a caller that nothing identifies", async () => {
    const desk = tokenDesk();
    await desk.ask({}, { unidentified: "the event has no IAM identity" });
    expect(desk.audit.events).toEqual([
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

  it("denied for a foreign enterprise, whose reason only the log has", async () => {
    const desk = tokenDesk();
    await desk.ask({ box_subject_id: "900002" });
    expect(desk.audit.events).toEqual([
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
    const desk = tokenDesk();
    await desk.ask({ min_ttl: "soon" });
    expect(desk.audit.events).toEqual([
      {
        ...line,
        ...nothingUnderstood,
        outcome: "denied",
        code: "invalid_request",
        reason: "min_ttl must be a whole number of seconds from 0 to 1800.",
      },
    ]);
  });

  it("denied because the policy leaves several ways open", async () => {
    const desk = tokenDesk({ policy: policyOf(EVERYTHING, { ...EVERYTHING, id: "again" }) });
    await desk.ask();
    expect(desk.audit.last).toMatchObject({
      ...nothingGranted,
      outcome: "denied",
      code: "invalid_request",
      reason: "more than one statement matches",
    });
  });

  it("failed because of Box, in the adapter's words", async () => {
    const desk = tokenDesk();
    desk.box.answers(new Failure("box_app_not_authorized", "Box answered 400 unauthorized_client"));
    await desk.ask();
    expect(desk.audit.events).toEqual([
      {
        ...line,
        ...nothingIssued,
        outcome: "failed",
        code: "box_app_not_authorized",
        reason: "Box answered 400 unauthorized_client",
      },
    ]);
  });

  it("issued, with Box's name of the request that returned the token, also from the cache", async () => {
    const desk = tokenDesk();
    desk.box.answers({ boxRequestId: "box-1" });
    for (const cache of ["miss", "hit"]) {
      await desk.ask();
      expect(desk.audit.last).toMatchObject({ cache, box_request_id: "box-1" });
    }
  });

  it("issued, with Box's name of the last request, where one was refused before", async () => {
    const desk = tokenDesk();
    desk.box.answers(new Failure("box_clock_skewed", "exp", { boxRequestId: "box-1" }), {
      boxRequestId: "box-2",
    });
    await desk.ask();
    expect(desk.audit.last).toMatchObject({ outcome: "issued", box_request_id: "box-2" });
  });

  it("failed, with Box's name of the refused request, which the caller gets too and a repetition as well", async () => {
    const desk = tokenDesk();
    desk.box.answers(new Failure("box_app_not_authorized", "no", { boxRequestId: "box-1" }));
    for (let request = 0; request < 2; request += 1) {
      expect(notIssued(await desk.ask()).problem.box_request_id).toBe("box-1");
      expect(desk.audit.last).toMatchObject({ outcome: "failed", box_request_id: "box-1" });
    }
    expect(desk.box.calls).toHaveLength(1);
  });

  it("failed, with Box's name of the request that returned a wider token than requested", async () => {
    const policy = policyOf({ ...EVERYTHING, unrestricted: undefined, scopes: ["item_download"] } as never);
    const desk = tokenDesk({ policy });
    desk.box.answers({}, { boxRequestId: "box-2", restricted_to: [{ scope: "item_upload" }] });
    expect(notIssued(await desk.ask()).problem).toMatchObject({
      code: "box_unexpected_answer",
      box_request_id: "box-2",
    });
  });

  it("failed because of Secrets Manager, before the subject's id was known", async () => {
    const desk = tokenDesk();
    desk.credentials.failure = new Failure("secret_forbidden", "Secrets Manager: AccessDeniedException");
    await desk.ask();
    expect(desk.audit.events).toEqual([
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
    const desk = tokenDesk();
    desk.credentials.others.push(credentialsOf({ versionId: "v0", stage: "AWSPREVIOUS" }));
    desk.box.answers(new Failure("box_key_refused", "kid"));
    await desk.ask();
    expect(desk.audit.last).toMatchObject({ secret_version: "v0", secret_stage: "AWSPREVIOUS" });
  });

  it.each([
    ["the name that the deployment maps its role to", { ...CALLER, name: "reports" }, "reports"],
    ["its alias, which is its name", { alias: "nightly" }, "nightly"],
    ["null, where it has no name", CALLER, null],
  ])("with the caller's name: %s", async (_case, caller, name) => {
    const desk = tokenDesk();
    await desk.issue({ caller, request: parseTokenRequest({}) }, contextOf(desk.clock));
    expect(desk.audit.last).toMatchObject({ caller_name: name });
  });

  it("with labels of the call, by which nothing is decided", async () => {
    const desk = tokenDesk();
    const labels = { session: "build-17", sourceIp: "192.0.2.7", functionVersion: "42" };
    const request = parseTokenRequest({});
    await desk.issue({ caller: CALLER, labels, request }, contextOf(desk.clock));
    expect(desk.audit.last).toMatchObject({
      ...{ caller_session: "build-17", source_ip: "192.0.2.7", function_version: "42", outcome: "issued" },
    });
  });

  it("also where a failure carries a code that is in no table", async () => {
    for (const code of ["constructor", "__proto__", "toString", "no_such_code"]) {
      const desk = tokenDesk();
      desk.credentials.failure = new Failure(code as ProblemCode, "an upstream chose this name");
      expect(notIssued(await desk.ask()).problem.code).toBe("internal_error");
      expect(desk.audit.last).toMatchObject({ outcome: "failed", code: "internal_error" });
    }
  });

  it("one per request, each with its own id, when many wait for the same token", async () => {
    const desk = tokenDesk();
    desk.box.latency = 100;
    await desk.clock.finish(Promise.all([desk.begin({}), desk.begin({}), desk.begin({})]));
    const lines = desk.audit.events.map(({ request_id, cache }) => `${request_id} ${cache}`);
    expect(lines.sort()).toEqual(["request-1 miss", "request-2 joined", "request-3 joined"]);
  });
});

it("takes no request id but the context's into the line, whatever is sent", async () => {
  const desk = tokenDesk();
  await desk.ask({ request_id: "forged", kind: "audit", outcome: "issued" });
  expect(desk.audit.events).toEqual([
    expect.objectContaining({ request_id: "request-1", outcome: "denied" }),
  ]);
});
