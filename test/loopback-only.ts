import { Socket } from "node:net";

/**
 * Tests never leave the machine: every TCP connection to anything but loopback or a local socket is refused
 * before a packet is sent.
 */
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);
const GUARDED = Symbol.for("box-sts: loopback only");
const connect = Socket.prototype.connect;

// Test files that share a process set this up once each; one guard is enough.
if (!(GUARDED in connect))
  Socket.prototype.connect = Object.assign(guarded, { [GUARDED]: true }) as typeof connect;

function guarded(this: Socket, ...given: unknown[]) {
  const target = Array.isArray(given[0]) ? given[0][0] : given[0];
  const options = typeof target === "object" && target !== null ? (target as Record<string, unknown>) : {};
  const host = options.host ?? (typeof target === "number" ? (given[1] ?? "localhost") : undefined);
  if (options.path === undefined && host !== undefined && !LOOPBACK.has(String(host))) {
    throw new Error(`This test tried to connect to ${String(host)}; tests use loopback only.`);
  }
  return Reflect.apply(connect, this, given);
}
