import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BoxCcgAuth, BoxClient, BoxJwtAuth, CcgConfig, JwtConfig } from "box-node-sdk";
import { NetworkSession } from "box-node-sdk/networking";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type LocalBox,
  type LocalBoxOptions,
  type LocalEnterprise,
  PortTaken,
  startBox,
} from "../../../sandbox/index.ts";
import { beginWithFirstKey } from "../../rsa-keys.ts";

/** `box-sts/sandbox`, from its source; test/integration/cli/runners.test.ts has it from the package. */
let boxes: LocalBox[] = [];
beforeEach(beginWithFirstKey);
afterEach(async () => {
  await Promise.all(boxes.map((box) => box.close()));
  boxes = [];
});

async function start(options?: LocalBoxOptions): Promise<LocalBox> {
  const box = await startBox(options);
  boxes.push(box);
  return box;
}

/** As the official SDK is pointed at it: every request and the token's go there. */
function clientOf({ config, baseUrls }: LocalEnterprise): BoxClient {
  const auth = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(config)) });
  return new BoxClient({ auth, networkSession: new NetworkSession({}) }).withCustomBaseUrls(baseUrls);
}

describe("startBox()", () => {
  test("starts a Box on 127.0.0.1 whose config and base URLs the official SDK takes", async () => {
    const box = await start();
    expect(box.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const client = clientOf(box);
    expect((await client.users.getUserMe()).id).toBe(box.serviceAccount.id);
    const items = await client.folders.getFolderItems("0");
    expect(items.entries?.map(({ id }) => id)).toContain(box.sample.reports.id);
    expect(box.requests.count("token/jwt-bearer")).toBe(1);
    expect([box.tlsUrl, box.ca]).toEqual([undefined, undefined]);
  });

  test("gives each Box an enterprise, a key and a port of its own", async () => {
    const [one, other] = [await start(), await start()];
    expect(new Set([one.url, other.url]).size).toBe(2);
    expect(one.config.boxAppSettings.clientID).not.toBe(other.config.boxAppSettings.clientID);
    await clientOf(one).users.getUserMe();
    expect(other.requests.count()).toBe(0);
    const stranger = clientOf({ ...one, baseUrls: other.baseUrls });
    await expect(stranger.users.getUserMe()).rejects.toThrow();
  });

  test("makes the apps that it is given, in the same enterprise", async () => {
    const box = await start({
      apps: {
        nightly: { authentication: "client_credentials" },
        drive: { authentication: "oauth2", redirectUris: ["http://localhost/callback"] },
        sandbox: { userTokens: false },
      },
    });
    expect(Object.keys(box.apps)).toEqual(["sandbox", "nightly", "drive"]);
    expect(new Set(Object.values(box.apps).map(({ settings }) => settings.enterpriseId)).size).toBe(1);
    expect(box.apps.drive?.config).toHaveProperty("oauth2");
    expect(box.apps.sandbox?.settings.userTokens).toBe(false);
    const { clientID: clientId, clientSecret } = box.apps.nightly!.config.boxAppSettings;
    const config = new CcgConfig({ clientId, clientSecret, enterpriseId: box.config.enterpriseID });
    const client = new BoxClient({ auth: new BoxCcgAuth({ config }) }).withCustomBaseUrls(box.baseUrls);
    expect((await client.users.getUserMe()).id).toBe(box.apps.nightly?.settings.serviceAccountId);
  });

  test("refuses another kind of app under the name of its own", async () => {
    await expect(startBox({ apps: { sandbox: { authentication: "oauth2" } } })).rejects.toThrow(
      "The app sandbox is a JWT or Client Credentials app; give an app of another kind another name.",
    );
  });

  test("serves the same Box over TLS where it is requested, and gives the authority to trust", async () => {
    const { tlsUrl, ca } = await start({ tls: true });
    const status = await new Promise((resolve, reject) => {
      const request = get(`${tlsUrl}/2.0/users/me`, ca === undefined ? {} : { ca }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.once("error", reject);
    });
    expect(status).toBe(401);
  });

  test("rejects with PortTaken where something else listens, and leaves no second listener", async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    const listeners = () =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
    const before = listeners();
    for (const options of [{ port }, { tls: port }]) {
      const failure = await startBox(options).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PortTaken);
      expect(failure).toMatchObject({ port });
    }
    await expect.poll(listeners).toBe(before);
  });

  test("keeps what is in force at Box: a switch of the app decides about the next token", async () => {
    const box = await start();
    box.apps.sandbox!.settings.enabled = false;
    await expect(clientOf(box).users.getUserMe()).rejects.toThrow(/not authorized|unauthorized/i);
    box.apps.sandbox!.settings.enabled = true;
    expect((await clientOf(box).users.getUserMe()).id).toBe(box.serviceAccount.id);
  });

  test("gives tokens the life that it is given, by a clock that a test moves", async () => {
    const box = await start({ expiresIn: 120 });
    const client = clientOf(box);
    const { accessToken = "" } = await client.auth.retrieveToken(client.networkSession);
    const status = async () =>
      (await fetch(`${box.url}/2.0/users/me`, { headers: { authorization: `Bearer ${accessToken}` } }))
        .status;
    expect(await status()).toBe(200);
    box.clock.advance(121_000);
    expect(await status()).toBe(401);
  });
});

