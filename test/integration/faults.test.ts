import {
  DeleteSecretCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { everyNth } from "../support/samples.ts";
import { linesOfKind, requestToken } from "../support/token-client.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.box.faults.clear();
  sandbox.box.clock.skewSeconds = 0;
  sandbox.secretsManager.faults.clear();
  sandbox.box.requests.clear();
  sandbox.secretsManager.requests.clear();
  subject = newUser();
});

/** Of this test alone, so that no environment has a token of it, or remembers a refusal. */
let subject: Readonly<Record<string, string>>;
let users = 0;
function newUser() {
  const id = String(7_000_000 + ++users);
  const { enterpriseId } = sandbox.sample.managedUser;
  sandbox.box.state.users.set(id, {
    id,
    name: id,
    login: `${id}@example.com`,
    enterpriseId,
    kind: "managed",
  });
  return { box_subject_type: "user", box_subject_id: id };
}
const coldStart = () => sandbox.coldStart();
/** In a new environment the requests may be those for the enterprise. */
async function coldStartForEnterprise(): Promise<void> {
  subject = {};
  await coldStart();
}
const request = (parameters: Record<string, string> = {}) =>
  requestToken(sandbox, sandbox.callers.everything!, { ...subject, ...parameters });
const tokenRequests = () => sandbox.box.requests.count("token");
const mainApp = () => sandbox.apps.sandbox!;

describe("a token is issued despite a short fault at Box:", () => {
  beforeAll(coldStart);

  const brief = [
    ["server-error", {}],
    ["reset", {}],
    ["reset-after", {}],
    ["server-error-after", {}],
    ["lost-response", {}],
    ["truncated-json", {}],
    ["html-body", { status: 200 }],
    ["html-body", { status: 502 }],
  ] as const;

  test.each(everyNth(brief, 3))("%s %j is retried with a fresh assertion", async (fault, settings) => {
    sandbox.box.faults.inject(fault, { times: 1, ...settings });
    expect((await request()).status).toBe(200);
    expect(tokenRequests()).toBe(2);
  });

  test.each(["server-error", "reset-after", "truncated-json"] as const)(
    "%s during the exchange does not repeat the grant",
    async (fault) => {
      sandbox.box.faults.inject(fault, { times: 1, on: "token/token-exchange" });
      expect((await request({ scope: "item_download" })).status).toBe(200);
      expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(1);
      expect(sandbox.box.requests.count("token/token-exchange")).toBe(2);
    },
  );
});

