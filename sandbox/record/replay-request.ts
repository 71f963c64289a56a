import type { Assertion } from "./assertion.ts";
import type { IdMap } from "./id-map.ts";

/** The recorded request with the ids and etags of this Box, and with a file of as many bytes as the uploaded one. */
export function requestOf(
  { method, asUser, range, url, ifMatch, ifNoneMatch, body }: Assertion,
  things: IdMap,
  token: string | undefined,
): RequestInit {
  const headers = new Headers();
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined) headers.set(name, value);
  };
  const etag = (which: "current" | "stale" | undefined) =>
    which === "current" ? (things.etagOf(url) ?? "0") : which && "a-stale-etag";
  set("Authorization", token && `Bearer ${token}`);
  set("As-User", asUser && things.mapped(asUser));
  set("Range", range);
  set("If-Match", etag(ifMatch));
  set("If-None-Match", etag(ifNoneMatch));
  // `fetch` sends no body with these, and Box reads none.
  if (body === undefined || method === "GET" || method === "HEAD") return { method, headers };
  const json = (value: unknown) =>
    JSON.stringify(value, (_, each) => (typeof each === "string" ? things.mapped(each) : each));
  if ("json" in body) {
    set("Content-Type", "application/json");
    return { method, headers, body: json(body.json) };
  }
  const form = new FormData();
  form.append("attributes", json(body.attributes));
  form.append("file", new Blob(["x".repeat(body.size)]), "file");
  return { method, headers, body: form };
}
