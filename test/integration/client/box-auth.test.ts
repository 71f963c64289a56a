import { createHash } from "node:crypto";
import { BoxClient } from "box-node-sdk";
import { BaseUrls, BoxRetryStrategy, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { boxAuth } from "../../../client/index.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { linesOfKind } from "../../support/token-client.ts";
import { type OptionsByAccess, optionsByAccess } from "./options-by-access.ts";

/** The client around the built functions, under Box's own SDKs. */
let sandbox: Sandbox;
let optionsBy: OptionsByAccess;

beforeAll(async () => {
  sandbox = await startSandbox();
  optionsBy = optionsByAccess(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.box.requests.clear());

const url = () => sandbox.box.url;
const session = () =>
  new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: url(), uploadUrl: url(), oauth2Url: `${url()}/oauth2` }),
    // It would wait for seconds before it repeats a call.
    retryStrategy: new BoxRetryStrategy({ retryBaseInterval: 0 }),
  });
const audits = () => linesOfKind(sandbox, "audit").length;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe.each(["url", "invoke"] as const)("boxAuth by %s", (access) => {
  test("Box's SDK works with it as with its own auth", async () => {
    await sandbox.coldStart();
    const client = new BoxClient({ auth: boxAuth(optionsBy[access]()), networkSession: session() });
    const { reports } = sandbox.sample;
    expect((await client.users.getUserMe()).id).toBe(sandbox.apps.sandbox?.box.serviceAccountId);
    expect((await client.folders.getFolderById(reports.id)).name).toBe("Reports");
    expect(sandbox.box.requests.count("token")).toBe(1);
  });

  test("a token has the requested subject and scopes", async () => {
    const { managedUser, reports, payroll } = sandbox.sample;
    const auth = boxAuth({
      ...optionsBy[access](),
      app: "sandbox",
      subject: { enterprise: sandbox.apps.sandbox!.config.enterpriseID },
      scope: ["item_preview", "base_explorer"],
      resource: `https://api.box.com/2.0/folders/${reports.id}`,
    });
    const token = await auth.retrieveToken();
    expect(token).toMatchObject({ accessToken: expect.stringMatching(/^1!/), tokenType: "bearer" });
    expect(token.restrictedTo).toEqual([
      { scope: "base_explorer", object: { type: "folder", id: reports.id, name: "Reports" } },
      { scope: "item_preview", object: { type: "folder", id: reports.id, name: "Reports" } },
    ]);
    const client = new BoxClient({ auth, networkSession: session() });
    await expect(client.folders.getFolderById(payroll.id)).rejects.toMatchObject({
      responseInfo: { statusCode: 403 },
    });
    const user = new BoxClient({
      auth: boxAuth({ ...optionsBy[access](), subject: { user: managedUser.id } }),
      networkSession: session(),
    });
    expect((await user.users.getUserMe()).id).toBe(managedUser.id);
  });

  test("2,000 concurrent calls send one request to the function", async () => {
    const auth = boxAuth(optionsBy[access]());
    const before = audits();
    const headers = await Promise.all(
      Array.from({ length: 2_000 }, () => auth.retrieveAuthorizationHeader()),
    );
    expect(new Set(headers).size).toBe(1);
    expect(audits() - before).toBe(1);
  });

  test("a token that Box rejects is replaced once, in the function's cache too", async () => {
    await sandbox.coldStart();
    const auth = boxAuth(optionsBy[access]());
    const client = new BoxClient({ auth, networkSession: session() });
    await client.users.getUserMe();
    const [refused] = [...sandbox.box.tokens.all.keys()].slice(-1);
    sandbox.box.tokens.revoke(refused!);
    sandbox.freeze(10_000);
    const before = audits();
    await Promise.all(Array.from({ length: 10 }, () => client.users.getUserMe()));
    expect(audits() - before).toBe(1);
    expect(sandbox.box.requests.count("token")).toBe(2);
    expect(linesOfKind(sandbox, "audit").at(-1)?.token_sha256).not.toBe(sha256(refused!));
  });

  test("a narrower token comes from the function, not from Box", async () => {
    const auth = boxAuth(optionsBy[access]());
    const resource = `https://api.box.com/2.0/files/${sandbox.sample.reportFile.id}`;
    const token = await auth.downscopeToken(["item_download"], resource);
    expect(token.restrictedTo).toMatchObject([{ scope: "item_download", object: { type: "file" } }]);
    expect(await auth.retrieveToken()).not.toEqual(token);
  });

  test("a caller without a grant gets the code, the status and the request id", async () => {
    const refused = boxAuth(optionsBy[access](sandbox.callers.nothing!)).retrieveToken();
    const error = await refused.catch((reason: unknown) => reason);
    const denied = linesOfKind(sandbox, "audit").filter(({ outcome }) => outcome === "denied");
    expect(error).toMatchObject({
      name: "BoxStsError",
      code: "unauthorized_client",
      status: 403,
      retryable: false,
      requestId: expect.toBeOneOf(denied.map(({ request_id }) => request_id)),
      nextStep: expect.stringMatching(/policy statement/),
    });
  });
});

describe("what Box's interface has and the function does not support", () => {
  test("a shared link is refused with the alternative", async () => {
    const refusal = boxAuth(optionsBy.url()).downscopeToken(
      ["item_preview"],
      undefined,
      "https://app.box.com/s/x",
    );
    await expect(refusal).rejects.toMatchObject({ code: "shared_link_unsupported" });
  });

  test("a scope beyond its own is refused without a request", async () => {
    const auth = boxAuth({ ...optionsBy.url(), scope: "item_preview" });
    await expect(auth.downscopeToken(["item_download"])).rejects.toMatchObject({ code: "scope_too_wide" });
    await expect(auth.downscopeToken([])).rejects.toMatchObject({ code: "scope_too_wide" });
  });
});
