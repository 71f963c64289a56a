import type { BoxItem } from "../../items/item.ts";
import { sizeOf } from "../../items/tree.ts";
import type { BoxState } from "../../state.ts";
import { invalidParameter } from "../parameters.ts";

/** Whether an item stays in the results. */
export type Filter = (item: BoxItem) => boolean;

/** The filters that the parameters of a search name. @throws ApiRefusal for a value that a parameter cannot have */
export function searchFilters(state: BoxState, query: URLSearchParams): readonly Filter[] {
  const given = (name: string): string | undefined => query.get(name) || undefined;
  const filters: readonly (Filter | undefined)[] = [
    ofType(given("type")),
    withExtension(given("file_extensions")),
    ownedBy(given("owner_user_ids")),
    within(given("created_at_range"), "created_at_range", timeOf, ({ createdAt }) => createdAt),
    within(given("updated_at_range"), "updated_at_range", timeOf, ({ modifiedAt }) => modifiedAt),
    within(given("deleted_at_range"), "deleted_at_range", timeOf, ({ trashed }) => trashed?.at ?? Number.NaN),
    within(given("size_range"), "size_range", Number, (item) => sizeOf(state, item)),
    deletedBy(given("deleted_user_ids")),
  ];
  return filters.filter((filter) => filter !== undefined);
}

function ofType(type: string | undefined): Filter | undefined {
  if (type === undefined) return undefined;
  if (!["file", "folder", "web_link"].includes(type)) {
    throw invalidParameter("type", "'type' must be file, folder or web_link");
  }
  return (item) => item.type === type;
}

function withExtension(list: string | undefined): Filter | undefined {
  if (list === undefined) return undefined;
  const extensions = list.toLowerCase().split(",");
  return ({ type, name }) =>
    type === "file" && extensions.includes(/\.([^.]+)$/.exec(name.toLowerCase())?.[1] ?? "");
}

const ownedBy = (ids: string | undefined): Filter | undefined =>
  ids === undefined ? undefined : ({ ownerId }) => ids.split(",").includes(ownerId);

const deletedBy = (ids: string | undefined): Filter | undefined =>
  ids === undefined
    ? undefined
    : ({ trashed }) => trashed !== undefined && ids.split(",").includes(trashed.byId);

/** `from,to`, each of which can be missing. */
function within(
  range: string | undefined,
  name: string,
  read: (text: string) => number,
  of: (item: BoxItem) => number,
): Filter | undefined {
  if (range === undefined) return undefined;
  const [from = "", to = "", ...more] = range.split(",");
  const least = from === "" ? Number.NEGATIVE_INFINITY : read(from);
  const most = to === "" ? Number.POSITIVE_INFINITY : read(to);
  if (more.length > 0 || Number.isNaN(least) || Number.isNaN(most)) {
    throw invalidParameter(
      name,
      `'${name}' must be two values with a comma between them, one of which can be missing`,
    );
  }
  return (item) => of(item) >= least && of(item) <= most;
}

/** A day alone is no time at Box. */
const timeOf = (text: string): number => (text.includes("T") ? Date.parse(text) : Number.NaN);