describe("a lasting fault at Box is reported:", () => {
  beforeAll(coldStart);

  test.each([
    ["server-error", "box_unavailable", 503],
    ["reset", "box_unavailable", 503],
    ["truncated-json", "box_unexpected_answer", 502],
    ["html-body", "box_unexpected_answer", 502],
  ] as const)("%s without end is %s, after four attempts", async (fault, code, expected) => {
    sandbox.box.faults.inject(fault);
    const { status, body } = await request();
    expect([status, body.code, body.retryable]).toEqual([expected, code, true]);
    expect(tokenRequests()).toBe(4);
  });

  const final = [
    ["disabled-app", "box_app_not_authorized", 503],
    ["location-blocked", "box_location_blocked", 503],
    ["forbidden-by-policy", "box_policy_forbids", 403],
    ["unknown-403", "box_refused", 502],
    ["password-reset", "box_password_reset_required", 403],
    ["terms-not-accepted", "box_terms_not_accepted", 403],
    ["lost-body", "box_url_wrong", 502],
  ] as const;

  test.each(everyNth(final, 3))(
    "%s at the grant is %s, final, after one request",
    async (fault, code, expected) => {
      sandbox.box.faults.inject(fault);
      const { status, body } = await request();
      expect([status, body.code, body.retryable]).toEqual([expected, code, false]);
      expect(tokenRequests()).toBe(1);
      expect(body.box_request_id).toMatch(/^[0-9a-f]{34}$/);
      expect(linesOfKind(sandbox, "audit").at(-1)?.box_request_id).toBe(body.box_request_id);
      const steps = linesOfKind(sandbox, "request").at(-1)?.steps;
      expect(steps).toContainEqual(expect.objectContaining({ box_request_id: body.box_request_id }));
      if (fault === "unknown-403")
        expect(linesOfKind(sandbox, "audit").at(-1)?.reason).toContain("403 forbidden_by_something_new");
    },
  );

  test("permission-denied at the exchange is box_permission_denied, final, after one request", async () => {
    sandbox.box.faults.inject("permission-denied");
    const { status, body } = await request({ scope: "item_download" });
    expect([status, body.code, body.retryable]).toEqual([403, "box_permission_denied", false]);
    expect(tokenRequests()).toBe(2);
  });

  test("token-refused at the exchange is box_token_refused, after a second full token", async () => {
    sandbox.box.faults.inject("token-refused");
    const { status, body, headers } = await request({ scope: "item_download" });
    expect([status, body.code, body.retryable]).toEqual([503, "box_token_refused", true]);
    expect(headers["retry-after"]).toBe("5");
    expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(2);
    expect(sandbox.box.requests.count("token/token-exchange")).toBe(4);
  });

  test("token-refused for a moment is overcome with the same full token", async () => {
    sandbox.box.faults.inject("token-refused", { times: 1, on: "token/token-exchange" });
    expect((await request({ scope: "item_download" })).status).toBe(200);
    expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(1);
  });

  test("a user that Box does not know is reported apart from an outage", async () => {
    const { status, body } = await request({ box_subject_type: "user", box_subject_id: "404" });
    expect([status, body.code]).toEqual([403, "box_subject_refused"]);
  });

  test("a folder that the subject cannot see is box_resource_refused", async () => {
    const resource = "https://api.box.com/2.0/folders/404";
    const { status, body } = await request({ scope: "item_download", resource });
    expect([status, body.code]).toEqual([403, "box_resource_refused"]);
  });

  test("a scope beyond the app's is box_scope_refused, and costs one exchange", async () => {
    const { status, body } = await request({ scope: "manage_legal_holds" });
    expect([status, body.code]).toEqual([403, "box_scope_refused"]);
    expect(sandbox.box.requests.count("token/token-exchange")).toBe(1);
  });
});

describe("a new environment at a Box with a fault:", () => {
  beforeEach(coldStartForEnterprise);

  test.each(everyNth([-3_600, -90, 90, 3_600], 2))(
    "a clock that is off by %i s costs one more request",
    async (skewSeconds) => {
      sandbox.box.clock.skewSeconds = skewSeconds;
      expect((await request()).status).toBe(200);
      expect(tokenRequests()).toBe(2);
      const other = await request({
        box_subject_type: "user",
        box_subject_id: sandbox.sample.managedUser.id,
      });
      expect(other.status).toBe(200);
      expect(tokenRequests()).toBe(3);
      expect(linesOfKind(sandbox, "log").at(-1)).toMatchObject({ level: "WARN" });
    },
  );

  test("a rate limit with Retry-After costs one more request", async () => {
    sandbox.box.faults.inject("rate-limited", { times: 1, retryAfterSeconds: 1 });
    expect((await request()).status).toBe(200);
    expect(tokenRequests()).toBe(2);
  });

  test.each([
    [240, "Box's Retry-After", "240"],
    [600, "a Retry-After of five minutes", "300"],
  ])(
    "a rate limit of %i s, which outlasts the request, fails at once with %s",
    async (seconds, _, expected) => {
      sandbox.box.faults.inject("rate-limited", { retryAfterSeconds: seconds });
      const { status, body, headers } = await request();
      expect(status).toBe(503);
      expect(body).toMatchObject({
        code: "box_rate_limited",
        error: "temporarily_unavailable",
        retryable: true,
      });
      expect(headers["retry-after"]).toBe(expected);
      expect(tokenRequests()).toBe(1);
    },
  );

  test.each([
    ["unauthorized-app", "box_app_not_authorized"],
    ["key-removed", "box_key_refused"],
  ] as const)("%s is %s, and is not retried", async (fault, code) => {
    sandbox.box.faults.inject(fault);
    const { status, body } = await request();
    expect([status, body.code, body.retryable]).toEqual([503, code, false]);
    expect(tokenRequests()).toBe(1);
  });

  test("a final refusal is remembered for 30 s", async () => {
    const fault = sandbox.box.faults.inject("unauthorized-app");
    expect((await request()).status).toBe(503);
    fault.remove();
    expect((await request()).status).toBe(503);
    expect(tokenRequests()).toBe(1);
    sandbox.freeze(30_000);
    expect((await request()).status).toBe(200);
  });
});

