import { BoxClient, BoxJwtAuth, JwtConfig } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NamedEnterprise } from "../../../sandbox/box/enterprises.ts";
import { addNamedItems } from "../../../sandbox/box/sample.ts";
import { type Box, startBox } from "../../../sandbox/box/server.ts";
import { addApp } from "../../../sandbox/box/state.ts";
import { parsedResponse, post } from "./box-requests.ts";
import {
  authorizeUrl,
  CALLBACK,
  clientOf as oauthClient,
  openPage,
  redirectOf,
  submit,
} from "./oauth/oauth-requests.ts";

/** One enterprise per worker of a test runner, below a path of its own, with the official SDK as published. */
const WORKERS = Array.from({ length: 8 }, (_, index) => index + 1);
let box: Box;
let all: readonly NamedEnterprise[];

beforeAll(async () => {
  box = await startBox();
  all = await Promise.all(WORKERS.map((worker) => box.enterprise(`worker-${worker}`)));
  for (const [index, { state, app }] of all.entries()) {
    addNamedItems(state, app, { users: [], files: [], folders: [folderOf(index)] });
  }
});
afterAll(() => box.close());

/** Id of the folder that a worker alone has. */
const folderOf = (index: number): string => `77${index}`;

const authOf = ({ config }: NamedEnterprise) =>
  new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(config)) });

const sessionOf = ({ url }: NamedEnterprise) =>
  new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: url, uploadUrl: url, oauth2Url: `${url}/oauth2` }),
  });

const clientOf = (enterprise: NamedEnterprise) =>
  new BoxClient({ auth: authOf(enterprise), networkSession: sessionOf(enterprise) });

async function tokenOf(enterprise: NamedEnterprise): Promise<string> {
  const { accessToken } = await authOf(enterprise).retrieveToken(sessionOf(enterprise));
  return accessToken as string;
}

const getMe = async (url: string, token: string) =>
  fetch(`${url}/2.0/users/me`, { headers: { Authorization: `Bearer ${token}` } });

async function contentOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("eight workers at once, each with box-node-sdk 10 below its own path", () => {
  test("see their own files alone", async () => {
    const seen = await Promise.all(
      all.map(async (enterprise) => {
        const client = clientOf(enterprise);
        const { entries } = await client.folders.getFolderItems("0");
        const file = await client.downloads.downloadFile(enterprise.sample.reportFile.id);
        return { names: entries?.map(({ name }) => name).sort(), text: await contentOf(file) };
      }),
    );
    expect(seen).toEqual(
      WORKERS.map((_, index) => ({
        names: ["Payroll", "Reports", `folder ${folderOf(index)}`],
        text: "This is summary.txt.\n",
      })),
    );
    await expect(clientOf(all[1]!).folders.getFolderById(folderOf(0))).rejects.toMatchObject({
      responseInfo: { statusCode: 404 },
    });
  });

  test("have tokens that no other one accepts", async () => {
    const tokens = await Promise.all(all.map(tokenOf));
    const statuses = await Promise.all(
      tokens.map((token) =>
        Promise.all([box, ...all].map(async ({ url }) => (await getMe(url, token)).status)),
      ),
    );
    const expected = tokens.map((_, own) => [401, ...all.map((__, index) => (index === own ? 200 : 401))]);
    expect(statuses).toEqual(expected);
  });

  test("have a config.json that no other one accepts", async () => {
    await expect(authOf(all[0]!).retrieveToken(sessionOf(all[1]!))).rejects.toMatchObject({
      responseInfo: { statusCode: 400, body: { error: "invalid_client" } },
    });
  });

  test("have their own faults, clock and requests", async () => {
    const [first, ...others] = all;
    for (const { requests } of [box, ...all]) requests.clear();
    first!.faults.inject("server-error");
    first!.clock.advance(90 * 60_000);
    const before = Date.now();
    const responses = await Promise.all(all.map(({ url }) => getMe(url, "none")));
    expect(responses.map(({ status }) => status)).toEqual([503, ...others.map(() => 401)]);
    const [ahead = 0, ...dates] = responses.map(({ headers }) => Date.parse(headers.get("date") as string));
    // `Date` has whole seconds.
    expect(ahead).toBeGreaterThan(before + 90 * 60_000 - 1_000);
    for (const date of dates) expect(date).toBeLessThanOrEqual(Date.now());
    expect(all.map(({ requests }) => requests.count())).toEqual(WORKERS.map(() => 1));
    expect([box.requests.count(), box.faults.active, box.clock.skewSeconds]).toEqual([0, [], 0]);
    first!.reset();
  });

  test("are reset one by one", async () => {
    const [first, second] = all;
    const [ofFirst, ofSecond] = [await tokenOf(first!), await tokenOf(second!)];
    second!.faults.inject("slow", { ms: 0 });
    first!.reset();
    expect((await getMe(first!.url, ofFirst)).status).toBe(401);
    expect((await getMe(second!.url, ofSecond)).status).toBe(200);
    expect(second!.faults.active).toHaveLength(1);
    expect(first!.state.items.has(folderOf(0))).toBe(false);
    expect(second!.state.items.has(folderOf(1))).toBe(true);
    expect((await clientOf(first!).users.getUserMe()).id).toBe(first!.app.serviceAccountId);
  });
});

