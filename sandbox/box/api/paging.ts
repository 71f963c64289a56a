import { type BoxItem, currentVersion } from "../items/item.ts";
import { ApiRefusal } from "./errors.ts";
import { invalidParameter } from "./parameters.ts";

const MAX_ENTRIES = 1_000;
const USUAL_ENTRIES = 100;
/** Of the items of a folder; beyond it, they are paged by marker. */
const FURTHEST_OFFSET = 300_000;
/** Of the other lists. */
const FURTHEST_SHORT_OFFSET = 10_000;

interface Page {
  readonly limit: number;
  readonly offset: number;
}

/**
 * `limit` and `offset` of the query. A limit above the maximum counts as the maximum, as Box documents it.
 * @throws ApiRefusal where one of them is no number, or the offset is further than the call allows
 */
export function pageOf(query: URLSearchParams, furthest = FURTHEST_OFFSET): Page {
  const limit = wholeNumber(query.get("limit"), USUAL_ENTRIES, "invalid_limit");
  const offset = wholeNumber(query.get("offset"), 0, "invalid_offset");
  if (offset > furthest) {
    const limit = `The offset must not exceed the maximum offset of ${furthest}`;
    throw invalidParameter("offset", `Invalid value '${offset}'. ${limit}`);
  }
  return { limit: Math.min(limit, MAX_ENTRIES), offset };
}

/** As `pageOf`, for the calls whose offset ends at 10,000. */
export const shortPageOf = (query: URLSearchParams): Page => pageOf(query, FURTHEST_SHORT_OFFSET);

function wholeNumber(
  text: string | null,
  byDefault: number,
  code: "invalid_limit" | "invalid_offset",
): number {
  if (text === null || text === "") return byDefault;
  if (!/^\d{1,15}$/.test(text)) throw new ApiRefusal(code);
  return Number(text);
}

/** A page of a list that has no marker. */
export function offsetPage<Entry>(
  all: readonly Entry[],
  { limit, offset }: Page,
  show: (entry: Entry) => object,
) {
  const entries = all.slice(offset, offset + limit).map(show);
  return { total_count: all.length, entries, offset, limit };
}

const KEYS = {
  id: ({ id }: BoxItem) => id.padStart(20, "0"),
  name: ({ name }: BoxItem) => name.toLowerCase(),
  date: ({ modifiedAt }: BoxItem) => String(modifiedAt).padStart(20, "0"),
  size: (item: BoxItem) =>
    String(item.type === "file" ? currentVersion(item).content.length : 0).padStart(20, "0"),
} as const;

type SortField = keyof typeof KEYS;

interface Order {
  readonly by: SortField;
  readonly direction: "ASC" | "DESC";
}

/** The order that the query names: folders come before files in each. @throws ApiRefusal */
export function orderOf(query: URLSearchParams, fields: readonly SortField[]): Order {
  const [sort, direction] = [query.get("sort") ?? "name", (query.get("direction") ?? "ASC").toUpperCase()];
  const by = fields.find((field) => field === sort.toLowerCase());
  if (by === undefined) throw invalidParameter("sort", `Invalid value '${sort}' for 'sort'`);
  if (direction !== "ASC" && direction !== "DESC") {
    throw invalidParameter("direction", `Invalid value '${direction}' for 'direction'`);
  }
  return { by, direction };
}

/** Where an item is in an order; comparing places needs no list, so a marker survives changes of the folder. */
type Place = readonly [rank: string, key: string, id: string];

const placeOf = (item: BoxItem, { by }: Order): Place => [
  item.type === "folder" ? "0" : "1",
  KEYS[by](item),
  item.id,
];

function compare(a: Place, b: Place, { direction }: Order): number {
  const sign = direction === "ASC" ? 1 : -1;
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] < b[1] ? -sign : sign;
  return a[2] === b[2] ? 0 : a[2] < b[2] ? -sign : sign;
}

const sorted = (items: readonly BoxItem[], order: Order): readonly BoxItem[] =>
  items
    .map((item) => ({ item, place: placeOf(item, order) }))
    .sort((a, b) => compare(a.place, b.place, order))
    .map(({ item }) => item);

/** A page of items by offset, with the order that Box names in it. */
export function itemPage(
  items: readonly BoxItem[],
  order: Order,
  page: Page,
  show: (item: BoxItem) => object,
): object {
  return {
    ...offsetPage(sorted(items, order), page, show),
    order: [
      { by: "type", direction: "ASC" },
      { by: order.by, direction: order.direction },
    ],
  };
}

/** A page of items that begins after the marker; the last page has the marker `null`. @throws ApiRefusal */
export function markerPage(
  items: readonly BoxItem[],
  order: Order,
  marker: string | null,
  limit: number,
  show: (item: BoxItem) => object,
): object {
  const after = marker === null || marker === "" || marker === "0" ? undefined : readMarker(marker);
  const rest = sorted(items, order).filter(
    (item) => after === undefined || compare(placeOf(item, order), after, order) > 0,
  );
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const next_marker = rest.length > limit && last !== undefined ? writeMarker(placeOf(last, order)) : null;
  return { entries: page.map(show), limit, next_marker };
}

const writeMarker = (place: Place): string => Buffer.from(JSON.stringify(place)).toString("base64url");

function readMarker(marker: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(marker, "base64url").toString());
    if (Array.isArray(place) && place.length === 3 && place.every((part) => typeof part === "string")) {
      return [String(place[0]), String(place[1]), String(place[2])];
    }
  } catch {
    // Refused below: it is no marker of ours.
  }
  throw invalidParameter("marker", `Invalid value '${marker}' for 'marker'`);
}
