import { PortTaken } from "../http/server.ts";
import type { StartCommand } from "./start-command.ts";

/** What listens at the first port, the next one, and so on. */
const PLACES = [
  "the token function",
  "the Invoke API",
  "Box",
  "Secrets Manager",
  "Box over TLS",
  "the control endpoint",
  "DynamoDB",
  "the authorize function",
] as const;
type Place = (typeof PLACES)[number];

/** The port of a place, given the first one; 0 stays 0, which picks a free one. */
export const portOf = (place: Place, first: number): number =>
  first === 0 ? 0 : first + PLACES.indexOf(place);

/** Why the sandbox could not start, as a sentence. */
export function failureOf(error: unknown, first: number, { text }: StartCommand): string {
  const { code, port } = error as { readonly code?: unknown; readonly port?: unknown };
  if (code === "EADDRNOTAVAIL") return "--host names no address of this machine; 0.0.0.0 is all of them.";
  if (code === "EACCES")
    return `You may not listen at port ${port}; choose a higher one with ${text} --port N.`;
  if (!(error instanceof PortTaken)) return error instanceof Error ? error.message : String(error);
  const place = PLACES[error.port - first] ?? "a server";
  return `Port ${error.port}, for ${place}, is taken by another process. End that process, choose other ports with ${text} --port N (N to N+7 are used), or let free ones be picked with --port 0.`;
}
