import { randomUUID } from "node:crypto";
import type { HttpRequest, HttpResponse } from "../http/server.ts";
import type { BoxItem, FileVersion } from "./items/item.ts";

/** Box's `dl.boxcloud.com`: a URL needs no token and lives for 15 minutes. */
export interface Downloads {
  /** @returns the path of a new download URL */
  issue(file: BoxItem, version: FileVersion): string;
  /** The response at a download URL. */
  respond(request: HttpRequest): HttpResponse;
}

const LIFE_MILLISECONDS = 15 * 60_000;
const PREFIX = "/dl/";

export const isDownloadPath = (path: string): boolean => path.startsWith(PREFIX);

interface Ticket {
  readonly file: BoxItem;
  readonly version: FileVersion;
  readonly expiresAt: number;
}

/** What each download URL leads to. */
export type Tickets = Map<string, Ticket>;

/**
 * @param now Box's clock, in milliseconds since 1970.
 * @param exists whether Box still has the file.
 * @param tickets where they are kept.
 */
export function downloadStore(
  now: () => number,
  exists: (file: BoxItem) => boolean,
  tickets: Tickets,
): Downloads {
  const isAlive = ({ expiresAt }: Ticket) => expiresAt > now();
  return {
    issue(file, version) {
      for (const [id, ticket] of tickets) if (!isAlive(ticket)) tickets.delete(id);
      const id = randomUUID();
      tickets.set(id, { file, version, expiresAt: now() + LIFE_MILLISECONDS });
      return `${PREFIX}${id}`;
    },
    respond({ path, method, headers }) {
      if (method !== "GET" && method !== "HEAD") return { status: 405, headers: { Allow: "GET, HEAD" } };
      const ticket = tickets.get(path.slice(PREFIX.length));
      // Which status Box has for a URL that has expired is not documented.
      if (ticket === undefined || !isAlive(ticket) || !exists(ticket.file)) return { status: 404 };
      return contentResponse(ticket, headers.range);
    },
  };
}

function contentResponse({ file, version }: Ticket, range: string | undefined): HttpResponse {
  const { content } = version;
  const name = encodeURIComponent(file.name).replaceAll("'", "%27");
  const ascii = file.name.replaceAll(/[^ -~]|["\\]/g, "_");
  const headers = {
    "Content-Type": "application/octet-stream",
    "Accept-Ranges": "bytes",
    "Content-Disposition": `attachment;filename="${ascii}";filename*=UTF-8''${name}`,
  };
  const part = range === undefined ? undefined : partOf(range, content.length);
  if (part === undefined) return { status: 200, headers, body: content };
  if (part === "unsatisfiable") {
    return { status: 416, headers: { "Content-Range": `bytes */${content.length}` } };
  }
  const { first, last } = part;
  return {
    status: 206,
    headers: { ...headers, "Content-Range": `bytes ${first}-${last}/${content.length}` },
    body: content.subarray(first, last + 1),
  };
}

/**
 * The bytes of a `Range` (RFC 9110 §14.2); `undefined` for one that a server ignores: another unit, several ranges, or
 * no range at all.
 */
function partOf(
  range: string,
  size: number,
): { readonly first: number; readonly last: number } | "unsatisfiable" | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range.replaceAll(" ", "")) ?? [];
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "unsatisfiable" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  if (to !== "" && Number(to) < first) return undefined;
  if (first >= size) return "unsatisfiable";
  return { first, last: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}
