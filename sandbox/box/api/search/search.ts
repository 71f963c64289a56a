import type { HttpResponse } from "../../../http/server.ts";
import type { BoxItem } from "../../items/item.ts";
import { abilities, isTrashed, isWithin } from "../../items/tree.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson } from "../errors.ts";
import { itemFor } from "../items/access.ts";
import { represent } from "../items/representation.ts";
import { fieldsOf, invalidParameter, missingParameter } from "../parameters.ts";
import { type Route, route } from "../route.ts";
import { type Filter, searchFilters } from "./search-filters.ts";
import { matcher, relevance } from "./search-query.ts";

export const SEARCH: readonly Route[] = [route("GET", "/2.0/search", REQUIRED_SCOPES.folder, search)];

const USUAL_RESULTS = 30;
const MAX_RESULTS = 200;
const FURTHEST_OFFSET = 10_000;

/** Names and descriptions at once, as they are now: Box's index takes minutes. Contents are not searched. */
function search(call: Call): HttpResponse {
  const { state, query } = call;
  refuseWhatIsNotServed(query);
  const text = query.get("query");
  if (text === null || text === "") throw missingParameter("query");
  const isMatch = matcher(text, contentTypesOf(query));
  const filters = [...searchFilters(state, query), inTrash(call), below(call)];
  const found = [...state.items.values()].filter(
    (item) => isMatch(item) && filters.every((fits) => fits(item)) && isVisible(call, item),
  );
  const { limit, offset } = pageOf(query);
  const fields = fieldsOf(query);
  const entries = inOrder(found, text, query)
    .slice(offset, offset + limit)
    .map((item) => represent(call, item, fields));
  return apiJson(200, { type: "search_results_items", total_count: found.length, entries, limit, offset });
}

function isVisible({ state, user, token }: Call, item: BoxItem): boolean {
  if (token.itemId !== undefined && !isWithin(state, item, token.itemId)) return false;
  return abilities(state, user, item).has("list");
}

function refuseWhatIsNotServed(query: URLSearchParams): void {
  if (query.get("scope") === "enterprise_content")
    throw new ApiRefusal("access_denied_insufficient_permissions");
  for (const name of ["mdfilters", "include_recent_shared_links", "recent_updater_user_ids"]) {
    const value = query.get(name);
    if (value !== null && value !== "" && value.toLowerCase() !== "false") {
      throw invalidParameter(name, `The sandbox does not search by '${name}'`);
    }
  }
}

const CONTENT_TYPES = ["name", "description", "file_content", "comments", "tag"];

/** Which of the texts that the sandbox searches; by default all of them. */
function contentTypesOf(query: URLSearchParams): readonly string[] {
  const types = listOf(query, "content_types");
  const unknown = types.find((type) => !CONTENT_TYPES.includes(type));
  if (unknown === undefined) return types.length === 0 ? CONTENT_TYPES : types;
  throw invalidParameter("content_types", `'content_types' must be of ${CONTENT_TYPES.join(", ")}`);
}

/** Folders that the user sees, with all below them. @throws ApiRefusal for another one */
function below(call: Call): Filter {
  const ids = listOf(call.query, "ancestor_folder_ids");
  const folders = ids.filter((id) => id !== "0").map((id) => itemFor(call, id, "folder"));
  if (folders.length === 0) return () => true;
  return (item) =>
    folders.some((folder) => folder.id !== item.id && isWithin(call.state, item, folder.id)) ||
    ids.includes("0");
}

function inTrash({ state, query }: Call): Filter {
  const wanted = query.get("trash_content") ?? "non_trashed_only";
  if (wanted === "all_items") return () => true;
  return (item) => isTrashed(state, item) === (wanted === "trashed_only");
}

function inOrder(items: readonly BoxItem[], text: string, query: URLSearchParams): readonly BoxItem[] {
  if (query.get("sort") !== "modified_at") {
    return [...items].sort((a, b) => relevance(text, b) - relevance(text, a));
  }
  const sign = query.get("direction") === "ASC" ? 1 : -1;
  return [...items].sort((a, b) => sign * (a.modifiedAt - b.modifiedAt));
}

function pageOf(query: URLSearchParams): { readonly limit: number; readonly offset: number } {
  const number = (name: "limit" | "offset", usual: number): number => {
    const text = query.get(name) ?? String(usual);
    if (!/^\d{1,9}$/.test(text)) throw new ApiRefusal(`invalid_${name}`);
    return Number(text);
  };
  const offset = number("offset", 0);
  if (offset > FURTHEST_OFFSET)
    throw invalidParameter("offset", `'offset' must be at most ${FURTHEST_OFFSET}`);
  return { limit: Math.min(number("limit", USUAL_RESULTS), MAX_RESULTS), offset };
}

const listOf = (query: URLSearchParams, name: string): readonly string[] =>
  (query.get(name) ?? "").split(",").filter((part) => part !== "");
