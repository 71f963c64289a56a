import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { enterpriseToken, exchange, get, jwtGrant, type Scene, scene } from "../box-requests.ts";
import { operatorOf, type Send } from "./control-requests.ts";

let at: Scene;
let send: Send;

beforeEach(async () => {
  at = await scene();
  at.box.checkpoint();
  send = operatorOf(at.box, `${at.box.url}/_sandbox`);
});
afterEach(() => at.box.close());

describe("a path, method or field that there is not", () => {
  test("is refused with the nearest one and with what there is", async () => {
    expect(await send("/clok")).toMatchObject({
      status: 404,
      body: {
        error: expect.stringMatching(/^There is no \/clok\. Did you mean \/clock\? There are \/faults, /),
      },
    });
    const { status, headers, body } = await send("/clock", { method: "DELETE" });
    expect([status, headers.allow]).toEqual([405, "GET, POST"]);
    expect(body.error).toBe(
      "/clock has no DELETE. GET returns Box's time; POST takes set=TIME, advance=SECONDS and frozen=true|false.",
    );
    expect((await send("/clock", { form: { advanc: "1" } })).body.error).toBe(
      'There is no field "advanc". Did you mean advance? There are set, advance, frozen.',
    );
    expect((await send("/requests?afer=1")).body.error).toMatch(
      /^There is no parameter "afer"\. Did you mean after\?/,
    );
  });

  test.each(["constructor", "__proto__", "toString"])("may be a name of every object: %s", async (name) => {
    expect((await send(`/${name}`)).status).toBe(404);
    expect((await send("/clock", { method: "PATCH" })).status).toBe(405);
    expect((await send("/clock", { form: { [name]: "1" } })).status).toBe(400);
    expect((await send(`/apps/${name}`, { form: { enabled: "true" } })).status).toBe(404);
  });

  test("a field that was sent twice, and JSON instead of a form, are refused", async () => {
    expect((await send("/clock", { form: "advance=1&advance=2" })).body.error).toMatch(/sent twice/);
    expect((await send("/clock", { document: { advance: 1 } })).body.error).toMatch(/^Send a form/);
    expect(at.box.clock.skewSeconds).toBe(0);
  });

  test("the root lists every path with its methods", async () => {
    const { endpoints } = (await send("")).body;
    expect(Object.keys(endpoints)).toEqual(
      expect.arrayContaining([
        "/faults",
        "/clock",
        "/reset",
        "/requests",
        "/enterprises",
        "/enterprises/{name}",
      ]),
    );
    expect(endpoints["/clock"].GET).toBe("returns Box's time");
  });
});

describe("/reset", () => {
  test("goes back to the checkpoint, with the same app, and ends every fault", async () => {
    const token = await enterpriseToken(at);
    at.box.faults.inject("server-error");
    at.box.clock.advance(60_000);
    const { status, body } = await send("/reset", { form: "" });
    expect([status, body]).toEqual([200, { apps: 1, users: 3, items: at.box.state.items.size }]);
    expect([at.box.faults.active, at.box.clock.skewSeconds]).toEqual([[], 0]);
    expect((await get(at, "/2.0/users/me", token)).status).toBe(401);
    expect((await jwtGrant(at)).status).toBe(200);
  });
});

describe("/settings", () => {
  test("switches when a refresh ends the old pair, and how long tokens live", async () => {
    expect((await send("/settings")).body).toEqual({ refreshRotation: "strict", expiresIn: "varies" });
    const changed = await send("/settings", { form: { refreshRotation: "commit-on-use", expiresIn: "90" } });
    expect(changed.body).toEqual({ refreshRotation: "commit-on-use", expiresIn: 90 });
    expect((await jwtGrant(at)).body.expires_in).toBe(90);
    expect(at.box.refreshRotation).toBe("commit-on-use");
    expect((await send("/settings", { form: { expiresIn: "varies" } })).body.expiresIn).toBe("varies");
    expect((await jwtGrant(at)).body.expires_in).toBeGreaterThanOrEqual(3_600);
  });

  test.each([
    { refreshRotation: "never" },
    { expiresIn: "0" },
    { expiresIn: "1e3" },
    { expiresIn: "31536001" },
  ])("refuses %j", async (form) => {
    expect((await send("/settings", { form: { ...form } as Record<string, string> })).status).toBe(400);
    expect((await send("/settings")).body).toEqual({ refreshRotation: "strict", expiresIn: "varies" });
  });
});

