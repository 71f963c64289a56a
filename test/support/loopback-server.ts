import http, { type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** What to do with the request of this number, counted from 1. */
type Handler = (request: ReceivedRequest, number: number) => void;

/** An HTTP server on loopback for the running test; it ends with the test and all its connections. */
export async function loopbackServer(handle: Handler) {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const server = http.createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method, url: path, headers, socket } = incoming;
      const body = Buffer.concat(chunks).toString("utf8");
      const request = { method, path, headers, body, response, socket };
      const number = requests.push(request);
      for (const wake of waiting.splice(0)) wake();
      handle(request, number);
    });
  });
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    /** How many connections were opened. */
    connections: () => sockets.size,
    /** Resolves once so many requests have arrived whole. */
    async received(count: number): Promise<void> {
      while (requests.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
