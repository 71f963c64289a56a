import { pageOf } from "./paging.ts";
import { invalidParameter } from "./parameters.ts";

/**
 * The part of a list that `marker` and `limit` name. A marker stays valid when entries come or go.
 * @throws ApiRefusal
 */
export function markerPage<Entry extends { readonly id: string }>(
  query: URLSearchParams,
  all: readonly Entry[],
  show: (entry: Entry) => object,
): { readonly entries: readonly object[]; readonly limit: number; readonly next_marker: string | null } {
  const { limit } = pageOf(query);
  const start = startOf(query.get("marker"), all);
  const entries = all.slice(start, start + limit);
  const last = entries.at(-1);
  const isLast = start + entries.length >= all.length || last === undefined;
  const next_marker = isLast ? null : markerAfter(start + entries.length, last.id);
  return { entries: entries.map(show), limit, next_marker };
}

/** A marker has the id of the entry before it, and the place for where that entry is gone. */
const markerAfter = (place: number, id: string): string =>
  Buffer.from(JSON.stringify([place, id])).toString("base64url");

function startOf(marker: string | null, all: readonly { readonly id: string }[]): number {
  if (marker === null || marker === "") return 0;
  const [, place, id] = /^\[(\d+),"([^"]*)"\]$/.exec(Buffer.from(marker, "base64url").toString()) ?? [];
  if (place === undefined) throw invalidParameter("marker", "'marker' must be the next_marker of a response");
  const at = all.findIndex((entry) => entry.id === id);
  return at < 0 ? Number(place) : at + 1;
}
