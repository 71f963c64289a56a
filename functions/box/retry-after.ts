import { MAX_PAUSE_SECONDS } from "../broker/refusal-memory.ts";
import type { HttpResponse } from "./http-client.ts";

/**
 * The seconds of a response's `Retry-After` as options of a `Failure`: at most those for which it is remembered, so that the
 * first caller waits no longer than those after it.
 */
export function retryAfterOf(response: HttpResponse): { readonly retryAfter?: number } {
  const seconds = secondsOf(response);
  return seconds === undefined ? {} : { retryAfter: Math.min(seconds, MAX_PAUSE_SECONDS) };
}

/** From either form of RFC 9110 §10.2.3; a date is relative to the responding server's clock. */
function secondsOf({ headers }: HttpResponse): number | undefined {
  const header = headers["retry-after"];
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  // `Date.parse` takes "-3" and "1.5" for dates as well.
  if (!header.endsWith(" GMT")) return undefined;
  const seconds = (Date.parse(header) - Date.parse(headers.date ?? "")) / 1000;
  return Number.isFinite(seconds) ? Math.max(Math.ceil(seconds), 0) : undefined;
}
