import http from "node:http";
import https from "node:https";
import { urlToHttpOptions } from "node:url";
import { Failure } from "../../schemas/protocol/problems.ts";
import { wholeBody } from "../http/whole-body.ts";
import { type Connections, connectionsTo } from "./connections.ts";

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What is sent; a `body` is a form. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called when the response begins, which may be long before it is complete. */
  readonly onHeaders?: (headers: http.IncomingHttpHeaders) => void;
}

/** The responses that we read are below 2 KB; a longer one is not one of them. */
const MAX_RESPONSE_BYTES = 256 * 1024;
/** Timeout of one attempt: after it another attempt is more likely to succeed. */
const ATTEMPT_MS = 8_000;

/** Without `accept-encoding` a server or proxy may compress (RFC 9110 §12.5.3), which costs time. */
const HEADERS = { accept: "application/json", "accept-encoding": "identity", "user-agent": "box-sts" };

const ENCODINGS_OF_ZLIB: ReadonlySet<string> = new Set(["gzip", "x-gzip", "deflate"]);

/**
 * A function that sends one request to `baseUrl + path` over kept-alive connections; redirects are not followed.
 * The first request takes half the processor time of one by `fetch`, 35 ms less (`bench/hand-written.ts`).
 * It throws `Failure` `box_unavailable` where there is no whole response, with `staleConnection` if the reason is
 * a kept-alive connection that the other side had closed, and `deadline_exceeded` if there is no time.
 */
export function httpClient(
  baseUrl: string,
  connections: Pick<Connections, "agent"> = connectionsTo(baseUrl),
) {
  const base = new URL(baseUrl);
  const transport = base.protocol === "http:" ? http : https;
  const { hostname, port } = urlToHttpOptions(base);
  const prefix = base.pathname.replace(/\/$/, "");

  return (
    { method, path, headers, body, onHeaders }: HttpRequest,
    millisecondsLeft: number,
  ): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      if (millisecondsLeft <= 0) return reject(deadlineExceeded());
      const agent = connections.agent();
      const form = body === undefined ? {} : formHeaders(body);
      const request = transport.request({
        ...{ hostname, port, method, agent, path: `${prefix}${path}` },
        headers: { ...form, ...HEADERS, ...headers },
      });
      const timer = setTimeout(
        () => request.destroy(millisecondsLeft > ATTEMPT_MS ? attemptTimedOut() : deadlineExceeded()),
        Math.min(ATTEMPT_MS, millisecondsLeft),
      );
      let hasBegun = false;
      const fail = (error: Error) => {
        clearTimeout(timer);
        const failure =
          error instanceof Failure ? error : noResponse(error, request.reusedSocket && !hasBegun);
        if (failure.staleConnection) closeIdle(agent);
        reject(failure);
      };
      request.once("error", fail);
      // Without a listener Node closes the connection, and the request gets neither a response nor an error.
      request.once("upgrade", ({ statusCode = 0, headers }, socket) => {
        clearTimeout(timer);
        socket.destroy();
        resolve({ status: statusCode, headers, body: "" });
      });
      request.once("response", (response) => {
        hasBegun = true;
        onHeaders?.(response.headers);
        wholeResponse(response).then((body) => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: body.toString("utf8"),
          });
        }, fail);
      });
      request.end(body);
    });
}

/** The body; a proxy may have compressed it all the same, and what comes with a refresh is not sent again. */
async function wholeResponse(response: http.IncomingMessage): Promise<Buffer> {
  const body = await wholeBody(response, MAX_RESPONSE_BYTES);
  const encoding = response.headers["content-encoding"];
  return encoding === undefined || body.length === 0 ? body : decoded(body, encoding.toLowerCase());
}

/** The body as it is where it does not decode, or to more than a response may have. */
async function decoded(body: Buffer, encoding: string): Promise<Buffer> {
  // Loaded only here: no ordinary response needs it.
  const { brotliDecompressSync, unzipSync } = await import("node:zlib");
  const options = { maxOutputLength: MAX_RESPONSE_BYTES };
  try {
    if (encoding === "br") return brotliDecompressSync(body, options);
    return ENCODINGS_OF_ZLIB.has(encoding) ? unzipSync(body, options) : body;
  } catch {
    return body;
  }
}

function formHeaders(body: string): Record<string, string | number> {
  return { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) };
}

function attemptTimedOut(): Failure {
  return new Failure("box_unavailable", `no response from Box within ${ATTEMPT_MS} ms`);
}

function deadlineExceeded(): Failure {
  return new Failure("deadline_exceeded", "the request's deadline passed during a request to Box");
}

/** If one idle connection is closed, the others may be closed too: the next attempt needs a new one. */
function closeIdle({ freeSockets }: http.Agent): void {
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
}

/** @param mayBeStale the connection was used before, and nothing of a response has arrived */
function noResponse(error: Error & { code?: string }, mayBeStale: boolean): Failure {
  const staleSocket = mayBeStale && (error.code === "ECONNRESET" || error.code === "EPIPE");
  const detail = `no response from Box: ${error.code ?? error.name}`;
  return new Failure("box_unavailable", detail, staleSocket ? { staleConnection: true } : {});
}
