import { createHash } from "node:crypto";
import { BoxClient } from "box-node-sdk";
import { BaseUrls, BoxRetryStrategy, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BoxAuth, type BoxStsError, boxAuth } from "../../../client/index.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { linesOfKind } from "../../support/token-client.ts";
import { type OptionsByAccess, optionsByAccess } from "./options-by-access.ts";

/** `revokeToken()` of the client, against the built functions with a table that their instances share. */
let sandbox: Sandbox;
let optionsBy: OptionsByAccess;

const everything = { app: "sandbox", subjects: ["enterprise", "user:*"], unrestricted: true };
const POLICY = {
  version: 1,
  statements: [
    { id: "shared", caller: { name: "everything" }, ...everything },
    { id: "isolated", caller: { name: "isolated" }, ...everything, isolate: true },
    { id: "revoker", caller: { name: "revoker" }, ...everything, revoke: true },
  ],
};

beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true, policy: POLICY, callers: ["isolated", "revoker"] });
  optionsBy = optionsByAccess(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(() => {
  for (const faults of Object.values(sandbox.faults)) faults.clear();
  sandbox.box.requests.clear();
});

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const revocations = () => linesOfKind(sandbox, "audit").filter(({ action }) => action === "revoke");
const isLiveAtBox = (token: string) => sandbox.box.tokens.find(token) !== undefined;
const tokenOf = async (auth: BoxAuth) => (await auth.retrieveToken()).accessToken;
const failure = (work: Promise<unknown>): Promise<BoxStsError> =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );
const session = () => {
  const { url } = sandbox.box;
  return new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: url, uploadUrl: url, oauth2Url: `${url}/oauth2` }),
    retryStrategy: new BoxRetryStrategy({ retryBaseInterval: 0 }),
  });
};

