import http from "node:http";
import https from "node:https";
import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { keepAliveAgent } from "../http/keep-alive-agent.ts";
import { wholeBody } from "../http/whole-body.ts";

/** What the SDK gives to its `requestHandler`. */
interface Request {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface SdkResponse {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
  };
}

/** The SDK's own type of a handler; `requestHandler` also takes the options of its default one. */
type SdkHandler = Extract<SecretsManagerClientConfig["requestHandler"], { readonly handle: unknown }>;

interface Options {
  /** How long one attempt of the SDK may take to connect, and until its response is complete. */
  readonly connectMs: number;
  readonly attemptMs: number;
  /** Called each time that a whole request has been handed to the operating system: its response is awaited. */
  readonly onSent?: () => void;
}

/** Several times the longest response, which is a page of a scan: DynamoDB ends one after 1 MB of items. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/**
 * Sends the requests of the AWS SDK over kept-alive connections. It returns complete responses; the SDK's own
 * handler hands over streams and limits only their start. Its first request takes 3 ms more processor time, a tenth
 * (`bench/hand-written.ts`).
 */
export function sdkHttpHandler(options: Options) {
  const agents = { "http:": keepAliveAgent(http), "https:": keepAliveAgent(https) };
  return {
    handle(
      request: Request,
      { abortSignal }: { readonly abortSignal?: object | undefined } = {},
    ): Promise<SdkResponse> {
      const secure = request.protocol !== "http:";
      const { port, method, headers } = request;
      const host = request.hostname.replace(/^\[|\]$/g, "");
      const agent = agents[secure ? "https:" : "http:"];
      agent.closeStale();
      const sending = (secure ? https : http).request({
        ...{ host, method, headers, agent, path: pathOf(request) },
        ...(port !== undefined && { port }),
      });
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      return receiveResponse(sending, request.body, options, signal);
    },
    destroy: () => Object.values(agents).forEach((agent) => void agent.destroy()),
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  } satisfies SdkHandler;
}

function receiveResponse(
  sending: http.ClientRequest,
  body: Request["body"],
  { connectMs, attemptMs, onSent }: Options,
  signal: AbortSignal | undefined,
): Promise<SdkResponse> {
  return new Promise((resolve, reject) => {
    const stop = (name: string) => () => sending.destroy(named(name));
    const abort = stop("AbortError");
    const timers = [
      setTimeout(() => (sending.socket?.connecting ?? true) && stop("TimeoutError")(), connectMs),
      setTimeout(stop("TimeoutError"), attemptMs),
    ];
    sending.once("close", () => {
      timers.forEach(clearTimeout);
      signal?.removeEventListener("abort", abort);
    });
    sending.once("error", reject);
    if (onSent !== undefined) sending.once("finish", onSent);
    // Without a listener Node closes the connection, and the request gets neither a response nor an error.
    sending.once("upgrade", (_, socket) => {
      socket.destroy();
      reject(named("UnexpectedUpgrade"));
    });
    sending.once("response", (response) => {
      const { statusCode = 0, headers } = response;
      wholeBody(response, MAX_RESPONSE_BYTES).then(
        (whole) => resolve({ response: { statusCode, headers: flat(headers), body: whole } }),
        reject,
      );
    });
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    sending.end(body);
  });
}

/** The SDK derives from the name what an error means, and whether to retry. */
const named = (name: string) => Object.assign(new Error(name), { name });

function pathOf({ path, query = {} }: Request): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of typeof value === "object" ? (value ?? []) : [value]) search.append(name, one);
  return search.size === 0 ? path : `${path}?${search}`;
}

const flat = (headers: http.IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]));
