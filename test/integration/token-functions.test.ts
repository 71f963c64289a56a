import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { auditLines, invoke, linesOfKind, requestToken, sendUrl } from "../support/token-client.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    apps: { ccg: { authentication: "client_credentials" } },
    policy: undefined,
  });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.box.faults.clear();
  sandbox.secretsManager.faults.clear();
  sandbox.box.requests.clear();
  sandbox.secretsManager.requests.clear();
});

/** For tests that count what a function without tokens does. */
const coldStart = () => sandbox.coldStart();
const everything = () => sandbox.callers.everything!;
const oneFolder = () => sandbox.callers["one-folder"]!;
const nothing = () => sandbox.callers.nothing!;
const app = "sandbox";

/** Calls Box's API as a user of the token would. */
const box = (path: string, token: string | undefined) =>
  fetch(`${sandbox.box.url}/2.0/${path}`, { headers: { authorization: `Bearer ${token}` } });

const userOf = async (token: string | undefined) =>
  ((await (await box("users/me", token)).json()) as { id: string }).id;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("the Function URL", () => {
  test("gives an unrestricted caller the Service Account's full token", async () => {
    const { status, body, headers } = await requestToken(sandbox, everything(), { app });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: "bearer",
      expires_in: expect.any(Number),
    });
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers.pragma).toBe("no-cache");
    expect(await userOf(body.access_token)).toBe(sandbox.apps.sandbox?.box.serviceAccountId);
  });

  test("gives a user's token where the policy allows users", async () => {
    const { managedUser } = sandbox.sample;
    const request = { app, box_subject_type: "user", box_subject_id: managedUser.id };
    const { body } = await requestToken(sandbox, everything(), request);
    expect(await userOf(body.access_token)).toBe(managedUser.id);
  });

  test("narrows a token to the folder of the caller's statement", async () => {
    const { reports, payroll } = sandbox.sample;
    const { body } = await requestToken(sandbox, oneFolder(), { app });
    expect(body.scope).toBe("base_explorer item_download item_preview");
    expect(body.restricted_to).toHaveLength(3);
    expect(body.issued_token_type).toBe("urn:ietf:params:oauth:token-type:access_token");
    expect((await box(`folders/${reports.id}`, body.access_token)).status).toBe(200);
    expect((await box(`folders/${payroll.id}`, body.access_token)).status).toBeGreaterThanOrEqual(403);
  });

  test("narrows a token to what an unrestricted caller requests", async () => {
    const { reportFile, payrollFile } = sandbox.sample;
    const resource = `https://api.box.com/2.0/files/${reportFile.id}`;
    const { body } = await requestToken(sandbox, everything(), { app, scope: "item_download", resource });
    expect(body.scope).toBe("item_download");
    expect((await box(`files/${reportFile.id}/content`, body.access_token)).status).toBe(200);
    expect((await box(`files/${payrollFile.id}/content`, body.access_token)).ok).toBe(false);
  });

  test("refuses a caller without a statement, another subject, another folder and a wider scope alike", async () => {
    const other = "https://api.box.com/2.0/folders/1";
    const user = { box_subject_type: "user", box_subject_id: "1" };
    const refusals = await Promise.all([
      requestToken(sandbox, nothing(), { app }),
      requestToken(sandbox, nothing(), { app: "no-such-app" }),
      requestToken(sandbox, everything(), { app: "no-such-app" }),
      requestToken(sandbox, everything(), { app, box_subject_id: "1" }),
      requestToken(sandbox, oneFolder(), { app, ...user }),
      requestToken(sandbox, oneFolder(), { app, resource: other }),
      requestToken(sandbox, oneFolder(), { app, scope: "item_upload" }),
    ]);
    const bodies = refusals.map(({ body: { request_id: _, ...rest } }) => rest);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({
      error: "unauthorized_client",
      code: "unauthorized_client",
      retryable: false,
    });
    expect(refusals.map(({ status }) => status)).toEqual(refusals.map(() => 403));
    expect(sandbox.box.requests.count("token")).toBe(0);
  });

  test("writes an audit line for what it grants and for what it denies", async () => {
    const before = auditLines(sandbox).length;
    const granted = await requestToken(sandbox, oneFolder(), { app });
    const denied = await requestToken(sandbox, nothing(), { app });
    const [grant, denial] = auditLines(sandbox).slice(before);
    expect(grant).toMatchObject({
      outcome: "issued",
      caller: oneFolder().roleArn,
      app,
      subject: `enterprise:${sandbox.apps.sandbox?.config.enterpriseID}`,
      scopes_granted: ["base_explorer", "item_download", "item_preview"],
      statement: "one-folder-url",
      token_sha256: sha256(granted.body.access_token ?? ""),
    });
    expect(denial).toMatchObject({
      outcome: "denied",
      code: "unauthorized_client",
      caller: nothing().roleArn,
      request_id: denied.body.request_id,
      token_sha256: null,
    });
  });

  test("refuses unsigned and badly signed calls with 403 before any function runs", async () => {
    const before = linesOfKind(sandbox, "audit").length;
    const forged = { ...everything(), secretAccessKey: nothing().secretAccessKey };
    expect((await sendUrl(sandbox, undefined, "app=sandbox")).status).toBe(403);
    expect((await sendUrl(sandbox, forged, "app=sandbox")).status).toBe(403);
    expect(linesOfKind(sandbox, "audit")).toHaveLength(before);
  });
});