describe.each(["url", "invoke"] as const)("revokeToken() by %s", (access) => {
  /** Each test has a subject of its own, whose tokens no other test has in the table. */
  let subjects = access === "url" ? 9_000_000 : 9_100_000;
  const newAuth = (caller: string, user = String(subjects)) =>
    boxAuth({ ...optionsBy[access](sandbox.callers[caller]), subject: { user } });
  beforeEach(() => {
    const id = String(++subjects);
    sandbox.box.state.users.set(id, { ...sandbox.sample.managedUser, id });
  });

  test("under Box's SDK ends an isolated token at Box, and the next call works with another", async () => {
    const client = new BoxClient({ auth: newAuth("isolated"), networkSession: session() });
    const user = String(subjects);
    expect((await client.users.getUserMe()).id).toBe(user);
    const token = (await client.auth.retrieveToken()).accessToken ?? "";
    expect(await client.auth.revokeToken()).toBeUndefined();
    expect(isLiveAtBox(token)).toBe(false);
    expect((await client.users.getUserMe()).id).toBe(user);
    expect(revocations().at(-1)).toMatchObject({ effect: "ended_at_box", token_sha256: sha256(token) });
    expect(sandbox.box.requests.count("revoke")).toBe(1);
  });

  test("of a shared token makes the function return it to no caller, and lets it live on at Box", async () => {
    const auth = newAuth("everything");
    const token = await tokenOf(auth);
    expect(await tokenOf(newAuth("everything"))).toBe(token);
    sandbox.freeze(10_000);
    await auth.revokeToken();
    expect(revocations().at(-1)).toMatchObject({ effect: "evicted" });
    expect(isLiveAtBox(token)).toBe(true);
    const next = await tokenOf(auth);
    expect(next).not.toBe(token);
    expect(await tokenOf(newAuth("everything"))).toBe(next);
  });

  test("with a token of downscopeToken() ends that one, and the auth keeps its own", async () => {
    const auth = newAuth("revoker");
    const own = await tokenOf(auth);
    const { accessToken } = await auth.downscopeToken(["item_preview"]);
    await auth.revokeToken(undefined, accessToken);
    expect([isLiveAtBox(accessToken), isLiveAtBox(own)]).toEqual([false, true]);
    expect(await tokenOf(auth)).toBe(own);
  });

  test("ends the token of an auth that has scopes, which is a downscoped one", async () => {
    const user = String(subjects);
    const options = optionsBy[access](sandbox.callers.isolated);
    const scope = "item_preview";
    const auth = boxAuth({ ...options, subject: { user }, scope });
    const token = await auth.retrieveToken();
    expect(token.restrictedTo).toMatchObject([{ scope }]);
    await auth.revokeToken();
    expect(isLiveAtBox(token.accessToken)).toBe(false);
  });

  test("sends nothing without a token, and one request for a hundred calls", async () => {
    const auth = newAuth("isolated");
    const before = revocations().length;
    await auth.revokeToken();
    expect(revocations()).toHaveLength(before);
    await auth.retrieveToken();
    await Promise.all(Array.from({ length: 100 }, () => auth.revokeToken()));
    await auth.revokeToken();
    expect(revocations()).toHaveLength(before + 1);
  });

  test("with a token that the function never issued succeeds", async () => {
    await newAuth("everything").revokeToken(undefined, "never-issued");
    expect(revocations().at(-1)).toMatchObject({ effect: "unknown_token" });
  });

  test("with an isolated token of another caller is unauthorized_client, and the token lives on", async () => {
    const token = await tokenOf(newAuth("isolated"));
    const error = await failure(newAuth("everything").revokeToken(undefined, token));
    expect(error).toMatchObject({ name: "BoxStsError", code: "unauthorized_client", status: 403 });
    expect(error.requestId).toBe(revocations().at(-1)?.request_id);
    expect(isLiveAtBox(token)).toBe(true);
  });

  test("with a text that is no token is invalid_request, without repeating the text", async () => {
    const error = await failure(newAuth("everything").revokeToken(undefined, "canary with spaces"));
    expect(error).toMatchObject({ code: "invalid_request", status: 400 });
    expect(error.message).toMatch(/^token must be an access token/);
    expect(error.message).not.toContain("canary");
  });

  test.each([
    ["throttled", 2],
    ["reset", 1],
    ["reset-after", 1],
  ] as const)("is repeated by the client after Lambda's fault %s", async (fault, times) => {
    const auth = newAuth("isolated");
    const token = await tokenOf(auth);
    const injected = sandbox.faults.lambda.inject(fault, { times });
    await auth.revokeToken();
    expect(injected.hits).toBe(times);
    expect(isLiveAtBox(token)).toBe(false);
  });

  test("is repeated by the function alone while Box responds with 503, and again by the next call", async () => {
    const auth = newAuth("isolated");
    const token = await tokenOf(auth);
    const before = revocations().length;
    const injected = sandbox.faults.box.inject("server-error", { status: 503, on: "revoke" });
    const error = await failure(auth.revokeToken());
    expect(error).toMatchObject({ code: "box_unavailable", retryable: true });
    expect(revocations()).toHaveLength(before + 1);
    expect(sandbox.box.requests.count("revoke")).toBe(4);
    injected.remove();
    await auth.revokeToken();
    expect(isLiveAtBox(token)).toBe(false);
  });
});

test("without a table revokeToken() drops the token and rejects with revocation_not_configured", async () => {
  await sandbox.coldStart({ BOX_STS_TABLE: "" });
  const auth = boxAuth({ ...optionsBy.url() });
  await auth.retrieveToken();
  const issues = () => linesOfKind(sandbox, "audit").filter(({ action }) => action === "issue").length;
  const before = issues();
  const error = await failure(auth.revokeToken());
  expect(error).toMatchObject({ code: "revocation_not_configured", retryable: false, status: 503 });
  await auth.retrieveToken();
  expect(issues() - before).toBe(1);
});
