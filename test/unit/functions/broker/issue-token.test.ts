import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure, PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import {
  EVERYTHING,
  issued,
  notIssued,
  policyOf,
  tokenDesk,
  unsignedCredentialsOf,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const { unrestricted: _, ...nothing } = EVERYTHING;
const onFolder = {
  ...nothing,
  scopes: ["item_download"],
  resources: ["https://api.box.com/2.0/folders/7"],
};

describe("what happens for one request, in this order:", () => {
  it("a new token: credentials, grant, audit", async () => {
    const desk = tokenDesk();
    await desk.ask();
    expect(desk.effects).toEqual(["credentials.load", "box.jwt", "audit"]);
  });

  it("a cached token: credentials, audit", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.effects.length = 0;
    await desk.ask();
    expect(desk.effects).toEqual(["credentials.load", "audit"]);
  });

  it("a downscoped token: credentials, grant, exchange, audit", async () => {
    const desk = tokenDesk();
    await desk.ask({ scope: "item_download" });
    expect(desk.effects).toEqual(["credentials.load", "box.jwt", "box.exchange", "audit"]);
  });

  it.each([
    ["a denial", { box_subject_type: "user", box_subject_id: "1" }],
    ["an unknown app", { app: "payroll" }],
    ["a malformed request", { scope: 7 }],
  ])("%s: audit alone, so that nobody can make us ask Secrets Manager or Box", async (_case, members) => {
    const desk = tokenDesk({ policy: policyOf({ ...EVERYTHING, subjects: ["enterprise"] }) });
    notIssued(await desk.ask(members));
    expect(desk.effects).toEqual(["audit"]);
  });

  it("a missing policy: audit alone", async () => {
    const desk = tokenDesk({ policy: { available: false, reason: "no file" } });
    notIssued(await desk.ask());
    expect(desk.effects).toEqual(["audit"]);
  });
});

describe("the answer", () => {
  it("is RFC 6749's, without a word about scope for a full token", async () => {
    expect(issued(await tokenDesk().ask())).toEqual({
      access_token: "jwt-token-1",
      token_type: "bearer",
      expires_in: 3600,
    });
  });

  it("tells scope, restriction and token type where the token is downscoped", async () => {
    const desk = tokenDesk({ policy: policyOf(onFolder) });
    expect(issued(await desk.ask())).toEqual({
      access_token: "exchange-token-2",
      token_type: "bearer",
      expires_in: 3600,
      scope: "item_download",
      restricted_to: [{ scope: "item_download", object: { type: "folder", id: "7" } }],
      issued_token_type: "urn:fake:access_token",
    });
    expect(desk.box.calls[1]).toMatchObject({
      token: "jwt-token-1",
      restriction: { scopes: ["item_download"], resource: "https://api.box.com/2.0/folders/7" },
    });
  });

  it("counts expires_in in seconds left when answering, rounded down", async () => {
    const desk = tokenDesk();
    desk.box.latency = 1_500;
    expect(issued(await desk.ask()).expires_in).toBe(3598);
    await desk.clock.advance(600_000);
    expect(issued(await desk.ask()).expires_in).toBe(2998);
  });

  it("takes the only configured app where none is named", async () => {
    const desk = tokenDesk({ apps: ["reports"] });
    issued(await desk.ask());
    expect(desk.audit.last?.app).toBe("reports");
  });

  it("asks for app where several are configured", async () => {
    const desk = tokenDesk({ apps: ["reports", "payroll"] });
    const { problem } = notIssued(await desk.ask());
    expect(problem).toMatchObject({
      code: "invalid_request",
      error_description: expect.stringMatching(/^app is required/),
    });
    issued(await desk.ask({ app: "reports" }));
  });
});

