import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";

/** A connection that was opened early is used this soon or not at all: Lambda may have slept in between. */
const FRESH_MS = 5_000;

/** Kept-alive connections to one origin. */
export interface Connections {
  readonly agent: http.Agent;
  /** Opens a connection for the next request, which then need not wait for TCP and TLS. Tells no errors. */
  openEarly(): void;
}

/** @param now milliseconds since the epoch: it goes on while Lambda sleeps */
export function connectionsTo(baseUrl: string, now: () => number = Date.now): Connections {
  const { protocol, hostname, port } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, "");
  const agent = new (protocol === "http:" ? http : https).Agent({ keepAlive: true, maxSockets: 64 });
  const open = agent.createConnection.bind(agent);
  let early: { readonly socket: Duplex; readonly opened: number } | undefined;

  agent.createConnection = (options, callback) => {
    const { socket, opened } = early ?? {};
    early = undefined;
    if (socket === undefined || opened === undefined || socket.destroyed) return open(options, callback);
    if (now() - opened < FRESH_MS) return socket;
    socket.destroy();
    return open(options, callback);
  };

  return {
    agent,
    openEarly() {
      const origin = {
        host,
        port: Number(port || (protocol === "http:" ? 80 : 443)),
        servername: isIP(host) === 0 ? host : "",
      };
      const socket = open(origin, () => {});
      // Whoever uses it hears of its end; until then nobody needs to.
      socket?.on("error", () => {});
      if (socket) early = { socket, opened: now() };
    },
  };
}
