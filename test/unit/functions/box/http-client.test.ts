import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { httpClient } from "../../../../functions/box/http-client.ts";
import type { Failure } from "../../../../schemas/protocol/problems.ts";
import { loopbackServer, type ReceivedRequest } from "../../../support/loopback-server.ts";

/** Posts forms. */
function formPoster(baseUrl: string) {
  const send = httpClient(baseUrl);
  return (path: string, body: string, timeLeft: number) => send({ method: "POST", path, body }, timeLeft);
}

const TIME = 30_000;
const failureOf = (response: Promise<unknown>) =>
  response.then(
    () => expect.fail("there was a response"),
    ({ code, message, retryAfter, staleConnection }: Failure) => ({
      ...{ code, message, retryAfter, staleConnection },
    }),
  );
const unavailable = (message: string) => ({
  code: "box_unavailable",
  message: expect.stringContaining(message),
  retryAfter: undefined,
  staleConnection: false,
});

afterEach(() => {
  vi.useRealTimers();
});

it("the HTTP client posts the form unchanged, with its length and nothing that identifies a caller", async () => {
  const server = await loopbackServer(({ response }) => response.end("{}"));
  await formPoster(`${server.url}/prefix`)("/oauth2/token", "a=b&c=%C3%A9", TIME);
  const [request] = server.requests;
  expect(request).toMatchObject({ method: "POST", path: "/prefix/oauth2/token", body: "a=b&c=%C3%A9" });
  const { host: _, ...headers } = request?.headers ?? {};
  expect(headers).toEqual({
    "content-type": "application/x-www-form-urlencoded",
    "content-length": "12",
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "box-sts",
    connection: "keep-alive",
  });
});

it("the HTTP client reads without a body, with the headers it is given", async () => {
  const server = await loopbackServer(({ response }) => response.end("{}"));
  const headers = { authorization: "Bearer t" };
  await httpClient(server.url)({ method: "GET", path: "/2.0/users/me", headers }, TIME);
  const [request] = server.requests;
  expect(request).toMatchObject({ method: "GET", path: "/2.0/users/me", body: "", headers });
  expect(request?.headers).not.toHaveProperty("content-type");
});

it("the HTTP client returns status, headers and the whole body of any response", async () => {
  const server = await loopbackServer(({ response }) => {
    response.writeHead(400, { date: "Mon, 01 Jun 2026 12:00:00 GMT", "retry-after": "3" });
    response.write('{"error":"');
    response.end("ü”}");
  });
  const response = await formPoster(server.url)("/", "", TIME);
  expect(response).toMatchObject({
    status: 400,
    headers: { date: "Mon, 01 Jun 2026 12:00:00 GMT", "retry-after": "3" },
    body: '{"error":"ü”}',
  });
});

