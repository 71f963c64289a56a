import type { HttpResponse } from "../http/server.ts";

/** `error` is a sentence that states what was wrong and what is allowed. */
export const refuse = (status: number, error: string, headers: HttpResponse["headers"] = {}): HttpResponse =>
  json(status, { error }, headers);

export const json = (status: number, body: unknown, headers: HttpResponse["headers"] = {}): HttpResponse => ({
  status,
  headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers },
  body: `${JSON.stringify(body)}\n`,
});
