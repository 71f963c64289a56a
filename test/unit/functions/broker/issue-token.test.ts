import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ScopedStatement } from "../../../../schemas/policy/parse.ts";
import { Failure, PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import {
  credentialsOf,
  EVERYTHING,
  issued,
  notIssued,
  policyOf,
  tokenHarness,
  unsignedCredentialsOf,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const { unrestricted: _, ...nothing } = EVERYTHING;
const onFolder: ScopedStatement = {
  ...nothing,
  scopes: ["item_download"],
  resources: ["https://api.box.com/2.0/folders/7"],
};

describe("what happens for one request, in this order:", () => {
  it("a new token: credentials, grant, audit", async () => {
    const harness = tokenHarness();
    await harness.request();
    expect(harness.effects).toEqual(["credentials.load", "box.jwt", "audit"]);
  });

  it("a cached token: credentials, audit", async () => {
    const harness = tokenHarness();
    await harness.request();
    harness.effects.length = 0;
    await harness.request();
    expect(harness.effects).toEqual(["credentials.load", "audit"]);
  });

  it("a downscoped token: credentials, grant, exchange, audit", async () => {
    const harness = tokenHarness();
    await harness.request({ scope: "item_download" });
    expect(harness.effects).toEqual(["credentials.load", "box.jwt", "box.exchange", "audit"]);
  });

  it.each([
    ["a denial", { box_subject_type: "user", box_subject_id: "1" }],
    ["an unknown app", { app: "payroll" }],
    ["a malformed request", { scope: 7 }],
  ])(
    "%s: audit alone, so that no caller can trigger calls to Secrets Manager or Box",
    async (_case, parameters) => {
      const harness = tokenHarness({ policy: policyOf({ ...EVERYTHING, subjects: ["enterprise"] }) });
      notIssued(await harness.request(parameters));
      expect(harness.effects).toEqual(["audit"]);
    },
  );

  it("a missing policy: audit alone", async () => {
    const harness = tokenHarness({ policy: { available: false, reason: "no file" } });
    notIssued(await harness.request());
    expect(harness.effects).toEqual(["audit"]);
  });
});

describe("the token response", () => {
  it("follows RFC 6749, without scope for a full token", async () => {
    expect(issued(await tokenHarness().request())).toEqual({
      access_token: "jwt-token-1",
      token_type: "bearer",
      expires_in: 3600,
    });
  });

  it("has scope, restriction and token type if the token is downscoped", async () => {
    const harness = tokenHarness({ policy: policyOf(onFolder) });
    expect(issued(await harness.request())).toEqual({
      access_token: "exchange-token-2",
      token_type: "bearer",
      expires_in: 3600,
      scope: "item_download",
      restricted_to: [{ scope: "item_download", object: { type: "folder", id: "7" } }],
      issued_token_type: "urn:fake:access_token",
    });
    expect(harness.box.calls[1]).toMatchObject({
      token: "jwt-token-1",
      restriction: { scopes: ["item_download"], resource: "https://api.box.com/2.0/folders/7" },
    });
  });

  it("has expires_in in seconds left at the time of the response, rounded down", async () => {
    const harness = tokenHarness();
    harness.box.latency = 1_500;
    expect(issued(await harness.request()).expires_in).toBe(3598);
    await harness.clock.advance(600_000);
    expect(issued(await harness.request()).expires_in).toBe(2998);
  });

  it("is for the only configured app if the request names none", async () => {
    const harness = tokenHarness({ apps: ["reports"] });
    issued(await harness.request());
    expect(harness.audit.last?.app).toBe("reports");
  });

  it("requires app if several are configured", async () => {
    const harness = tokenHarness({ apps: ["reports", "payroll"] });
    const { problem } = notIssued(await harness.request());
    expect(problem).toMatchObject({
      code: "invalid_request",
      error_description: expect.stringMatching(/^app is required/),
    });
    issued(await harness.request({ app: "reports" }));
  });
});

describe("the subject", () => {
  it("is the app's own enterprise by default and by its id", async () => {
    const harness = tokenHarness();
    await harness.request();
    await harness.request({ box_subject_type: "enterprise", box_subject_id: "900001" });
    expect(harness.box.calls).toHaveLength(1);
    expect(JSON.parse(harness.box.calls[0]?.assertion ?? "")).toMatchObject({
      sub: "900001",
      box_sub_type: "enterprise",
    });
  });

  it("is a user by id", async () => {
    const harness = tokenHarness();
    await harness.request({ box_subject_type: "user", box_subject_id: "4711" });
    expect(JSON.parse(harness.box.calls[0]?.assertion ?? "")).toMatchObject({
      sub: "4711",
      box_sub_type: "user",
    });
  });

  it("is in a Client Credentials Grant to Box if the config has no key", async () => {
    const harness = tokenHarness();
    harness.credentials.current = unsignedCredentialsOf();
    await harness.request();
    await harness.request({ box_subject_type: "user", box_subject_id: "4711" });
    expect(harness.box.calls.map(({ kind, subject }) => [kind, subject])).toEqual([
      ["ccg", { type: "enterprise", id: "900001" }],
      ["ccg", { type: "user", id: "4711" }],
    ]);
  });

  it("must be a user if the config has no enterprise, and otherwise no request is sent to Box", async () => {
    const harness = tokenHarness();
    const { enterpriseID: _, ...userOnly } = credentialsOf();
    harness.credentials.current = userOnly;
    expect(notIssued(await harness.request())).toMatchObject({
      denied: true,
      problem: { code: "app_has_no_enterprise" },
    });
    expect(harness.box.calls).toEqual([]);
    issued(await harness.request({ box_subject_type: "user", box_subject_id: "4711" }));
  });
});

describe("a refused permission has one body", () => {
  it("for an unknown app, caller, subject, scope, resource and for a foreign enterprise alike", async () => {
    const policy = policyOf({ ...onFolder, subjects: ["enterprise"] }, { ...EVERYTHING, app: "ghost" });
    const role = "arn:aws:iam::123456789012:role";
    const refusals = [
      { app: "payroll" },
      { app: "ghost" },
      { box_subject_type: "user", box_subject_id: "1" },
      { box_subject_id: "900002" },
      { box_subject_id: "900002", scope: "item_download" },
      { scope: "item_upload" },
      { resource: "https://api.box.com/2.0/folders/8", scope: "item_download" },
    ].map((parameters) => ({ parameters, caller: undefined }));
    const unknownCallers = [
      { iam: `${role}/unknown` },
      { alias: "unknown" },
      { unidentified: "no identity" },
    ].map((caller) => ({ parameters: {}, caller }));
    const bodies = [];
    for (const { parameters, caller } of [...refusals, ...unknownCallers]) {
      const outcome = notIssued(await tokenHarness({ policy }).request(parameters, caller));
      expect(outcome.denied).toBe(true);
      expect(outcome.problem).not.toHaveProperty("retry_after");
      bodies.push(JSON.stringify(outcome.problem));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? "")).toMatchObject({ code: "unauthorized_client", retryable: false });
  });
});

describe("a policy that is not available", () => {
  it("refuses every request of every caller, even if the token is cached", async () => {
    const harness = tokenHarness();
    issued(await harness.request());
    harness.policyPort.source = { available: false, reason: "unreadable at line 7" };
    const callers = [undefined, { unidentified: "no identity" }, { alias: "nightly" }];
    for (const caller of callers) {
      const { problem, denied } = notIssued(await harness.request({}, caller));
      expect(problem.code).toBe("policy_unavailable");
      // The operator is at fault, not the caller.
      expect(denied).toBe(false);
      expect(JSON.stringify(problem)).not.toContain("line 7");
      expect(harness.audit.last).toMatchObject({
        outcome: "failed",
        code: "policy_unavailable",
        reason: "unreadable at line 7",
        policy_digest: null,
      });
    }
    expect(harness.box.calls).toHaveLength(1);
  });
});

describe("without an audit line", () => {
  it("no token is issued, and the problem states why", async () => {
    const harness = tokenHarness();
    harness.audit.failure = new Error("EPIPE");
    const outcome = notIssued(await harness.request());
    expect(outcome).toMatchObject({ denied: false, problem: { code: "audit_unavailable", retryable: true } });
    expect(JSON.stringify(outcome)).not.toContain("jwt-token-1");
    harness.audit.failure = undefined;
    issued(await harness.request());
  });

  it("no cached token is issued, and a refusal becomes audit_unavailable too", async () => {
    const harness = tokenHarness();
    issued(await harness.request());
    harness.audit.failure = new Error("EPIPE");
    for (const parameters of [{}, { app: "payroll" }]) {
      expect(notIssued(await harness.request(parameters)).problem.code).toBe("audit_unavailable");
    }
  });

  it("the response waits until the line is written", async () => {
    const harness = tokenHarness();
    let written = () => {};
    harness.audit.write = () =>
      new Promise((resolve) => {
        written = resolve;
      });
    let responded = false;
    const request = harness.begin({}).then(() => {
      responded = true;
    });
    await harness.clock.advance(1_000);
    expect(responded).toBe(false);
    written();
    await harness.clock.finish(request);
    expect(responded).toBe(true);
  });
});

it("issueToken returns only the problem's code and the request id after an unexpected error", async () => {
  const harness = tokenHarness();
  harness.credentials.failure = new TypeError("cannot read passphrase-of-the-key");
  const outcome = notIssued(await harness.request());
  expect(outcome).toEqual({
    issued: false,
    denied: false,
    problem: {
      error: "temporarily_unavailable",
      error_description: `${PROBLEMS.internal_error.title} ${PROBLEMS.internal_error.remedy}`,
      code: "internal_error" satisfies ProblemCode,
      retryable: false,
      request_id: "request-1",
    },
  });
  expect(harness.audit.last?.reason).toMatch(/^TypeError at /);
  expect(JSON.stringify(harness.audit.events)).not.toContain("passphrase-of-the-key");
});

it("issueToken links each refusal to its page if the operator has published the problems", async () => {
  const helpUrl = "https://wiki.example/problems";
  const harness = tokenHarness({ helpUrl });
  const refused = async (parameters: object) =>
    notIssued(await harness.request(parameters)).problem.error_uri;
  expect(await refused({ min_ttl: "soon" })).toBe(`${helpUrl}#invalid_request`);
  harness.box.respondWith(new Failure("box_scope_refused", "no"));
  expect(await refused({})).toBe(`${helpUrl}#box_scope_refused`);
  harness.audit.failure = new Error("closed");
  expect(await refused({})).toBe(`${helpUrl}#audit_unavailable`);
});

it("issueToken identifies the issued token in the audit line by its SHA-256", async () => {
  const harness = tokenHarness();
  const { access_token } = issued(await harness.request());
  expect(harness.audit.last?.token_sha256).toBe(sha256(access_token));
});

describe("a misspelt scope", () => {
  const HINT = "Box documents no scope item_downlod (did you mean item_download?).";

  it("is reported with the nearest scope if the policy refuses it, in the same text for every policy", async () => {
    const narrow = tokenHarness({ policy: policyOf({ ...nothing, scopes: ["item_download"] }) });
    const { problem } = notIssued(await narrow.request({ scope: "item_downlod" }));
    expect(problem).toMatchObject({
      code: "unauthorized_client",
      error_description: expect.stringContaining(HINT),
    });
    const unknown = notIssued(await narrow.request({ scope: "item_downlod", app: "payroll" })).problem;
    expect(unknown.error_description).toBe(problem.error_description);
    const known = notIssued(await narrow.request({ scope: "item_upload" })).problem;
    expect(known.error_description).not.toContain("did you mean");
  });

  it("is sent to Box, which may support it, and reported if Box refuses it", async () => {
    const harness = tokenHarness();
    issued(await harness.request({ scope: "item_downlod" }));
    expect(harness.effects).toContain("box.exchange");
    harness.box.respondWith(new Failure("box_scope_refused", "no"));
    const { problem } = notIssued(await harness.request({ scope: "item_downlod base_preview" }));
    expect(problem).toMatchObject({
      code: "box_scope_refused",
      error_description: expect.stringContaining(HINT),
    });
  });

  it("is not reported if the refusal has another reason", async () => {
    const harness = tokenHarness();
    harness.box.respondWith(new Failure("box_refused", "no"));
    const { problem } = notIssued(await harness.request({ scope: "item_downlod" }));
    expect(problem.error_description).not.toContain("did you mean");
  });
});

describe("the log suggests the intended name:", () => {
  it("the configured app, which the response does not reveal", async () => {
    const harness = tokenHarness();
    const { problem } = notIssued(await harness.request({ app: "reprots" }));
    expect(harness.audit.last?.reason).toBe(
      "no statement matches; the app reprots is not configured. Did you mean reports?",
    );
    expect(JSON.stringify(problem)).not.toMatch(/reports|reprots/);
  });

  it("the alias of the policy", async () => {
    const harness = tokenHarness({ policy: policyOf({ ...EVERYTHING, caller: { alias: "nightly-sync" } }) });
    const { problem } = notIssued(await harness.request({}, { alias: "nightly-snyc" }));
    expect(harness.audit.last?.reason).toBe(
      "no statement matches; no statement names the alias nightly-snyc. Did you mean nightly-sync?",
    );
    expect(JSON.stringify(problem)).not.toContain("nightly");
  });

  it("nothing if no name is similar", async () => {
    const harness = tokenHarness();
    notIssued(await harness.request({ app: "payroll" }, { alias: "invoices" }));
    expect(harness.audit.last?.reason).toBe("no statement matches");
  });
});
