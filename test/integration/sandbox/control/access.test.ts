import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "../../../../sandbox/box/server.ts";
import { controlTokenOf } from "../../../../sandbox/cli/control-token.ts";
import { isOwnHost } from "../../../../sandbox/control/access.ts";
import { type Control, startControl } from "../../../../sandbox/control/listener.ts";
import { operatorOf, type Send, type Sent } from "./control-requests.ts";

/** The same endpoints are at three places: at the control server, at Box, and at Box below an enterprise's prefix. */
let box: Box;
let control: Control;
const roots: Record<string, string> = {};
const FAULT = { fault: "slow" };

beforeAll(async () => {
  box = await startBox();
  control = await startControl(box);
  const named = await box.enterprise("worker-1");
  Object.assign(roots, {
    "the control server": control.url.replace("/faults", ""),
    "Box's own port": `${box.url}/_sandbox`,
    "the prefix of an enterprise": `${named.url}/_sandbox`,
  });
});
afterAll(async () => {
  await control.close();
  await box.close();
});
afterEach(() => {
  for (const { faults } of [box, ...box.enterprises]) faults.clear();
});

const activeFaults = () => [box, ...box.enterprises].flatMap(({ faults }) => faults.active);

describe.each(["the control server", "Box's own port", "the prefix of an enterprise"])("at %s", (place) => {
  let send: Send;
  beforeAll(() => {
    send = operatorOf(box, roots[place] as string);
  });
  const port = () => new URL(roots[place] as string).port;

  test("the operator's request is served", async () => {
    expect((await send("/faults", { form: FAULT })).status).toBe(200);
    expect(activeFaults()).toHaveLength(1);
  });

  test.each<[string, Sent, number]>([
    ["without the token", { headers: { authorization: "" } }, 401],
    ["with a wrong token", { headers: { authorization: `Bearer ${"x".repeat(32)}` } }, 401],
    ["with the token in another scheme", { headers: { authorization: "Basic x" } }, 401],
    ["with the Origin of another site", { headers: { origin: "https://evil.example" } }, 403],
    ["with the Origin of a sandboxed frame or a file", { headers: { origin: "null" } }, 403],
    ["with the Origin of another port of this machine", { headers: { origin: "http://127.0.0.1:1" } }, 403],
    ["with the mark of a cross-site request", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["with the mark of a same-site request", { headers: { "sec-fetch-site": "same-site" } }, 403],
    ["by a name that was rebound to this machine", { headers: { host: "evil.example" } }, 403],
    ["by a name that only begins like one of ours", { headers: { host: "localhost.evil.example" } }, 403],
    ["by a host with characters of no name", { headers: { host: "a b" } }, 403],
  ])("a request %s changes nothing", async (_, sent, status) => {
    const refused = await send("/faults", { form: FAULT, ...sent });
    expect([refused.status, typeof refused.body.error]).toEqual([status, "string"]);
    expect(activeFaults()).toEqual([]);
  });

  test("a rebound page is refused though its Origin is the host that it was sent to", async () => {
    const host = `evil.example:${port()}`;
    const sent = {
      form: FAULT,
      headers: { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" },
    };
    expect((await send("/faults", sent)).status).toBe(403);
  });

  test("a preflight of another site is refused, and grants nothing", async () => {
    const headers = {
      origin: "https://evil.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization",
      authorization: "",
    };
    const refused = await send("/faults", { method: "OPTIONS", headers });
    expect(refused.status).toBe(403);
    expect(Object.keys(refused.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("a page of the same origin is served, and a browser's address bar", async () => {
    const host = `localhost:${port()}`;
    for (const headers of [
      { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" },
      { host, "sec-fetch-site": "none" },
    ]) {
      expect((await send("/clock", { headers })).status).toBe(200);
    }
  });

  test("a body that is too long is refused before it is read as a form", async () => {
    const form = `fault=slow&on=${"x".repeat(64 * 1_024)}`;
    const refused = await send("/faults", { form });
    expect([refused.status, refused.body.error]).toEqual([413, expect.stringContaining("65536 bytes")]);
  });

  test("no response is kept by a cache", async () => {
    expect((await send("/clock")).headers["cache-control"]).toBe("no-store");
    expect((await send("/clock", { headers: { authorization: "" } })).headers["cache-control"]).toBe(
      "no-store",
    );
  });
});

describe("the host of a request", () => {
  test.each([
    ...["127.0.0.1:8702", "[::1]:8702", "192.168.1.7:49153", "localhost", "LOCALHOST:1", "box:8702"],
    ...["api.localhost:1", "host.docker.internal:8702", "host.testcontainers.internal"],
  ])("%s is one that no page of another origin has", (host) => expect(isOwnHost(host)).toBe(true));

  test.each([
    ...[undefined, "", "evil.example", "127.0.0.1.nip.io:8702", "localhost.evil.example", "a.local"],
    ...["127.0.0.1:8702@evil.example", "evil.example#localhost", "localhost:123456", "internal.evil.example"],
    ...["127.0.0.1, evil.example", "[evil.example]"],
  ])("%s may be one", (host) => expect(isOwnHost(host)).toBe(false));
});

describe("the control token", () => {
  test("is random by default", async () => {
    await using other = await disposable(startBox());
    expect(other.control.token).toMatch(/^[\w-]{32}$/);
    expect(other.control.token).not.toBe(box.control.token);
  });

  test("may be the operator's own", async () => {
    const controlToken = "sixteen-letters!";
    await using own = await disposable(startBox({ controlToken }));
    const send = operatorOf({ control: { ...own.control, token: controlToken } }, `${own.url}/_sandbox`);
    expect((await send("/clock")).status).toBe(200);
  });

  test("is read from BOX_STS_CONTROL_TOKEN, where that is set", () => {
    expect(controlTokenOf({ BOX_STS_CONTROL_TOKEN: "sixteen-letters!" })).toBe("sixteen-letters!");
    expect([controlTokenOf({}), controlTokenOf({ BOX_STS_CONTROL_TOKEN: "" })]).toEqual([
      undefined,
      undefined,
    ]);
    expect(() => controlTokenOf({ BOX_STS_CONTROL_TOKEN: "short" })).toThrow("BOX_STS_CONTROL_TOKEN");
  });

  test.each(["", "fifteen-letters", "sixteen letters!", "sixteen-letters\n", "sixteen-lettersä"])(
    "cannot be %j",
    async (controlToken) => {
      await expect(startBox({ controlToken })).rejects.toThrow("at least 16 characters");
    },
  );
});

async function disposable(starting: Promise<Box>) {
  const started = await starting;
  return Object.assign(started, { [Symbol.asyncDispose]: () => started.close() });
}