describe("the subject", () => {
  it("is the app's own enterprise by default, and by its id", async () => {
    const desk = tokenDesk();
    await desk.ask();
    await desk.ask({ box_subject_type: "enterprise", box_subject_id: "900001" });
    expect(desk.box.calls).toHaveLength(1);
    expect(JSON.parse(desk.box.calls[0]?.assertion ?? "")).toMatchObject({
      sub: "900001",
      box_sub_type: "enterprise",
    });
  });

  it("is a user by id", async () => {
    const desk = tokenDesk();
    await desk.ask({ box_subject_type: "user", box_subject_id: "4711" });
    expect(JSON.parse(desk.box.calls[0]?.assertion ?? "")).toMatchObject({
      sub: "4711",
      box_sub_type: "user",
    });
  });

  it("goes to Box in a Client Credentials Grant where the config has no key", async () => {
    const desk = tokenDesk();
    desk.credentials.current = unsignedCredentialsOf();
    await desk.ask();
    await desk.ask({ box_subject_type: "user", box_subject_id: "4711" });
    expect(desk.box.calls.map(({ kind, subject }) => [kind, subject])).toEqual([
      ["ccg", { type: "enterprise", id: "900001" }],
      ["ccg", { type: "user", id: "4711" }],
    ]);
  });

  it("must be a user where the config has no enterprise, and nothing is asked of Box otherwise", async () => {
    const desk = tokenDesk();
    const { enterpriseID: _, ...userOnly } = desk.credentials.current;
    desk.credentials.current = userOnly;
    expect(notIssued(await desk.ask())).toMatchObject({
      denied: true,
      problem: { code: "app_has_no_enterprise" },
    });
    expect(desk.box.calls).toEqual([]);
    issued(await desk.ask({ box_subject_type: "user", box_subject_id: "4711" }));
  });
});

describe("permission is refused with one body", () => {
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
    ].map((members) => ({ members, caller: undefined }));
    const strangers = [{ iam: `${role}/stranger` }, { alias: "stranger" }, { unidentified: "nobody" }].map(
      (caller) => ({ members: {}, caller }),
    );
    const bodies = [];
    for (const { members, caller } of [...refusals, ...strangers]) {
      const outcome = notIssued(await tokenDesk({ policy }).ask(members, caller));
      expect(outcome.denied).toBe(true);
      expect(outcome.problem).not.toHaveProperty("retry_after");
      bodies.push(JSON.stringify(outcome.problem));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? "")).toMatchObject({ code: "unauthorized_client", retryable: false });
  });
});

describe("a policy that is not available", () => {
  it("refuses everything, also what is in the cache and whoever asks", async () => {
    const desk = tokenDesk();
    issued(await desk.ask());
    desk.policyPort.source = { available: false, reason: "unreadable at line 7" };
    const callers = [undefined, { unidentified: "nobody" }, { alias: "nightly" }];
    for (const caller of callers) {
      const { problem, denied } = notIssued(await desk.ask({}, caller));
      expect(problem.code).toBe("policy_unavailable");
      // The operator's fault, not the request's.
      expect(denied).toBe(false);
      expect(JSON.stringify(problem)).not.toContain("line 7");
      expect(desk.audit.last).toMatchObject({
        outcome: "failed",
        code: "policy_unavailable",
        reason: "unreadable at line 7",
        policy_digest: null,
      });
    }
    expect(desk.box.calls).toHaveLength(1);
  });
});

describe("without an audit line", () => {
  it("no token is issued, and the problem says why", async () => {
    const desk = tokenDesk();
    desk.audit.failure = new Error("EPIPE");
    const outcome = notIssued(await desk.ask());
    expect(outcome).toMatchObject({ denied: false, problem: { code: "audit_unavailable", retryable: true } });
    expect(JSON.stringify(outcome)).not.toContain("jwt-token-1");
    desk.audit.failure = undefined;
    issued(await desk.ask());
  });

  it("no cached token is issued, and a refusal is not told as such", async () => {
    const desk = tokenDesk();
    issued(await desk.ask());
    desk.audit.failure = new Error("EPIPE");
    for (const members of [{}, { app: "payroll" }]) {
      expect(notIssued(await desk.ask(members)).problem.code).toBe("audit_unavailable");
    }
  });

  it("no answer goes out: it waits until the line is written", async () => {
    const desk = tokenDesk();
    let written = () => {};
    desk.audit.write = () =>
      new Promise((resolve) => {
        written = resolve;
      });
    let answered = false;
    const request = desk.begin({}).then(() => {
      answered = true;
    });
    await desk.clock.advance(1_000);
    expect(answered).toBe(false);
    written();
    await desk.clock.finish(request);
    expect(answered).toBe(true);
  });
});