describe("the secret", () => {
  beforeEach(coldStartForEnterprise);

  test("that is throttled for a moment is read by the SDK's own retries", async () => {
    sandbox.secretsManager.faults.inject("throttled", { times: 1 });
    expect((await request()).status).toBe(200);
    expect(sandbox.secretsManager.requests.count("GetSecretValue")).toBe(2);
  });

  const unreadable = [
    ["throttled", "secret_unavailable", true],
    ["away", "secret_unavailable", true],
    ["internal-error", "secret_unavailable", true],
    ["access-denied", "secret_forbidden", false],
    ["key-denied", "secret_key_forbidden", false],
  ] as const;

  test.each(everyNth(unreadable, 3))("that cannot be read (%s) is %s", async (fault, code, retryable) => {
    sandbox.secretsManager.faults.inject(fault);
    const { status, body } = await request();
    expect([status, body.code, body.retryable]).toEqual([503, code, retryable]);
    expect(tokenRequests()).toBe(0);
  });

  test("that is scheduled for deletion is secret_not_found", async () => {
    const { secretName } = mainApp();
    const client = new SecretsManagerClient({
      endpoint: sandbox.secretsManager.url,
      region: sandbox.region,
      credentials: sandbox.operator,
    });
    await client.send(new DeleteSecretCommand({ SecretId: secretName }));
    const { status, body } = await request();
    await client.send(new RestoreSecretCommand({ SecretId: secretName }));
    expect([status, body.code, body.retryable]).toEqual([503, "secret_not_found", false]);
  });

  test("that is not a Box config is secret_invalid, with the details in the log alone", async () => {
    const good = JSON.stringify(mainApp().config);
    sandbox.secretsManager.put(
      mainApp().secretName,
      good.replace(/"enterpriseID":"\d+"/, '"enterpriseID":"0"'),
    );
    const { status, body, text } = await request();
    sandbox.secretsManager.put(mainApp().secretName, good);
    expect([status, body.code]).toEqual([503, "secret_invalid"]);
    expect(text).not.toContain("enterpriseID");
    expect(linesOfKind(sandbox, "audit").at(-1)?.reason).toContain("/enterpriseID");
  });
});

describe("a key rotation", () => {
  beforeEach(coldStartForEnterprise);

  test("whose new key Box does not know yet continues with the previous version of the secret", async () => {
    const { publicKeys } = mainApp().box;
    const [oldKey] = [...publicKeys];
    await sandbox.rotateKey();
    const [newKey] = [...publicKeys];
    publicKeys.clear();
    publicKeys.set(...oldKey!);
    expect((await request()).status).toBe(200);
    const { id } = sandbox.sample.managedUser;
    // The first two requests each find the current version refused; from then on the previous one is loaded.
    const user = { box_subject_type: "user", box_subject_id: id };
    expect((await request(user)).status).toBe(200);
    const reads = sandbox.secretsManager.requests.count("GetSecretValue");
    expect(reads).toBe(5);
    expect((await request({ ...user, scope: "item_download" })).status).toBe(200);
    expect(sandbox.secretsManager.requests.count("GetSecretValue")).toBe(reads);
    expect(linesOfKind(sandbox, "audit").at(-1)).toMatchObject({ secret_stage: "AWSPREVIOUS" });
    expect(linesOfKind(sandbox, "request").at(-1)).toMatchObject({ PreviousSecretUses: 1 });
    publicKeys.clear();
    publicKeys.set(...newKey!);
  });
});
