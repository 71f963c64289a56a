import { isObject } from "../../schemas/json/is-object.ts";
import { type Exchange, jsonOf } from "./exchange.ts";

export interface PriorItem {
  readonly type: "file" | "folder";
  readonly id: string;
  name?: string;
  parentId?: string;
  ownerId?: string;
  /** In bytes. */
  size?: number;
  description?: string;
  /** Access level of its shared link. */
  sharedLink?: string;
}

export interface PriorUser {
  readonly id: string;
  name?: string;
  login?: string;
}

export interface PriorCollaboration {
  readonly id: string;
  role?: string;
  itemId?: string;
  userId?: string;
}

/** What was at Box before the recording, as far as its responses show it. */
export interface PriorState {
  readonly items: ReadonlyMap<string, PriorItem>;
  readonly users: ReadonlyMap<string, PriorUser>;
  readonly collaborations: ReadonlyMap<string, PriorCollaboration>;
  note(exchange: Exchange): void;
}

const ITEM_PATH = /^\/2\.0\/(file|folder)s\/(\d+)(?:\/|$)/;

/** Collects what responses show. The first value of a property counts: a later one may be the recorded program's. */
export function priorState(): PriorState {
  const items = new Map<string, PriorItem>();
  const users = new Map<string, PriorUser>();
  const collaborations = new Map<string, PriorCollaboration>();
  /** Made during the recording; making it again is part of the assertions. */
  const made = new Set<string>();

  const item = (type: PriorItem["type"], id: string): PriorItem | undefined => {
    if (id === "0" || made.has(id)) return undefined;
    const known = items.get(id) ?? { type, id };
    items.set(id, known);
    return known;
  };
  const seeOne = (value: Readonly<Record<string, unknown>>, folderId?: string): void => {
    const { type, id } = value;
    if (typeof id !== "string") return;
    if (type === "file" || type === "folder") {
      const { name, description, size } = value;
      const parentId = idOf(value.parent) ?? folderId;
      const ownerId = idOf(value.owned_by);
      const sharedLink = isObject(value.shared_link) ? value.shared_link.access : undefined;
      fill(item(type, id), { name, parentId, ownerId, size, description, sharedLink });
    } else if (type === "user" && !made.has(id)) {
      fill(entry(users, id), { name: value.name, login: value.login });
    } else if (type === "collaboration" && !made.has(id)) {
      const facts = { role: value.role, itemId: idOf(value.item), userId: idOf(value.accessible_by) };
      fill(entry(collaborations, id), facts);
    }
  };
  const see = (value: unknown, folderId?: string): void => {
    if (Array.isArray(value)) for (const each of value) see(each, folderId);
    if (!isObject(value)) return;
    seeOne(value, folderId);
    for (const [property, each] of Object.entries(value)) {
      const holder = property === "item_collection" ? idOf(value) : undefined;
      see(each, property === "entries" ? folderId : holder);
    }
  };
  return {
    ...{ items, users, collaborations },
    note(exchange) {
      const { method, path, status } = exchange;
      if (status >= 400) return;
      const json = jsonOf(exchange.response);
      if (method === "POST" && status === 201) for (const id of madeIds(json)) made.add(id);
      const [, type, id = ""] = ITEM_PATH.exec(path) ?? [];
      if (type !== undefined) item(type as PriorItem["type"], id);
      see(json, path.endsWith("/items") ? id : undefined);
    },
  };
}

const idOf = (value: unknown): string | undefined =>
  isObject(value) && typeof value.id === "string" ? value.id : undefined;

function madeIds(json: unknown): readonly string[] {
  if (!isObject(json)) return [];
  const all = Array.isArray(json.entries) ? json.entries : [json];
  return all.flatMap((each) => (isObject(each) && typeof each.id === "string" ? [each.id] : []));
}

function entry<Value extends { readonly id: string }>(map: Map<string, Value>, id: string): Value {
  const known = map.get(id) ?? ({ id } as Value);
  map.set(id, known);
  return known;
}

/** Sets what is a text or a number and not yet known. */
function fill(target: object | undefined, facts: Readonly<Record<string, unknown>>): void {
  if (target === undefined) return;
  for (const [name, value] of Object.entries(facts))
    if (
      (typeof value === "number" || (typeof value === "string" && value !== "")) &&
      !Object.hasOwn(target, name)
    )
      Object.assign(target, { [name]: value });
}
