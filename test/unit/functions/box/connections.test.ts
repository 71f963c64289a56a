import { once } from "node:events";
import http from "node:http";
import { createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { connectionsTo } from "../../../../functions/box/connections.ts";
import { httpClient } from "../../../../functions/box/http-client.ts";
import { keepAliveAgent } from "../../../../functions/http/keep-alive-agent.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";

const turn = () => new Promise((turned) => setImmediate(turned));

/** A server that responds, its client, and the time. */
async function served() {
  const server = await loopbackServer(({ response }) => response.end("{}"));
  const time = { now: 0 };
  const connections = connectionsTo(server.url, () => time.now);
  const send = httpClient(server.url, connections);
  const get = () => send({ method: "GET", path: "/" }, 10_000);
  return { server, time, connections, get };
}

describe("a kept-alive connection", () => {
  it("carries the next request within 5 s", async () => {
    const { server, time, get } = await served();
    for (const now of [0, 5_000, 10_000]) {
      time.now = now;
      expect((await get()).status).toBe(200);
    }
    expect(server.connections()).toBe(1);
  });

  it("that was idle for longer is closed instead, by a clock that runs while the environment is frozen", async () => {
    const { server, time, get } = await served();
    await get();
    time.now = 5_001;
    expect((await get()).status).toBe(200);
    expect(server.connections()).toBe(2);
  });

  it("that was idle for longer is closed by the AWS SDK's handler as well", async () => {
    const time = { now: 0 };
    const server = await loopbackServer(({ response }) => response.end("{}"));
    const agent = keepAliveAgent(http, () => time.now);
    const send = () =>
      new Promise<void>((resolve, reject) => {
        agent.closeStale();
        http
          .get(server.url, { agent }, (response) => response.resume().once("close", resolve))
          .on("error", reject);
      });
    await send();
    time.now = 4_000;
    await send();
    expect(server.connections()).toBe(1);
    time.now = 10_000;
    await send();
    expect(server.connections()).toBe(2);
  });
});

describe("a preconnected connection", () => {
  it("carries the first request and all that follow", async () => {
    const { server, connections, get } = await served();
    connections.preconnect();
    for (const _ of [1, 2, 3]) expect((await get()).status).toBe(200);
    expect(server.connections()).toBe(1);
  });

  it("is not used after a pause, as when Lambda froze the environment", async () => {
    const { server, time, connections, get } = await served();
    connections.preconnect();
    while (server.connections() === 0) await turn();
    time.now = 60_000;
    expect((await get()).status).toBe(200);
    expect(server.connections()).toBe(2);
  });

  it("that the server has closed does not fail the request", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      if (sockets.length === 1) socket.destroy();
      else socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    const connections = connectionsTo(url);
    connections.preconnect();
    await once(server, "connection");
    await new Promise<void>((closed) => sockets[0]?.once("close", () => closed()));
    // The client sees the end at the next poll of the sockets.
    for (const _ of [1, 2, 3]) await turn();
    const response = await httpClient(url, connections)({ method: "GET", path: "/" }, 10_000);
    expect(response.status).toBe(200);
    server.close();
  });

  it("to a port where no server listens fails silently, and the request reports the error", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, "close");
    const url = `http://127.0.0.1:${port}`;
    const connections = connectionsTo(url);
    connections.preconnect();
    const response = httpClient(url, connections)({ method: "GET", path: "/" }, 10_000);
    await expect(response).rejects.toMatchObject({
      code: "box_unavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