it("the HTTP client does not follow a redirect, which could lead to another host", async () => {
  const server = await loopbackServer(({ response }) => {
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  expect(await formPoster(server.url)("/", "", TIME)).toMatchObject({ status: 302, body: "" });
  expect(server.requests).toHaveLength(1);
});

describe("a response that is compressed although the client requested that it is not", () => {
  const bodyOf = async (headers: Record<string, string>, sent: Uint8Array) => {
    const server = await loopbackServer(({ response }) => void response.writeHead(200, headers).end(sent));
    const { body } = await formPoster(server.url)("/", "", TIME);
    expect(server.requests[0]?.headers).toMatchObject({ "accept-encoding": "identity" });
    return body;
  };

  it.each([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["GZIP", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("is decoded: %s", async (encoding, compress) => {
    expect(await bodyOf({ "content-encoding": encoding }, compress('{"a":"ü"}'))).toBe('{"a":"ü"}');
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("is not decoded beyond the length that a response may have: %s", async (encoding, compress) => {
    const compressed = compress(" ".repeat(256 * 1024 + 1));
    expect(await bodyOf({ "content-encoding": encoding }, compressed)).toBe(compressed.toString("utf8"));
    expect(await bodyOf({ "content-encoding": encoding }, compress(" ".repeat(256 * 1024)))).toHaveLength(
      256 * 1024,
    );
  });

  it.each([
    ["has been decoded on the way", "gzip", "{}"],
    ["is empty", "gzip", ""],
    ["has an encoding that the client does not know", "zstd", "{}"],
  ])("is read as it is where it %s", async (_, encoding, text) => {
    expect(await bodyOf({ "content-encoding": encoding }, Buffer.from(text))).toBe(text);
  });
});

describe("connections", () => {
  it("are kept for the next request", async () => {
    const server = await loopbackServer(({ response }) => response.end("{}"));
    const post = formPoster(server.url);
    for (let count = 0; count < 3; count++) await post("/", "", TIME);
    expect(server.connections()).toBe(1);
  });

  it("that the server closed while they were idle cause a failure that is retried at once", async () => {
    const server = await loopbackServer(({ response, socket }, number) => {
      if (number === 1) response.end("{}");
      else socket.resetAndDestroy();
    });
    const post = formPoster(server.url);
    await post("/", "", TIME);
    expect(await failureOf(post("/", "", TIME))).toEqual({
      ...unavailable("ECONNRESET"),
      staleConnection: true,
    });
    expect(server.connections()).toBe(1);
  });

  it("that end in the middle of a response are not mistaken for ones that had been closed before", async () => {
    const server = await loopbackServer(({ response, socket }, number) => {
      if (number === 1) return void response.end("{}");
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => socket.destroy());
    });
    const post = formPoster(server.url);
    await post("/", "", TIME);
    expect(await failureOf(post("/", "", TIME))).toEqual(unavailable("ECONNRESET"));
    expect(server.connections()).toBe(1);
  });

  it("that were all lost while the function was frozen cost one attempt in total", async () => {
    // A NAT gateway does this with connections that it has dropped: it resets each one only when it is used.
    const used = new Set<object>();
    const together = Promise.withResolvers<void>();
    const server = await loopbackServer(async ({ response, socket }, number) => {
      if (used.has(socket)) return void socket.resetAndDestroy();
      used.add(socket);
      if (number === 5) together.resolve();
      await together.promise;
      response.end("{}");
    });
    const post = formPoster(server.url);
    await Promise.all(Array.from({ length: 5 }, () => post("/", "", TIME)));
    expect(server.connections()).toBe(5);
    expect(await failureOf(post("/", "", TIME))).toMatchObject({ staleConnection: true });
    expect((await post("/", "", TIME)).status).toBe(200);
  });

  it("that are new and reset cause a failure that is retried after a pause", async () => {
    const server = await loopbackServer(({ socket }) => socket.resetAndDestroy());
    expect(await failureOf(formPoster(server.url)("/", "", TIME))).toEqual(unavailable("ECONNRESET"));
  });

  it("that are closed without a response cause the same failure", async () => {
    const server = await loopbackServer(({ socket }) => socket.destroy());
    expect(await failureOf(formPoster(server.url)("/", "", TIME))).toEqual(unavailable("ECONNRESET"));
  });

  it("that are refused cause the same failure", async () => {
    const server = await loopbackServer(() => {});
    const unused = server.url.replace(/\d+$/, "1");
    expect(await failureOf(formPoster(unused)("/", "", TIME))).toEqual(unavailable("ECONNREFUSED"));
  });
});

describe("a response", () => {
  it.each([
    [
      "ends before its length",
      (_: ReceivedRequest) => _.response.writeHead(200, { "content-length": "100" }),
    ],
    ["ends before its last chunk", ({ response }: ReceivedRequest) => response.writeHead(200)],
  ])("that %s is rejected", async (_case, begin) => {
    const server = await loopbackServer((request) => {
      begin(request);
      request.response.write('{"access_token":"abc', () => request.socket.destroy());
    });
    expect(await failureOf(formPoster(server.url)("/", "", TIME))).toEqual(
      unavailable("no response from Box"),
    );
  });

  it("that is not HTTP is rejected", async () => {
    const server = await loopbackServer(({ socket }) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"));
    expect(await failureOf(formPoster(server.url)("/", "", TIME))).toEqual(
      unavailable("no response from Box"),
    );
  });

  it("that switches to another protocol ends the request with its status", async () => {
    const upgrade = { upgrade: "websocket", connection: "upgrade" };
    const server = await loopbackServer(({ response }) => void response.writeHead(101, upgrade).end("x"));
    expect(await formPoster(server.url)("/", "", TIME)).toMatchObject({ status: 101, body: "" });
  });

  it("that never ends is cut off at 256 KiB", async () => {
    const server = await loopbackServer(({ response }) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    expect(await failureOf(formPoster(server.url)("/", "", TIME))).toEqual(
      unavailable("no response from Box"),
    );
  });

  it("that is one byte longer than 256 KiB is rejected", async () => {
    const server = await loopbackServer(({ response }) => response.end("x".repeat(256 * 1024 + 1)));
    expect(await failureOf(formPoster(server.url)("/", "", TIME))).toEqual(
      unavailable("no response from Box"),
    );
  });

  it("of exactly 256 KiB is accepted", async () => {
    const server = await loopbackServer(({ response }) => response.end("x".repeat(256 * 1024)));
    expect((await formPoster(server.url)("/", "", TIME)).body).toHaveLength(256 * 1024);
  });
});

describe("time", () => {
  /** Posts with timers that the test advances once the request has arrived. */
  async function postAndWait(handle: (request: ReceivedRequest) => void, timeLeft: number, passes: number) {
    const server = await loopbackServer(handle);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let settled = false;
    const failure = failureOf(formPoster(server.url)("/", "", timeLeft)).finally(() => {
      settled = true;
    });
    await server.received(1);
    vi.advanceTimersByTime(passes - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    vi.advanceTimersByTime(1);
    return failure;
  }
  const silent = () => {};
  const halfABody = ({ response }: ReceivedRequest) => {
    response.writeHead(200, { "content-length": "100" });
    response.write('{"access_token":');
  };

  it.each([
    ["silent", silent],
    ["stuck in the middle of its response", halfABody],
  ])(
    "for one attempt ends after 8 s at a server that is %s, to leave time for another attempt",
    async (_case, handle) => {
      const failure = await postAndWait(handle, TIME, 8_000);
      expect(failure).toEqual(unavailable("no response from Box within 8000 ms"));
    },
  );

  it.each([
    ["silent", silent],
    ["stuck in the middle of its response", halfABody],
  ])("at a server that is %s ends with the request's deadline", async (_case, handle) => {
    expect(await postAndWait(handle, 700, 700)).toMatchObject({ code: "deadline_exceeded" });
  });

  it("that has run out prevents the request", async () => {
    const server = await loopbackServer(({ response }) => response.end("{}"));
    expect(await failureOf(formPoster(server.url)("/", "", 0))).toMatchObject({ code: "deadline_exceeded" });
    expect(server.requests).toEqual([]);
  });
});
