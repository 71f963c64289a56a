import type { CallerLabels } from "../broker/audit-record.ts";

const IP_ADDRESS = /^[0-9A-Fa-f.:]{2,45}$/;

/** The caller's address for its audit line; nothing where the event has a text of another form in its place. */
export function sourceIpOf(value: unknown): Pick<CallerLabels, "sourceIp"> {
  return typeof value === "string" && IP_ADDRESS.test(value) ? { sourceIp: value } : {};
}
