import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { keepAliveAgent, MAX_IDLE_MS } from "../http/keep-alive-agent.ts";

/** Kept-alive connections to one origin. */
export interface Connections {
  /** For the next request. Closes connections that have been idle for too long, so that it cannot get one. */
  agent(): http.Agent;
  /** Opens a connection for the next request, which then need not wait for TCP and TLS. Reports no errors. */
  preconnect(): void;
}

/** @param now milliseconds since the epoch: that clock continues while Lambda freezes the environment */
export function connectionsTo(baseUrl: string, now: () => number = Date.now): Connections {
  const { protocol, hostname, port } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, "");
  const agent = keepAliveAgent(protocol === "http:" ? http : https, now, { maxSockets: 64 });
  const open = agent.createConnection.bind(agent);
  let early: { readonly socket: Duplex; readonly opened: number } | undefined;

  agent.createConnection = (options, callback) => {
    const { socket, opened } = early ?? {};
    early = undefined;
    if (socket === undefined || opened === undefined || socket.destroyed) return open(options, callback);
    if (now() - opened < MAX_IDLE_MS) return socket;
    socket.destroy();
    return open(options, callback);
  };

  return {
    agent: () => {
      agent.closeStale();
      return agent;
    },
    preconnect() {
      const origin = {
        host,
        port: Number(port || (protocol === "http:" ? 80 : 443)),
        servername: isIP(host) === 0 ? host : "",
      };
      const socket = open(origin, () => {});
      // The request that uses the connection gets its errors; until then they have no effect.
      socket?.on("error", () => {});
      if (socket) early = { socket, opened: now() };
    },
  };
}
