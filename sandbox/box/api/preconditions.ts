import type { HttpResponse } from "../../http/server.ts";
import type { BoxItem } from "../items/item.ts";
import type { Call } from "./call.ts";
import { ApiRefusal } from "./errors.ts";

/** Box's etags have no quotes; the ones of HTTP are accepted. */
const etagIn = (header: string): string => header.trim().replace(/^"(.*)"$/, "$1");

/** The root has no etag: nothing but `*` matches it. */
const matchesEtag = (header: string, { id, revision }: BoxItem): boolean =>
  header.split(",").some((one) => etagIn(one) === "*" || (id !== "0" && etagIn(one) === String(revision)));

/** @throws ApiRefusal where the call has an `If-Match` with another etag than the item's */
export function requireMatch({ request }: Call, item: BoxItem): void {
  const expected = request.headers["if-match"];
  if (expected !== undefined && !matchesEtag(expected, item)) throw new ApiRefusal("precondition_failed");
}

/** The response to a call whose `If-None-Match` has the item's etag. */
export function notModified({ request }: Call, item: BoxItem): HttpResponse | undefined {
  const known = request.headers["if-none-match"];
  return known !== undefined && matchesEtag(known, item) ? { status: 304 } : undefined;
}
