import type { HttpResponse } from "../../../http/server.ts";
import type { Call } from "../call.ts";
import { apiJson } from "../errors.ts";

/** How long a poll waits for an event, by the machine's clock. */
const WAIT_MILLISECONDS = 60_000;

/** Where to wait for events of the user. Box has servers of their own for it. */
export function realtimeServers({ baseUrl, query }: Call): HttpResponse {
  const stream = query.get("stream_type") ?? "all";
  const url = `${baseUrl}/2.0/events/realtime?stream_type=${encodeURIComponent(stream)}`;
  const server = { type: "realtime_server", url, ttl: "10", max_retries: "10", retry_timeout: 610 };
  return apiJson(200, { chunk_size: 1, entries: [server] });
}

/** Responds as soon as the user has an event after `stream_position`, or when nothing has happened for a while. */
export async function newChange(call: Call): Promise<HttpResponse> {
  const position = Number(call.query.get("stream_position") ?? Number.NaN);
  const message = hasEvent(call, position) || (await happens(call)) ? "new_change" : "reconnect";
  return apiJson(200, { version: 1, message });
}

const hasEvent = ({ state, user }: Call, position: number): boolean =>
  state.events.some((event) => event.position > position && event.userIds.includes(user.id));

function happens({ state, user, changes }: Call): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (hasHappened: boolean): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(hasHappened);
    };
    const timer = setTimeout(end, WAIT_MILLISECONDS, false).unref();
    const unsubscribe = changes.subscribe(() => {
      if (state.events.at(-1)?.userIds.includes(user.id)) end(true);
    });
  });
}
