import type http from "node:http";
import type https from "node:https";
import type { Duplex } from "node:stream";

/**
 * How long a connection may be idle before it is used. Lambda freezes an environment between requests; a connection
 * that died meanwhile without a word would cost the next request a whole attempt.
 */
export const MAX_IDLE_MS = 5_000;

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
