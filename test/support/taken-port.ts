import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** As many as the sandbox takes, one after the other. */
const BLOCK = 8;
/** Below the ports that the system assigns, which other tests take at any time. */
const [LOWEST, BLOCKS] = [10_000, 2_500];

/** Ports of loopback, of which one is in use until `free()`. */
export interface TakenPort {
  /** The first of eight, the others of which are free. */
  readonly first: number;
  /** The one in use. */
  readonly port: number;
  free(): Promise<void>;
}

/** @param offset of the port in use from the first of the eight, 0 to 7 */
export async function takenPort(offset = 0): Promise<TakenPort> {
  for (let block = process.pid % BLOCKS; ; block = (block + 1) % BLOCKS) {
    const first = LOWEST + block * BLOCK;
    const servers = await Promise.all(Array.from({ length: BLOCK }, (_, at) => listening(first + at)));
    const taken = servers.every((server) => server !== undefined) ? servers[offset] : undefined;
    await Promise.all(servers.map((server) => server !== taken && close(server)));
    if (taken !== undefined) return { first, port: first + offset, free: () => close(taken) };
  }
}

async function listening(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return server;
  } catch {
    return undefined;
  }
}

async function close(server: Server | undefined): Promise<void> {
  if (server !== undefined) await once(server.close(), "close");
}