describe("enterprise()", () => {
  test("gives each name a Box of its own below the same port, with the same kinds of apps", async () => {
    const box = await start({ apps: { nightly: { authentication: "client_credentials" } }, expiresIn: 120 });
    const [one, other] = await Promise.all([box.enterprise("worker-1"), box.enterprise("worker-2")]);
    expect(one.url).toBe(`${box.url}/t/worker-1`);
    expect(Object.keys(one.apps)).toEqual(["sandbox", "nightly"]);
    expect(new Set([box, one, other].map(({ config }) => config.enterpriseID)).size).toBe(3);
    expect((await clientOf(one).users.getUserMe()).id).toBe(one.serviceAccount.id);
    one.faults.inject("server-error");
    one.clock.advance(121_000);
    expect([one.requests.count(), other.requests.count(), box.requests.count()]).toEqual([2, 0, 0]);
    expect((await clientOf(other).users.getUserMe()).id).toBe(other.serviceAccount.id);
    expect(await box.enterprise("worker-1")).toMatchObject({ config: one.config });
  });

  test("is gone after its close(), and a request states how it is created", async () => {
    const box = await start();
    const { url, close } = await box.enterprise("short");
    await close();
    const response = await fetch(`${url}/2.0/users/me`);
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringContaining("Create it: POST"),
    ]);
    await expect(box.enterprise("a/b")).rejects.toThrow("a name has 1 to 64 characters");
  });
});

test("reset() goes back to the start, and what a test holds of it stays valid", async () => {
  const box = await start();
  const client = clientOf(box);
  await client.folders.deleteFolderById(box.sample.payroll.id, { queryParams: { recursive: true } });
  box.apps.sandbox!.settings.asUser = false;
  box.faults.inject("slow:600000", { on: "revoke" });
  box.clock.advance(1_000_000);
  box.reset();
  expect([box.faults.active, box.requests.count(), box.apps.sandbox?.settings.asUser]).toEqual([[], 0, true]);
  expect(Math.abs(box.clock.skewSeconds)).toBe(0);
  // The token is gone, and the SDK gets another one.
  expect((await client.folders.getFolderById(box.sample.payroll.id)).name).toBe("Payroll");
  expect(box.requests.count("token/jwt-bearer")).toBe(1);
});

