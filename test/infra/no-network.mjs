import { Socket } from "node:net";

/**
 * Preload of a process that has no network: to connect to anything but a local socket fails as on a machine without one,
 * and is printed, so that also an attempt whose failure the program ignores is seen.
 */
const connect = Socket.prototype.connect;

Socket.prototype.connect = function withoutNetwork(...given) {
  const [target] = Array.isArray(given[0]) ? given[0] : given;
  const isLocal = typeof target === "string" || typeof target?.path === "string";
  if (isLocal) return Reflect.apply(connect, this, given);
  const error = Object.assign(new Error(`connect ENETUNREACH ${target?.host ?? "localhost"}`), {
    code: "ENETUNREACH",
  });
  process.stderr.write(`${error.message}\n`);
  process.nextTick(() => this.destroy(error));
  return this;
};