it("tells nothing but the problem's code and the request where something unexpected breaks", async () => {
  const desk = tokenDesk();
  desk.credentials.failure = new TypeError("cannot read passphrase-of-the-key");
  const outcome = notIssued(await desk.ask());
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
  expect(desk.audit.last?.reason).toMatch(/^TypeError at /);
  expect(JSON.stringify(desk.audit.events)).not.toContain("passphrase-of-the-key");
});

it("names the page of each refusal where the operator has published the problems", async () => {
  const helpUrl = "https://wiki.example/problems";
  const desk = tokenDesk({ helpUrl });
  const refused = async (members: object) => notIssued(await desk.ask(members)).problem.error_uri;
  expect(await refused({ min_ttl: "soon" })).toBe(`${helpUrl}#invalid_request`);
  desk.box.answers(new Failure("box_scope_refused", "no"));
  expect(await refused({})).toBe(`${helpUrl}#box_scope_refused`);
  desk.audit.failure = new Error("closed");
  expect(await refused({})).toBe(`${helpUrl}#audit_unavailable`);
});

it("names the issued token in the audit line by its SHA-256", async () => {
  const desk = tokenDesk();
  const { access_token } = issued(await desk.ask());
  expect(desk.audit.last?.token_sha256).toBe(sha256(access_token));
});

describe("a misspelt scope", () => {
  const HINT = "Box documents no scope item_downlod (did you mean item_download?).";

  it("is named with the nearest one where the policy refuses it, in the same words whatever the policy says", async () => {
    const narrow = tokenDesk({ policy: policyOf({ ...nothing, scopes: ["item_download"] }) });
    const { problem } = notIssued(await narrow.ask({ scope: "item_downlod" }));
    expect(problem).toMatchObject({
      code: "unauthorized_client",
      error_description: expect.stringContaining(HINT),
    });
    const unknown = notIssued(await narrow.ask({ scope: "item_downlod", app: "payroll" })).problem;
    expect(unknown.error_description).toBe(problem.error_description);
    const known = notIssued(await narrow.ask({ scope: "item_upload" })).problem;
    expect(known.error_description).not.toContain("did you mean");
  });

  it("is named where Box refuses it, and requested from Box, which may know it", async () => {
    const desk = tokenDesk();
    issued(await desk.ask({ scope: "item_downlod" }));
    expect(desk.effects).toContain("box.exchange");
    desk.box.answers(new Failure("box_scope_refused", "no"));
    const { problem } = notIssued(await desk.ask({ scope: "item_downlod base_preview" }));
    expect(problem).toMatchObject({
      code: "box_scope_refused",
      error_description: expect.stringContaining(HINT),
    });
  });

  it("is not named where something else is the reason", async () => {
    const desk = tokenDesk();
    desk.box.answers(new Failure("box_refused", "no"));
    const { problem } = notIssued(await desk.ask({ scope: "item_downlod" }));
    expect(problem.error_description).not.toContain("did you mean");
  });
});

describe("the log names what was probably meant:", () => {
  it("the configured app, and the caller learns nothing of it", async () => {
    const desk = tokenDesk();
    const { problem } = notIssued(await desk.ask({ app: "reprots" }));
    expect(desk.audit.last?.reason).toBe(
      "no statement matches; the app reprots is not configured. Did you mean reports?",
    );
    expect(JSON.stringify(problem)).not.toMatch(/reports|reprots/);
  });

  it("the alias of the policy", async () => {
    const desk = tokenDesk({ policy: policyOf({ ...EVERYTHING, caller: { alias: "nightly-sync" } }) });
    const { problem } = notIssued(await desk.ask({}, { alias: "nightly-snyc" }));
    expect(desk.audit.last?.reason).toBe(
      "no statement matches; no statement names the alias nightly-snyc. Did you mean nightly-sync?",
    );
    expect(JSON.stringify(problem)).not.toContain("nightly");
  });

  it("nothing where no name is close", async () => {
    const desk = tokenDesk();
    notIssued(await desk.ask({ app: "payroll" }, { alias: "invoices" }));
    expect(desk.audit.last?.reason).toBe("no statement matches");
  });
});
