import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";

/**
 * How long a connection may be idle before it is used. Lambda freezes an environment between requests; a connection
 * that died meanwhile without a word would cost the next request a whole attempt.
 */
const MAX_IDLE_MS = 5_000;

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

interface KeepAliveAgent extends http.Agent {
  /** Closes connections that have been idle for longer than `MAX_IDLE_MS`. */
  closeStale(): void;
}

/** An agent that knows since when each of its free connections has been idle. */
export function keepAliveAgent(
  { Agent }: Pick<typeof http | typeof https, "Agent">,
  now: () => number = Date.now,
  options: http.AgentOptions = {},
): KeepAliveAgent {
  const agent: http.Agent = new Agent({ ...options, keepAlive: true });
  const idleSince = new WeakMap<Duplex, number>();
  // Node emits "free" for each connection whose response has been read.
  agent.on("free", (socket: Duplex) => idleSince.set(socket, now()));
  const closeStale = () => {
    for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []))
      if (now() - (idleSince.get(socket) ?? 0) > MAX_IDLE_MS) socket.destroy();
  };
  return Object.assign(agent, { closeStale });
}