describe("/apps", () => {
  test("lists apps without their secrets", async () => {
    const { body } = await send("/apps");
    expect(body.apps).toMatchObject([
      { clientId: at.app.clientId, authentication: "jwt", enabled: true, publicKeyIds: ["abcd1234"] },
    ]);
    expect(JSON.stringify(body)).not.toContain(at.app.clientSecret);
  });

  test("has the switches of both consoles", async () => {
    const path = `/apps/${at.app.clientId}`;
    expect((await send(path, { form: { enabled: "false", accessLevel: "app" } })).body).toMatchObject({
      enabled: false,
      accessLevel: "app",
    });
    expect((await jwtGrant(at)).body.error_description).toBe(
      "This app is not authorized by the enterprise admin",
    );
    await send(path, { form: { enabled: "true" } });
    expect((await jwtGrant(at)).status).toBe(200);
    expect((await send(path, { form: { enabled: "yes", authorized: "false" } })).status).toBe(400);
    expect(at.app.authorized).toBe(true);
    expect((await send("/apps/nothing", { form: { enabled: "true" } })).body.error).toContain(
      at.app.clientId,
    );
  });
});

describe("/tokens", () => {
  test("lists living tokens by their hash, and revokes one or all", async () => {
    const [one, two] = [await enterpriseToken(at), await enterpriseToken(at)];
    const listed = await send("/tokens");
    expect(listed.body.tokens).toMatchObject([{ start: one.slice(0, 8) }, { start: two.slice(0, 8) }]);
    expect(JSON.stringify(listed.body)).not.toContain(one.slice(0, 20));
    const { sha256 } = listed.body.tokens[0];
    expect((await send(`/tokens/${sha256}`, { method: "DELETE" })).body).toEqual({ revoked: 1 });
    expect((await get(at, "/2.0/users/me", one)).status).toBe(401);
    expect((await get(at, "/2.0/users/me", two)).status).toBe(200);
    expect((await send(`/tokens/${sha256}`, { method: "DELETE" })).status).toBe(404);
    expect((await send("/tokens", { method: "DELETE" })).body).toEqual({ revoked: 1 });
    expect((await get(at, "/2.0/users/me", two)).status).toBe(401);
  });
});

describe("/enterprises", () => {
  test("opens one with its config.json, lists it and removes it", async () => {
    const opened = await send("/enterprises", { form: { name: "worker-1" } });
    const again = await send("/enterprises", { form: { name: "worker-1" } });
    expect([opened.status, again.status]).toEqual([201, 200]);
    expect(opened.body).toEqual(again.body);
    const url = `${at.box.url}/t/worker-1`;
    expect(opened.body).toMatchObject({ name: "worker-1", url, config: { boxAppSettings: { appAuth: {} } } });
    expect((await send("/enterprises")).body).toEqual({ enterprises: [{ name: "worker-1", url }] });
    expect((await send("/enterprises/worker-1")).body).toEqual(opened.body);
    expect((await send("/enterprises/worker-1", { method: "DELETE" })).body).toEqual({ removed: "worker-1" });
    expect(at.box.enterprises).toEqual([]);
    expect((await fetch(`${url}/2.0/users/me`)).status).toBe(404);
    expect((await send("/enterprises/worker-1", { method: "DELETE" })).status).toBe(404);
  });

  test("has the address by which the client reaches Box", async () => {
    const headers = { host: "box:49153" };
    const { body } = await send("/enterprises", { form: { name: "worker-2" }, headers });
    expect(body.url).toBe("http://box:49153/t/worker-2");
  });

  test("refuses a name that a path cannot have", async () => {
    const refused = await send("/enterprises", { form: { name: "a/b" } });
    expect([refused.status, refused.body.error]).toEqual([
      400,
      expect.stringContaining("1 to 64 characters"),
    ]);
    expect((await send("/enterprises", { form: "" })).body.error).toMatch(/^The field name is missing/);
  });

  test("has endpoints of its own, which change nothing elsewhere", async () => {
    const named = await at.box.enterprise("worker-3");
    const own = operatorOf(at.box, `${named.url}/_sandbox`);
    await own("/faults", { form: { fault: "server-error" } });
    await own("/clock", { form: { advance: "60" } });
    expect([at.box.faults.active, at.box.clock.skewSeconds]).toEqual([[], 0]);
    expect([named.faults.active.length, named.clock.skewSeconds]).toEqual([1, 60]);
    at.box.faults.inject("slow");
    await own("/reset", { method: "POST" });
    expect([at.box.faults.active.length, named.faults.active.length]).toEqual([1, 0]);
    expect((await own("/faults", { form: { fault: "lambda/slow" } })).body.error).toMatch(
      /^Faults of lambda cannot be injected here: these endpoints have those of box\.$/,
    );
    expect((await own("/enterprises")).body.error).toContain("without the prefix");
    const elsewhere = operatorOf(at.box, `${at.box.url}/t/nobody/_sandbox`);
    expect((await elsewhere("/clock")).status).toBe(404);
  });
});

