import { readFile } from "node:fs/promises";
import { BoxCcgAuth, BoxClient, BoxDeveloperTokenAuth, BoxJwtAuth, CcgConfig, JwtConfig } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";

/** The official SDK, as published, against the sandbox: nothing of it is patched. */
let sandbox: Sandbox;
let session: NetworkSession;

beforeAll(async () => {
  sandbox = await startSandbox({ apps: { ccg: { authentication: "client_credentials" } } });
  const { url } = sandbox.box;
  session = new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: url, uploadUrl: url, oauth2Url: `${url}/oauth2` }),
  });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.box.requests.clear());

const jwtAuth = () =>
  new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(sandbox.apps.sandbox?.config)) });

function ccgAuth(subject: { enterpriseId: string } | { userId: string }) {
  const { clientID: clientId, clientSecret } = sandbox.apps.ccg!.config.boxAppSettings;
  return new BoxCcgAuth({ config: new CcgConfig({ clientId, clientSecret, ...subject }) });
}

const me = async (auth: BoxJwtAuth | BoxCcgAuth | BoxDeveloperTokenAuth) =>
  (await new BoxClient({ auth, networkSession: session }).users.getUserMe()).id;

describe("box-node-sdk 10", () => {
  test("signs in with the generated config file, as the Service Account", async () => {
    const auth = new BoxJwtAuth({ config: JwtConfig.fromConfigFile(sandbox.configPath!) });
    expect(await me(auth)).toBe(sandbox.apps.sandbox?.box.serviceAccountId);
    expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(1);
  });

  test("signs in as a user by JWT", async () => {
    const { managedUser } = sandbox.sample;
    expect(await me(jwtAuth().withUserSubject(managedUser.id))).toBe(managedUser.id);
  });

  test("signs in with client credentials, as the Service Account and as a user", async () => {
    const { config, box } = sandbox.apps.ccg!;
    expect(await me(ccgAuth({ enterpriseId: config.enterpriseID }))).toBe(box.serviceAccountId);
    expect(sandbox.box.requests.count("token/client_credentials")).toBe(1);
  });

  test("reads what a token with a life of its own may read", async () => {
    const client = new BoxClient({ auth: jwtAuth(), networkSession: session });
    const { reports, reportFile } = sandbox.sample;
    expect((await client.folders.getFolderById(reports.id)).name).toBe("Reports");
    const items = await client.folders.getFolderItems("0");
    expect(items.entries?.map(({ name }) => name)).toEqual(["Payroll", "Reports"]);
    const stream = await client.downloads.downloadFile(reportFile.id);
    const chunks: Buffer[] = [];
    for await (const chunk of stream!) chunks.push(Buffer.from(chunk));
    expect(Buffer.concat(chunks).toString()).toBe("This is summary.txt.\n");
  });

  test("acts for a user by As-User", async () => {
    const { managedUser } = sandbox.sample;
    const client = new BoxClient({ auth: jwtAuth(), networkSession: session }).withAsUserHeader(
      managedUser.id,
    );
    expect((await client.users.getUserMe()).id).toBe(managedUser.id);
  });

  test("downscopes a token to one folder, which then opens no other", async () => {
    const { reports, payroll, nestedFile } = sandbox.sample;
    const scopes = ["base_explorer", "item_preview", "item_download"];
    const resource = `https://api.box.com/2.0/folders/${reports.id}`;
    const token = await jwtAuth().downscopeToken(scopes, resource, undefined, session);
    expect(token.accessToken).toMatch(/^1!/);
    expect(token.restrictedTo?.map(({ scope }) => scope)).toEqual(scopes);
    const auth = new BoxDeveloperTokenAuth({ token: token.accessToken! });
    const client = new BoxClient({ auth, networkSession: session });
    expect((await client.folders.getFolderById(reports.id)).id).toBe(reports.id);
    expect((await client.files.getFileById(nestedFile.id)).id).toBe(nestedFile.id);
    await expect(client.folders.getFolderById(payroll.id)).rejects.toMatchObject({
      responseInfo: { statusCode: 403, body: { code: "insufficient_scope" } },
    });
  });

  test("reports a scope that is too wide and a resource that the user cannot see", async () => {
    const request = (scope: string, resource: string) =>
      jwtAuth().downscopeToken([scope], resource, undefined, session);
    const folder = (id: string) => `https://api.box.com/2.0/folders/${id}`;
    await expect(request("manage_groups", folder(sandbox.sample.reports.id))).rejects.toMatchObject({
      responseInfo: { statusCode: 401 },
    });
    await expect(request("item_preview", folder(sandbox.sample.privateFolder.id))).rejects.toMatchObject({
      responseInfo: { statusCode: 400, body: { error: "invalid_resource" } },
    });
  });

  test("revokes a token", async () => {
    const auth = jwtAuth();
    const { accessToken } = await auth.retrieveToken(session);
    expect(sandbox.box.tokens.find(accessToken!)).toBeDefined();
    await auth.revokeToken(session);
    expect(sandbox.box.tokens.find(accessToken!)).toBeUndefined();
  });

  test("gets a new token when Box refuses the old one", async () => {
    const auth = jwtAuth();
    await me(auth);
    sandbox.box.tokens.expire();
    await me(auth);
    expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(2);
  });

  test("reports Box's refusal, body and all", async () => {
    sandbox.box.faults.inject("unauthorized-app", { times: 1 });
    await expect(jwtAuth().retrieveToken(session)).rejects.toMatchObject({
      responseInfo: {
        statusCode: 400,
        body: {
          error: "unauthorized_client",
          error_description: "This app is not authorized by the enterprise admin",
        },
      },
    });
  });

  test("sends no kid, so a second key at Box locks it out", async () => {
    const app = sandbox.apps.sandbox!;
    const [only] = app.box.publicKeys.values();
    app.box.publicKeys.set("second00", only!);
    await expect(jwtAuth().retrieveToken(session)).rejects.toMatchObject({
      responseInfo: { body: { error_description: '"kid" empty, unable to lookup correct key' } },
    });
    app.box.publicKeys.delete("second00");
  });

  test("replays its jti after a 429, which Box then refuses", async () => {
    sandbox.box.faults.inject("rate-limited", { times: 1, on: "token" });
    await expect(jwtAuth().retrieveToken(session)).rejects.toMatchObject({
      responseInfo: {
        body: { error_description: expect.stringMatching(/A unique 'jti' value is required/) },
      },
    });
    expect(sandbox.box.requests.count("token")).toBe(2);
  });
});

test("the config file on disk is the one in Secrets Manager", async () => {
  const [version] = [...sandbox.secretsManager.secrets.get("box-sts/sandbox")!.versions.values()];
  expect(JSON.parse(await readFile(sandbox.configPath!, "utf8"))).toEqual(JSON.parse(version!.SecretString!));
});