describe("an enterprise", () => {
  test("is created once, however many open its name at the same time", async () => {
    const opened = await Promise.all([box.enterprise("shared"), box.enterprise("shared")]);
    expect(opened[0]).toBe(opened[1]);
    expect(await box.enterprise("shared")).toBe(opened[0]);
    expect(box.enterprises.filter(({ name }) => name === "shared")).toHaveLength(1);
    await opened[0]!.close();
  });

  test("is gone with its tokens after it was closed, and a new one of that name has another app", async () => {
    const before = await box.enterprise("short");
    const token = await tokenOf(before);
    await before.close();
    expect((await getMe(before.url, token)).status).toBe(404);
    const after = await box.enterprise("short");
    expect((await getMe(after.url, token)).status).toBe(401);
    expect(after.app.clientId).not.toBe(before.app.clientId);
    await before.close();
    expect(box.enterprises).toContain(after);
    await after.close();
  });

  test.each(["", "a/b", "a b", "ä", "x".repeat(65), ".."])("cannot be named %j", async (name) => {
    await expect(box.enterprise(name)).rejects.toThrow("a name has 1 to 64 characters");
  });

  test("that was not created gets a 404 that states how to create it, in the form of every client", async () => {
    const url = `${box.url}/t/nobody`;
    for (const response of [
      await post(`${url}/oauth2/token`, { grant_type: "client_credentials" }),
      await parsedResponse(await fetch(`${url}/2.0/users/me`)),
      await parsedResponse(await fetch(url)),
    ]) {
      const sentence = `There is no enterprise "nobody" here. Create it: POST name=NAME to ${box.url}/_sandbox/enterprises`;
      expect(response.status).toBe(404);
      expect(response.body.message).toContain(sentence);
      expect(response.body.error_description).toContain(sentence);
    }
  });
});

describe("the base URL of a response", () => {
  const locationOf = async (at: NamedEnterprise, headers: Record<string, string>, url = at.url) => {
    const path = `${url}/2.0/files/${at.sample.reportFile.id}/content`;
    const init = { headers: { Authorization: `Bearer ${await tokenOf(at)}`, ...headers } };
    return (await fetch(path, { ...init, redirect: "manual" })).headers.get("location");
  };

  test("has the host that the client has used, and the enterprise's prefix", async () => {
    const port = new URL(box.url).port;
    const throughName = `http://localhost:${port}/t/worker-1`;
    expect(await locationOf(all[0]!, {}, throughName)).toMatch(`${throughName}/`);
    expect(await locationOf(all[0]!, {})).toMatch(`${box.url}/t/worker-1/`);
  });

  test("leads to the content without a token", async () => {
    const location = (await locationOf(all[3]!, {})) as string;
    expect(await (await fetch(location)).text()).toBe("This is summary.txt.\n");
    const elsewhere = location.replace("worker-4", "worker-5");
    expect((await fetch(elsewhere)).status).toBe(404);
  });
});

test("the consent page below a prefix posts to the same enterprise, which issues the code", async () => {
  const at = await box.enterprise("consent");
  const app = addApp(at.state, "1234567", { authentication: "oauth2", redirectUris: [CALLBACK] });
  const scene = { box: { ...box, url: at.url }, app, sample: at.sample };
  const page = await openPage(authorizeUrl(scene));
  expect(page.action).toMatch(`${at.url}/api/oauth2/authorize?`);
  const response = await submit(page, { consent: "grant", user_id: at.sample.managedUser.id });
  const { code } = redirectOf(response).parameters;
  const redeemed = { ...oauthClient(app), grant_type: "authorization_code", code };
  expect((await post(`${box.url}/oauth2/token`, redeemed)).body.error).toBe("invalid_client");
  expect((await post(`${at.url}/oauth2/token`, redeemed)).status).toBe(200);
});