describe("/requests", () => {
  test("lists what Box has responded to, latest first, with who sent it", async () => {
    const token = await enterpriseToken(at);
    at.box.faults.inject("server-error", { times: 1 });
    await get(at, "/2.0/users/me", token);
    const response = await get(at, "/2.0/folders/0/items?limit=5", token);
    const { body } = await send("/requests");
    const { clientId: app, serviceAccountId: user } = at.app;
    expect(body.requests).toMatchObject([
      {
        ...{
          number: 3,
          method: "GET",
          path: "/2.0/folders/0/items",
          query: "limit=5",
          status: 200,
          app,
          user,
        },
        ...{ operation: "api/folders", faults: [], requestId: response.headers.get("box-request-id") },
        ...{
          durationMs: expect.any(Number),
          time: expect.stringMatching(/^\d{4}-.*Z$/),
          at: expect.any(Number),
        },
      },
      { number: 2, operation: "api/users", status: 503, faults: ["server-error"] },
      { number: 1, method: "POST", path: "/oauth2/token", operation: "token/jwt-bearer", app, user },
    ]);
    expect(body.last).toBe(3);
    expect((await send("/requests?after=2")).body.requests).toMatchObject([{ number: 3 }]);
    expect((await send("/requests?after=3")).body).toEqual({ requests: [], last: 3 });
    expect((await send("/requests?after=x")).status).toBe(400);
  });

  test("go on counting after a reset, so that a reader misses none", async () => {
    await enterpriseToken(at);
    await send("/reset", { method: "POST" });
    expect((await send("/requests")).body).toEqual({ requests: [], last: 0 });
    await enterpriseToken(at);
    expect((await send("/requests?after=1")).body.requests).toMatchObject([{ number: 2 }]);
  });

  test("have no token, code or other credential", async () => {
    const token = await enterpriseToken(at);
    await exchange(at, token, { scope: "item_download" });
    const content = `/2.0/files/${at.sample.reportFile.id}/content?access_token=${token}`;
    const location = (await fetch(`${at.box.url}${content}`, { redirect: "manual" })).headers.get(
      "location",
    ) as string;
    await fetch(location);
    const secrets = {
      code: "thecode1",
      refresh_token: "r".repeat(32),
      state: "thestate",
      other: "z".repeat(32),
    };
    await fetch(
      `${at.box.url}/api/oauth2/authorize?${new URLSearchParams({ client_id: at.app.clientId, ...secrets })}`,
    );
    const { requests } = (await send("/requests")).body;
    const text = JSON.stringify(requests);
    const ticket = location.split("/dl/")[1] as string;
    for (const secret of [token, ticket, at.app.clientSecret, ...Object.values(secrets)])
      expect(text).not.toContain(secret);
    expect(requests[0].query).toBe(`client_id=${at.app.clientId}&code=…&refresh_token=…&state=…&other=…`);
  });

  test("are not those of the operator", async () => {
    await send("/clock");
    expect((await send("/requests")).body.requests).toEqual([]);
    expect(at.box.requests.count()).toBe(0);
  });
});
