import type { HttpResponse } from "./http-client.ts";

/** Callers get it: a mistaken header must not keep them away for years. */
const DAY_SECONDS = 86_400;

/** The seconds of a response's `Retry-After`, a day at most, as options of a `Failure`. */
export function retryAfterOf(response: HttpResponse): { readonly retryAfter?: number } {
  const seconds = secondsOf(response);
  return seconds === undefined ? {} : { retryAfter: Math.min(seconds, DAY_SECONDS) };
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
