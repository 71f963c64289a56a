import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { sdkHttpHandler } from "../../../../functions/aws/http-handler.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";

const LIMITS = { connectMs: 1_000, attemptMs: 20_000 };

/** A POST as the SDK passes it to the handler. */
const requestTo = (url: string) => {
  const { hostname, port, protocol } = new URL(url);
  const headers = { host: `${hostname}:${port}`, "content-length": "2" };
  return { protocol, hostname, port: Number(port), method: "POST", path: "/", headers, body: "{}" };
};

const nameOf = (response: Promise<unknown>) =>
  response.then(
    () => expect.fail("there was a response"),
    (error: Error & { code?: string }) => error.code ?? error.name,
  );

describe("the AWS SDK's requests", () => {
  it("are sent unchanged, and their responses arrive whole", async () => {
    const server = await loopbackServer(({ response }) => {
      response.writeHead(400, { "x-amzn-requestid": "r1", "set-cookie": ["a", "b"] });
      response.write("ha");
      response.end("lf");
    });
    const { response } = await sdkHttpHandler(LIMITS).handle({
      ...requestTo(server.url),
      query: { a: "1 2", b: ["x", "y"], c: null },
    });
    expect(server.requests[0]).toMatchObject({ method: "POST", path: "/?a=1+2&b=x&b=y", body: "{}" });
    expect(response).toMatchObject({ statusCode: 400, body: Buffer.from("half") });
    expect(response.headers).toMatchObject({ "x-amzn-requestid": "r1", "set-cookie": "a, b" });
  });

  it("report each request as sent before its response has come", async () => {
    const sent = Promise.withResolvers<void>();
    const server = await loopbackServer(({ response }) => void sent.promise.then(() => response.end()));
    const handler = sdkHttpHandler({ ...LIMITS, onSent: sent.resolve });
    expect(await handler.handle(requestTo(server.url))).toMatchObject({ response: { statusCode: 200 } });
  });

  it("end with a timeout if the response stops in the middle of its body", async () => {
    const server = await loopbackServer(({ response }) => void response.write("half"));
    const handler = sdkHttpHandler({ ...LIMITS, attemptMs: 50 });
    expect(await nameOf(handler.handle(requestTo(server.url)))).toBe("TimeoutError");
    handler.destroy();
  });

  it("end with the connection's own error if no server listens or the connection breaks", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => closed.once("listening", listening));
    const { port } = closed.address() as { port: number };
    await new Promise((done) => closed.close(done));
    const handler = sdkHttpHandler(LIMITS);
    expect(await nameOf(handler.handle(requestTo(`http://127.0.0.1:${port}`)))).toBe("ECONNREFUSED");
    const breaking = await loopbackServer(({ response }) => {
      response.write("half");
      response.socket?.destroy();
    });
    expect(await nameOf(handler.handle(requestTo(breaking.url)))).toBe("ECONNRESET");
  });

  it("end with an error if the response switches to another protocol or is longer than 8 MiB", async () => {
    const handler = sdkHttpHandler(LIMITS);
    const upgrade = { upgrade: "websocket", connection: "upgrade" };
    const switching = await loopbackServer(({ response }) => void response.writeHead(101, upgrade).end());
    expect(await nameOf(handler.handle(requestTo(switching.url)))).toBe("UnexpectedUpgrade");
    const long = await loopbackServer(({ response }) => response.end(Buffer.alloc(8 * 1024 * 1024 + 1)));
    expect(await nameOf(handler.handle(requestTo(long.url)))).toBe("Error");
  });

  it("are aborted when the caller aborts, before and while they are sent", async () => {
    const caller = new AbortController();
    const server = await loopbackServer(() => caller.abort());
    const handler = sdkHttpHandler(LIMITS);
    const abortSignal = caller.signal;
    expect(await nameOf(handler.handle(requestTo(server.url), { abortSignal }))).toBe("AbortError");
    expect(await nameOf(handler.handle(requestTo(server.url), { abortSignal }))).toBe("AbortError");
    expect(server.requests).toHaveLength(1);
  });
});