test("seed has the files of a folder in every enterprise, and state() returns them", async () => {
  const seed = mkdtempSync(join(tmpdir(), "box-sts-seed-"));
  mkdirSync(join(seed, "Invoices"));
  writeFileSync(join(seed, "Invoices/1.txt"), "42\n");
  const box = await start({ seed });
  const pathsOf = ({ state }: LocalEnterprise) => state().files.map(({ path }) => path);
  expect(pathsOf(box)).toContain("/Invoices/1.txt");
  expect(pathsOf(await box.enterprise("worker-1"))).toContain("/Invoices/1.txt");
  expect(box.state().files.find(({ path }) => path === "/Invoices/1.txt")).not.toHaveProperty("text");
  writeFileSync(join(seed, "Invoices/2.txt"), "43\n");
  rmSync(join(seed, "Invoices/1.txt"));
  expect(await box.seed(seed)).toEqual({ files: 1, folders: 1 });
  expect(pathsOf(box)).toContain("/Invoices/2.txt");
  box.reset();
  expect(pathsOf(box)).not.toContain("/Invoices/2.txt");
  await box.seed(seed);
  box.checkpoint();
  box.reset();
  expect(pathsOf(box)).toContain("/Invoices/2.txt");
  rmSync(seed, { recursive: true });
  await expect(startBox({ seed })).rejects.toThrow(
    /^The seed folder .* cannot be read: there is no such folder; name another one\.$/,
  );
});

test("control is for other processes: the same faults, over HTTP and with a token", async () => {
  const { control, faults } = await start();
  const request = { method: "POST", body: new URLSearchParams({ fault: "reset", times: "1" }) };
  expect((await fetch(`${control.url}/faults`, request)).status).toBe(401);
  const headers = { authorization: `Bearer ${control.token}` };
  expect((await fetch(`${control.url}/faults`, { ...request, headers })).status).toBe(200);
  expect(faults.active).toMatchObject([{ name: "reset", times: 1 }]);
});

test("a refusal of a fault lists the faults of Box alone, and no server that is not there", async () => {
  const { control, faults } = await start();
  const url = `${control.url}/faults`;
  const headers = { Authorization: `Bearer ${control.token}` };
  const body = new URLSearchParams({ fault: "throttled" });
  const overHttp = await (await fetch(url, { method: "POST", headers, body })).json();
  let inCode = "";
  try {
    faults.inject("throttled");
  } catch (error) {
    inCode = (error as Error).message;
  }
  expect(inCode).toMatch(/^There is no fault "throttled"\..* There are slow, rate-limited, /);
  expect(inCode).not.toContain("/");
  expect(overHttp).toEqual({ error: inCode });
});

describe("its faults", () => {
  test("go by their written names, with a setting, a reach and an end", async () => {
    const box = await start();
    const fault = box.faults.inject("server-error:502", { times: 2, on: "api/users" });
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push((await fetch(`${box.url}/2.0/users/me`)).status);
    expect(statuses).toEqual([502, 502, 401]);
    expect(fault.hits).toBe(2);
    expect(box.faults.active).toEqual([]);
    expect(box.requests.entries.map(({ faults }) => faults.length)).toEqual([1, 1, 0]);
    box.faults.inject("slow", { until: new Promise(() => {}) });
    box.faults.clear();
    expect((await fetch(`${box.url}/2.0/users/me`)).status).toBe(401);
  });

  test.each([
    ["rate-limitd:2", /^There is no fault "rate-limitd"\. Did you mean rate-limited\? There are slow, /],
    ["server-error:99", /^STATUS of the fault server-error is a whole number from 400 to 599\.$/],
    ["lambda/slow", /^There is no fault "lambda\/slow"\..* There are slow, rate-limited, /],
  ])("refuse %s with a sentence", async (text, sentence) => {
    const box = await start();
    expect(() => box.faults.inject(text)).toThrow(sentence);
  });

  test.each([
    [
      { on: "api/folder" },
      /^There is no operation "api\/folder"\. Did you mean api\/folders\? There are token, /,
    ],
    [{ tmies: 1 }, /^There is no field "tmies"\. Did you mean times\? /],
    [{ times: 0 }, /^times is how many requests are affected: a number from 1\.$/],
    [{ after: -1 }, /^after is how many requests pass before /],
  ])("refuse the reach %j with a sentence, and nothing is in force", async (reach, sentence) => {
    const box = await start();
    expect(() => box.faults.inject("slow", reach as object)).toThrow(sentence);
    expect(box.faults.active).toEqual([]);
  });

  test("take an after of 0 as the default", async () => {
    const box = await start();
    box.faults.inject("server-error", { after: 0, times: 1 });
    expect((await fetch(`${box.url}/2.0/users/me`)).status).toBe(503);
  });
});

