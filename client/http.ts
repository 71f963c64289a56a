import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BoxStsError, clientError } from "./errors.ts";

/** A complete response; `post` reads the body to its end. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A token response has a few kilobytes; a longer one comes from another service. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/**
 * Sends a request, by default a POST, and reads the whole response; does not follow redirects. The first one takes half the
 * processor time of one by `fetch`, 33 ms less (`bench/hand-written.ts`), and a caller's cold start waits for it. Closes the
 * connection: a token is requested once an hour, and a connection that a frozen Lambda environment keeps is dead by then.
 * @throws BoxStsError `unreachable`, `timed_out`, `not_a_token_function` (too long)
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
  method = "POST",
): Promise<HttpResponse> {
  const name = url.protocol === "http:" ? "node:http" : "node:https";
  const { request } = await transport(name).catch(() => {
    throw clientError("unreachable", `(${name} cannot be loaded.)`);
  });
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method,
      headers: { ...headers, connection: "close", "content-length": Buffer.byteLength(body) },
    });
    // Destroying the request gives the reader of the response a broken socket and not this reason.
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      sending.destroy();
    }, timeoutMs);
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      if (timedOut) reject(clientError("timed_out"));
      else if (error instanceof BoxStsError) reject(error);
      else reject(clientError("unreachable", `(${url.host}: ${error.code ?? error.name})`));
    };
    sending.once("error", fail);
    // Without a listener Node closes the connection, and the request gets neither a response nor an error.
    sending.once("upgrade", ({ statusCode = 0, headers: received }, socket) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: statusCode, headers: received, body: "" });
    });
    sending.once("response", (response) => {
      collect(response).then((text) => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      }, fail);
    });
    sending.end(body);
  });
}

/**
 * Loads the module when it is first needed, and not by an ESM import, which on Node 24 costs about 20 ms of start: linking it
 * touches lazy getters that load an HTTP client and HTTP/2. Node before 20.16 has no `getBuiltinModule`.
 */
async function transport(
  name: "node:http" | "node:https",
): Promise<Pick<typeof import("node:http"), "request">> {
  const builtin = process.getBuiltinModule?.(name);
  if (builtin !== undefined) return builtin;
  // With literals, which a bundler takes for Node's own modules.
  return name === "node:http" ? import("node:http") : import("node:https");
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) throw clientError("not_a_token_function", "(The response is too long.)");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
