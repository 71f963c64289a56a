import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BoxStsError, clientError } from "./errors.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A token answer has a few kilobytes; what is longer comes from somebody else. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * POSTs and reads the whole answer; redirects are not followed. The connection is not kept: tokens are asked for
 * once an hour, and a connection that a frozen Lambda kept would be dead.
 * @throws BoxStsError `unreachable`, `timed_out`, `not_a_token_function` (too long)
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const { request } = await transport(url.protocol === "http:" ? "node:http" : "node:https");
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: "POST",
      headers: { ...headers, connection: "close", "content-length": Buffer.byteLength(body) },
    });
    // Whoever reads the answer meanwhile sees the socket break, not the reason.
    let outOfTime = false;
    const timer = setTimeout(() => {
      outOfTime = true;
      sending.destroy();
    }, timeoutMs);
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      if (outOfTime) reject(clientError("timed_out"));
      else if (error instanceof BoxStsError) reject(error);
      else reject(clientError("unreachable", `(${url.host}: ${error.code ?? error.name})`));
    };
    sending.once("error", fail);
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
 * Taken when it is first needed, and not by an ESM import, which on Node 24 costs about 20 ms of start: linking it
 * touches lazy getters that load an HTTP client and HTTP/2. Node before 20.16 knows no other way.
 */
async function transport(
  name: "node:http" | "node:https",
): Promise<Pick<typeof import("node:http"), "request">> {
  return process.getBuiltinModule?.(name) ?? (await import(name));
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw clientError("not_a_token_function", "(The answer is too long.)");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
