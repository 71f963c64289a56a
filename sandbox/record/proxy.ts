import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { request as requestHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { PortTaken } from "../http/server.ts";
import { type BoxHost, type Exchange, KEPT_BYTES, type Message } from "./exchange.ts";
import { downloadPath, hostOf, type Upstreams, withOwnUrls } from "./hosts.ts";

export interface ProxyOptions {
  readonly upstreams: Upstreams;
  /** 0, the default, picks a free one. */
  readonly port?: number | undefined;
  /** Certificates (PEM) of the authority behind the upstreams, where the system does not have it. */
  readonly ca?: string | undefined;
  onExchange(exchange: Exchange): void;
  /** A request that Box has not responded to; the client gets 502. */
  onFailure(method: string, path: string, reason: string): void;
  /** A request whose client, or this proxy, has ended its connection before the response was complete. */
  onAbort(method: string, path: string): void;
}

export interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

/** They concern one connection (RFC 9110 §7.6.1), or a compression that the record could not read. */
const NOT_FORWARDED = new Set([
  ...["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["host", "accept-encoding", "strict-transport-security"],
]);

/** Serves Box's hosts on loopback, and hands on each request and response that has passed. @throws PortTaken */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { port = 0 } = options;
  const tickets = new Map<string, string>();
  const server = createServer((request, response) => {
    const { method = "", url: path = "" } = request;
    const client = new AbortController();
    response.once("close", () => {
      // With an error it was closed here, because Box ended its connection.
      if (!response.writableFinished && !response.errored) client.abort();
    });
    pass(options, tickets, url, request, response, client.signal).catch((error: NodeJS.ErrnoException) => {
      if (client.signal.aborted) {
        options.onAbort(method, path);
        return;
      }
      options.onFailure(method, path, error.code ?? error.name);
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { "Content-Type": "application/json" }).end(FAILED);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortTaken(port) : error);
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const FAILED = JSON.stringify({
  ...{ type: "error", status: 502, code: "upstream_unreachable" },
  message: "The recorder did not reach Box, or Box ended the connection.",
});

/** @param signal aborts when the client has gone: the request to Box ends with it */
async function pass(
  { upstreams, ca, onExchange }: ProxyOptions,
  tickets: Map<string, string>,
  ownUrl: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { method = "GET" } = incoming;
  const [written = "/", query = ""] = splitOnce(incoming.url ?? "/", "?");
  const { host, path } = hostOf(written);
  const target = targetOf(upstreams, tickets, host, path, query);
  if (target === undefined) throw Object.assign(new Error(), { code: "there is no such download" });
  const headers = forwarded(incoming.headersDistinct);
  // A download URL needs no token, and its host is none to send one to.
  if (host === "download") delete headers.authorization;
  const send = target.protocol === "https:" ? requestHttps : requestHttp;
  const sentHeaders = { ...headers, "accept-encoding": "identity" };
  const sending = send(target, { method, headers: sentHeaders, ca, signal });
  const requestKept = keep(incoming);
  incoming.pipe(sending);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sending.once("response", resolve).on("error", reject);
  });
  const responseHeaders = forwarded(response.headersDistinct);
  const { location } = responseHeaders;
  if (location !== undefined && path.endsWith("/content")) {
    const ticket = randomUUID();
    tickets.set(ticket, String(location));
    responseHeaders.location = [`${ownUrl}${downloadPath(ticket)}`];
  }
  const responseKept = keep(response);
  const { statusCode: status = 0 } = response;
  if (/\bjson\b/i.test(response.headers["content-type"] ?? "")) {
    const body = await buffer(response);
    delete responseHeaders["content-length"];
    outgoing.writeHead(status, responseHeaders).end(withOwnUrls(body.toString(), upstreams, ownUrl));
  } else {
    outgoing.writeHead(status, responseHeaders);
    await pipeline(response, outgoing);
  }
  const message = (kept: Kept, from: IncomingMessage): Message => ({ headers: joined(from), ...kept() });
  onExchange({
    ...{ host, method, path, query, status },
    request: message(requestKept, incoming),
    response: message(responseKept, response),
  });
}

function targetOf(
  upstreams: Upstreams,
  tickets: ReadonlyMap<string, string>,
  host: BoxHost,
  path: string,
  query: string,
): URL | undefined {
  if (host === "download") {
    const url = tickets.get(path.slice(1));
    return url === undefined ? undefined : new URL(url);
  }
  return new URL(`${upstreams[host]}${path}${query === "" ? "" : `?${query}`}`);
}

type Kept = () => { readonly body: Buffer; readonly size: number };

/** Listens to a stream that another consumer reads. */
function keep(stream: IncomingMessage): Kept {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < KEPT_BYTES) chunks.push(chunk.subarray(0, KEPT_BYTES - size));
    size += chunk.length;
  });
  return () => ({ body: Buffer.concat(chunks), size });
}

function forwarded(distinct: IncomingMessage["headersDistinct"]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(distinct))
    if (values !== undefined && !NOT_FORWARDED.has(name)) headers[name] = values;
  return headers;
}

const joined = ({ headersDistinct }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(",")]));

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
