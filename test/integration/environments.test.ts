import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { auditLines, requestToken } from "../support/token-client.ts";

/** What one environment shares among its requests, and what a fleet of environments does not. */
let sandbox: Sandbox;

const prepare = (requestsPerEnvironment: number) => {
  beforeAll(async () => {
    sandbox = await startSandbox({ scaling: { requestsPerEnvironment } });
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    await sandbox.coldStart();
    sandbox.box.requests.clear();
    sandbox.secretsManager.requests.clear();
  });
};

const everything = () => sandbox.callers.everything!;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const invokeAtOnce = async (count: number, event: object = {}) => {
  const { alias: qualifier } = everything();
  const requests = Array.from({ length: count }, () =>
    sandbox.functions.tokenInvoke.invoke(event, { qualifier }),
  );
  const outcomes = await Promise.all(requests);
  return new Set(outcomes.map((outcome) => (outcome.ok ? JSON.parse(outcome.payload).access_token : "none")));
};
const costs = () => ({
  grants: sandbox.box.requests.count("token/jwt-bearer"),
  exchanges: sandbox.box.requests.count("token/token-exchange"),
  secretReads: sandbox.secretsManager.requests.count("GetSecretValue"),
});

describe("on demand, where an environment serves one request at a time,", () => {
  prepare(1);

  const AT_ONCE = 5;
  test(`${AT_ONCE} cold callers at once cost a grant, an exchange and a secret read each`, async () => {
    const costOfAll = { grants: AT_ONCE, exchanges: AT_ONCE, secretReads: AT_ONCE };
    const before = sandbox.functions.tokenInvoke.coldStarts;
    const tokens = await invokeAtOnce(AT_ONCE, { scope: "item_download" });
    expect(costs()).toEqual(costOfAll);
    expect(tokens.size).toBe(AT_ONCE);
    expect(sandbox.functions.tokenInvoke.coldStarts - before).toBe(AT_ONCE);
    expect(await invokeAtOnce(AT_ONCE, { scope: "item_download" })).toEqual(tokens);
    expect(costs()).toEqual(costOfAll);
  });

  test("12 callers one after the other cost one grant and one secret read", async () => {
    for (let caller = 0; caller < 12; caller++) await invokeAtOnce(1);
    expect(costs()).toEqual({ grants: 1, exchanges: 0, secretReads: 1 });
  });
});

describe("with many requests in one environment,", () => {
  prepare(Number.POSITIVE_INFINITY);

  test("1,000 cold calls for one subject cost one grant and one secret read", async () => {
    const tokens = await invokeAtOnce(1_000);
    expect([tokens.size, tokens.has("none")]).toEqual([1, false]);
    expect(costs()).toEqual({ grants: 1, exchanges: 0, secretReads: 1 });
  });

  test("50 subjects cost 50 grants and one secret read", async () => {
    const { enterpriseId } = sandbox.sample.managedUser;
    const ids = Array.from({ length: 50 }, (_, index) => String(5_000_000 + index));
    for (const id of ids)
      sandbox.box.state.users.set(id, { id, name: id, login: `${id}@x`, enterpriseId, kind: "managed" });
    const tokens = await Promise.all(
      ids.map((box_subject_id) => invokeAtOnce(3, { box_subject_type: "user", box_subject_id })),
    );
    expect(new Set(tokens.flatMap((same) => [...same])).size).toBe(50);
    expect(costs()).toEqual({ grants: 50, exchanges: 0, secretReads: 1 });
  });

  test("a token that Box refused is replaced once for all callers who name it", async () => {
    const first = (await requestToken(sandbox, everything())).body.access_token ?? "";
    // A token that was minted less than 10 s ago is not replaced.
    sandbox.freeze(10_000);
    const requests = Array.from({ length: 20 }, () =>
      requestToken(sandbox, everything(), { rejected_token_sha256: sha256(first) }),
    );
    const replaced = new Set((await Promise.all(requests)).map(({ body }) => body.access_token));
    expect([replaced.size, replaced.has(first)]).toEqual([1, false]);
    expect(costs()).toMatchObject({ grants: 2 });
  });

  test("a key rotation loses no request in flight, and reads the secret once more", async () => {
    expect((await requestToken(sandbox, everything())).status).toBe(200);
    await sandbox.rotateKey();
    const { managedUser, appUser } = sandbox.sample;
    const requests = [managedUser, appUser, managedUser, appUser].map(({ id }) =>
      requestToken(sandbox, everything(), { box_subject_type: "user", box_subject_id: id }),
    );
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(costs()).toMatchObject({ secretReads: 2 });
  });

  test("each request has an audit line of its own", async () => {
    const before = auditLines(sandbox).length;
    await invokeAtOnce(100);
    expect(auditLines(sandbox).length - before).toBe(100);
  });
});
