import type { HttpResponse } from "../../../http/server.ts";
import type { BoxEvent } from "../../events.ts";
import { hasScope } from "../../scopes.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson } from "../errors.ts";
import { invalidParameter } from "../parameters.ts";
import { requireAdmin } from "../people/people.ts";
import { type Route, route } from "../route.ts";
import { newChange, realtimeServers } from "./realtime.ts";

const SCOPES = ["root_readonly"] as const;

export const EVENTS: readonly Route[] = [
  route("GET", "/2.0/events", ["root_readonly", "manage_enterprise_properties"], list),
  route("OPTIONS", "/2.0/events", SCOPES, realtimeServers),
  route("GET", "/2.0/events/realtime", SCOPES, newChange),
];

const USUAL_EVENTS = 100;
const MAX_EVENTS = 500;

/** Only in the stream `all`: they change no tree of files. */
const NOT_CHANGES = [
  ...["ITEM_DOWNLOAD", "ITEM_PREVIEW", "ITEM_SHARED", "ITEM_SHARED_CREATE", "ITEM_SHARED_UPDATE"],
  "ITEM_SHARED_UNSHARE",
];

type Stream = (call: Call, event: BoxEvent) => boolean;

const isOwn: Stream = ({ user }, { userIds }) => userIds.includes(user.id);
const isChange: Stream = (call, event) => isOwn(call, event) && !NOT_CHANGES.includes(event.type);

const STREAMS = {
  all: isOwn,
  changes: isChange,
  sync: (call, event) => isChange(call, event) && event.isSynced,
  admin_logs: (call, event) =>
    isOfEnterprise(call, event) && isOfRequestedType(call, event) && isInTime(call, event),
  admin_logs_streaming: (call, event) => isOfEnterprise(call, event) && isOfRequestedType(call, event),
} as const satisfies Record<string, Stream>;

type StreamName = keyof typeof STREAMS;

/** Those after a position, oldest first. A position is the place of the last event that the client has seen. */
function list(call: Call): HttpResponse {
  const name = streamOf(call);
  const { events } = call.state;
  const isAdmin = name.startsWith("admin_logs");
  const position = call.query.get("stream_position") ?? "0";
  if (position === "now") return page([], events.at(-1)?.position ?? 0, isAdmin);
  const after = positionOf(position);
  const found = events.filter((event) => event.position > after && STREAMS[name](call, event));
  const part = found.slice(0, limitOf(call.query));
  return page(part, part.at(-1)?.position ?? after, isAdmin);
}

function page(events: readonly BoxEvent[], next: number, isAdmin: boolean): HttpResponse {
  const entries = events.map((event) => eventJson(event, isAdmin));
  return apiJson(200, { chunk_size: entries.length, next_stream_position: String(next), entries });
}

function eventJson({ id, type, adminType, at, by, source, adminSource }: BoxEvent, isAdmin: boolean): object {
  const shown = isAdmin ? adminSource : source;
  return {
    ...{ type: "event", event_id: id, event_type: isAdmin ? adminType : type, created_by: by },
    ...{ created_at: boxTimestamp(at), recorded_at: boxTimestamp(at) },
    ...(shown && { source: shown }),
  };
}

/** @throws ApiRefusal for a stream that there is not, or that the caller must not read */
function streamOf(call: Call): StreamName {
  const given = call.query.get("stream_type") ?? "all";
  const name = (Object.keys(STREAMS) as StreamName[]).find((stream) => stream === given);
  if (name === undefined) {
    throw invalidParameter("stream_type", `'stream_type' must be one of ${Object.keys(STREAMS).join(", ")}`);
  }
  const isForAdmins = name.startsWith("admin_logs");
  const { scopes, itemId } = call.token;
  // A token that is bound to an item must not see what happens elsewhere.
  if (
    itemId !== undefined ||
    !hasScope(scopes, isForAdmins ? "manage_enterprise_properties" : "root_readonly")
  ) {
    throw new ApiRefusal("insufficient_scope");
  }
  if (isForAdmins) requireAdmin(call);
  return name;
}

function positionOf(text: string): number {
  if (text === "null" || text === "") return 0;
  if (!/^\d{1,15}$/.test(text)) {
    throw invalidParameter("stream_position", "'stream_position' must be now, 0 or a next_stream_position");
  }
  return Number(text);
}

function limitOf(query: URLSearchParams): number {
  const text = query.get("limit") ?? String(USUAL_EVENTS);
  if (!/^\d{1,9}$/.test(text)) throw new ApiRefusal("invalid_limit");
  return Math.min(Number(text), MAX_EVENTS);
}

function isOfEnterprise({ user }: Call, { enterpriseIds, adminType }: BoxEvent): boolean {
  return enterpriseIds.includes(user.enterpriseId) && adminType !== undefined;
}

function isOfRequestedType({ query }: Call, { adminType = "" }: BoxEvent): boolean {
  const types = query.get("event_type")?.split(",") ?? [];
  return types.length === 0 || types.includes(adminType);
}

function isInTime({ query }: Call, { at }: BoxEvent): boolean {
  const time = (name: string, missing: number): number => {
    const text = query.get(name);
    const value = text === null ? missing : Date.parse(text);
    if (Number.isNaN(value)) throw invalidParameter(name, `'${name}' must be a date and time`);
    return value;
  };
  return (
    at >= time("created_after", Number.NEGATIVE_INFINITY) &&
    at <= time("created_before", Number.POSITIVE_INFINITY)
  );
}