describe("the direct invoke", () => {
  test("gives the caller of an alias its token", async () => {
    const response = await invoke(sandbox, everything(), { app });
    expect(response).toMatchObject({ token: { token_type: "bearer", expires_in: expect.any(Number) } });
  });

  test("throws a refusal by its problem code and without a stack", async () => {
    const response = await invoke(sandbox, nothing(), { app });
    expect(response).toMatchObject({
      errorType: "unauthorized_client",
      problem: { error: "unauthorized_client", retryable: false },
    });
    expect("trace" in response && response.trace.join("")).toBe("");
  });

  test("refuses another caller's alias, the unqualified function and a version", async () => {
    for (const qualifier of [everything().alias, "$LATEST", "1"]) {
      await expect(invoke(sandbox, nothing(), { app }, { qualifier })).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
    }
  });

  test("prevents a forged identity: the Function URL's function cannot be invoked", async () => {
    const requestContext = {
      http: { method: "POST" },
      authorizer: { iam: { userArn: everything().sessionArn } },
    };
    const forged = { rawPath: "/oauth2/token", requestContext, body: "app=sandbox" };
    const direct = invoke(sandbox, nothing(), forged, { functionName: "token-url" });
    await expect(direct).rejects.toMatchObject({
      name: expect.stringMatching(/AccessDenied|ResourceNotFound/),
    });
    expect(await invoke(sandbox, nothing(), forged)).toMatchObject({ errorType: "invalid_request" });
  });

  test("accepts no identity from an invoke that names no alias, whatever the event contains", async () => {
    const event = { app };
    for (const qualifier of [undefined, "$LATEST", "7"]) {
      const given = qualifier === undefined ? {} : { qualifier };
      const outcome = await sandbox.functions.tokenInvoke.invoke(event, given);
      expect(JSON.stringify(outcome)).toContain("unauthorized_client");
    }
  });
});

describe("a narrowed token", () => {
  beforeEach(coldStart);

  test("a second scope of the same subject costs an exchange and no second grant", async () => {
    await requestToken(sandbox, everything(), { app, scope: "item_download" });
    await requestToken(sandbox, everything(), { app, scope: "item_preview" });
    await requestToken(sandbox, everything(), { app, scope: "item_preview item_preview" });
    expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(1);
    expect(sandbox.box.requests.count("token/token-exchange")).toBe(2);
  });
});

/** A token younger than this is not replaced. */
const MIN_MINT_INTERVAL_MS = 10_000;

describe("a token that Box refuses", () => {
  beforeEach(coldStart);

  test("is returned again while it is new", async () => {
    const first = (await requestToken(sandbox, everything(), { app })).body.access_token ?? "";
    const again = await requestToken(sandbox, everything(), { app, rejected_token_sha256: sha256(first) });
    expect(again.body.access_token).toBe(first);
    expect(sandbox.box.requests.count("token")).toBe(1);
  });

  test("is replaced once for all who name it, and only if it is the cached one", async () => {
    const first = (await requestToken(sandbox, everything(), { app })).body.access_token ?? "";
    const unrelated = await requestToken(sandbox, everything(), {
      app,
      rejected_token_sha256: sha256("another"),
    });
    expect(unrelated.body.access_token).toBe(first);
    sandbox.freeze(MIN_MINT_INTERVAL_MS);
    const replaced = new Set<string | undefined>();
    for (let complaint = 0; complaint < 5; complaint++) {
      const again = await requestToken(sandbox, everything(), { app, rejected_token_sha256: sha256(first) });
      replaced.add(again.body.access_token);
    }
    expect(replaced.size).toBe(1);
    expect(replaced.has(first)).toBe(false);
    expect(sandbox.box.requests.count("token")).toBe(2);
  });

  test("is replaced although it was exchanged from a cached token that Box revoked too", async () => {
    const narrow = { app, scope: "item_download" };
    const first = (await requestToken(sandbox, everything(), narrow)).body.access_token ?? "";
    const full = (await requestToken(sandbox, everything(), { app })).body.access_token ?? "";
    sandbox.box.tokens.revoke(full);
    sandbox.box.tokens.revoke(first);
    sandbox.freeze(MIN_MINT_INTERVAL_MS);
    const second = await requestToken(sandbox, everything(), {
      ...narrow,
      rejected_token_sha256: sha256(first),
    });
    expect(second.status).toBe(200);
    expect(
      (await box(`files/${sandbox.sample.reportFile.id}/content`, second.body.access_token)).status,
    ).toBe(200);
  });
});

test("a Client Credentials app gives enterprise and user tokens", async () => {
  const policy = {
    version: 1,
    statements: [
      {
        id: "all",
        caller: { alias: "everything" },
        app: "ccg",
        subjects: ["enterprise", "user:*"],
        unrestricted: true,
      },
    ],
  };
  await sandbox.deployPolicy(policy);
  const { managedUser } = sandbox.sample;
  const ccg = sandbox.apps.ccg!;
  sandbox.box.state.users.set("77", { ...managedUser, id: "77", enterpriseId: ccg.config.enterpriseID });
  const enterprise = await invoke(sandbox, everything(), { app: "ccg" });
  const user = await invoke(sandbox, everything(), {
    app: "ccg",
    box_subject_type: "user",
    box_subject_id: "77",
  });
  const ids = await Promise.all(
    [enterprise, user].map((response) =>
      "token" in response ? userOf(response.token.access_token) : response,
    ),
  );
  expect(ids).toEqual([ccg.box.serviceAccountId, "77"]);
  expect(sandbox.box.requests.count("token/client_credentials")).toBe(2);
});