test("requests.count() refuses a misspelt operation, which no request could ever have", async () => {
  const { requests, url } = await start();
  expect(() => requests.count("api/folder")).toThrow(
    /^There is no operation "api\/folder"\. Did you mean api\/folders\? /,
  );
  expect(requests.count("api/folders")).toBe(0);
  await fetch(`${url}/2.0/metadata_templates/enterprise`);
  expect(requests.count("api/metadata_templates"), "what was requested can be counted").toBe(1);
});

test.each([
  [{ sed: "files" }, /^There is no option "sed"\. Did you mean seed\? There are port, host, /],
  [{ expiresIn: -5 }, /^expiresIn must be a whole number from 1 to 31536000\.$/],
  [{ refreshRotation: "lax" }, /^refreshRotation must be "strict" or "commit-on-use"\.$/],
  [{ tls: "yes" }, /^tls must be true, false or a whole number from 0 to 65535\.$/],
  [{ port: "8702" }, /^port must be a whole number from 0 to 65535\.$/],
  [{ apps: { nightly: null } }, /^apps\.nightly must be an object\.$/],
  [
    { apps: { nightly: { enabld: false } } },
    /^There is no setting of an app "enabld"\. Did you mean enabled\? /,
  ],
  [{ apps: { nightly: { authentication: "ccg" } } }, /^apps\.nightly\.authentication must be "jwt" or /],
  [
    { apps: { nightly: { scopes: ["root_redonly"] } } },
    /^apps\.nightly\.scopes must be a list of Box scopes\.$/,
  ],
  [
    { apps: { web: { redirectUris: ["notaurl"] } } },
    /^apps\.web\.redirectUris must be a list of URIs, each with its scheme\.$/,
  ],
  [
    { apps: { web: { redirectUris: ["http://localhost/a b"] } } },
    /^apps\.web\.redirectUris must be a list of URIs/,
  ],
  [{ apps: { "": {} } }, /^An app in apps has the name "", which must not be empty\.$/],
  [null, /^The options must be an object\.$/],
])("startBox(%j) is refused with a sentence", async (options, sentence) => {
  await expect(startBox(options as object)).rejects.toThrow(sentence);
});

describe("close()", () => {
  test("ends every connection, and leaves nothing that keeps a process alive", async () => {
    const program = `
      import { startBox } from "./sandbox/index.ts";
      const box = await startBox({ tls: true });
      const waiting = fetch(box.url + "/2.0/users/me").then(({ status }) => status);
      box.faults.inject("slow:600000", { on: "api/folders" });
      const hanging = fetch(box.url + "/2.0/folders/0").catch(() => "ended");
      console.log(await waiting);
      while (box.requests.count("api/folders") === 0) await new Promise(setImmediate);
      box.faults.clear();
      await box.close();
      console.log(await hanging, process.getActiveResourcesInfo().filter((name) => name.includes("TCP")));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
    expect(stdout).toBe("401\nended []\n");
  });

  test("is what await using calls", async () => {
    let url = "";
    {
      await using box = await startBox();
      ({ url } = box);
      expect((await fetch(url)).status).toBe(200);
    }
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  test("may be called twice", async () => {
    const box = await startBox();
    await box.close();
    await box.close();
  });
});
