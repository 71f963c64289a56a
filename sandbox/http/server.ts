import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** One HTTP request as it came over the wire. */
export interface HttpRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** Query as sent, without the question mark. */
  readonly query: string;
  /** Lower-case names; several values of one name joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whether the body was longer than the server reads; `body` is then empty. */
  readonly tooLarge: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** The socket is destroyed before a byte is sent, or after the head and half of the body. */
  readonly cut?: "before" | "mid-body";
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** Stops listening and destroys every open connection. */
  close(): Promise<void>;
}

/** A port that another process holds. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";
  readonly port: number;

  constructor(port: number) {
    super(`Port ${port} is taken.`);
    this.port = port;
  }
}

/** How much of a body the server reads, where the options do not say otherwise. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

const LOOPBACK = "127.0.0.1";

export interface ListenOptions {
  /** 0, the default, picks a free one. */
  readonly port?: number | undefined;
  /** IP address of this machine, or all of them: `0.0.0.0`. Default: `127.0.0.1`, which only this machine reaches. */
  readonly host?: string | undefined;
  /** Serves HTTPS; both PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** How many bytes of a request's body are read, by its path; default: 8 MiB. */
  readonly bodyLimit?: ((path: string) => number) | undefined;
}

/** Serves `respond` on 127.0.0.1, unless the options name another address. @throws PortTaken */
export async function listen(
  respond: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse,
  { port = 0, host = LOOPBACK, tls, bodyLimit = () => BODY_LIMIT_BYTES }: ListenOptions = {},
): Promise<Listener> {
  const onRequest: RequestListener = (request, response) => {
    receive(request, bodyLimit)
      .then(respond)
      .then((reply) => send(response, reply))
      .catch((error: unknown) => {
        send(response, { status: 500, body: `sandbox: ${error instanceof Error ? error.stack : error}\n` });
      });
  };
  const settings = { keepAliveTimeout: 5_000, ...tls };
  const server = tls === undefined ? createServer(settings, onRequest) : createTlsServer(settings, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortTaken(port) : error);
    });
    server.listen({ host, port, backlog: 2_048 }, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${tls === undefined ? "http" : "https"}://${authorityOf(host)}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether only this machine reaches what listens at the address, of which the default is one. */
export const isLoopback = (host = LOOPBACK): boolean => host === "::1" || host.startsWith("127.");

/** How this machine reaches what listens at the address. */
function authorityOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function receive(request: IncomingMessage, bodyLimit: (path: string) => number): Promise<HttpRequest> {
  const [path = "/", query = ""] = splitOnce(request.url ?? "/", "?");
  const body = await readBody(request, bodyLimit(path));
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    headers[name] = (values ?? []).join(",");
  const method = request.method ?? "GET";
  return { method, path, query, headers, body: body ?? Buffer.alloc(0), tooLarge: body === undefined };
}

/**
 * The body; `undefined` for one that is longer than `limit`, of which nothing is kept. Where the request has its length,
 * the bytes go to where they stay, so that an upload is in memory once.
 */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const announced = Number(request.headers["content-length"] ?? Number.NaN);
  const whole = announced <= limit ? Buffer.allocUnsafeSlow(announced) : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (whole !== undefined) chunk.copy(whole, size);
    else if (size + chunk.length <= limit) chunks.push(chunk);
    else chunks.length = 0;
    size += chunk.length;
  }
  if (size > limit) return undefined;
  return whole ?? Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, headers = {}, body = "", cut }: HttpResponse): void {
  if (cut === "before" || response.headersSent) {
    response.socket?.destroy();
    return;
  }
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  response.statusCode = status;
  if (status !== 204) response.setHeader("Content-Length", bytes.length);
  if (cut === "mid-body") {
    response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.destroy());
    return;
  }
  response.end(bytes);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
