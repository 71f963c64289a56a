import { randomUUID } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the runtime client reported of an invocation. */
export type Reported =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: { readonly errorType: string; readonly errorMessage: string } };

export interface RuntimeApi {
  /** For `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Hands the event to the next runtime client that requests one. */
  invoke(event: unknown, functionArn: string, timeoutMs?: number): Promise<Reported>;
  /** Rejects every invocation, as a report of the client that it cannot start does. */
  abort(error: Error): void;
  close(): void;
}

interface Waiting {
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const PREFIX = "/2018-06-01/runtime";

/**
 * Lambda's Runtime API for one environment.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const invocations = new Map<string, PromiseWithResolvers<Reported>>();
  const queue: Waiting[] = [];
  const idle: ServerResponse[] = [];
  const hand = (): void => {
    const [next, response] = [queue[0], idle[0]];
    if (next === undefined || response === undefined) return;
    queue.shift();
    idle.shift();
    response.writeHead(200, { "content-type": "application/json", ...next.headers }).end(next.body);
  };
  const abort = (error: Error): void => {
    for (const { reject } of invocations.values()) reject(error);
  };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const path = request.url ?? "";
    if (path === `${PREFIX}/invocation/next`) {
      idle.push(response);
      return hand();
    }
    if (path === `${PREFIX}/init/error`) abort(new Error(body));
    const [, id = "", kind] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    const reported: Reported =
      kind === "response" ? { ok: true, payload: body } : { ok: false, error: JSON.parse(body || "{}") };
    invocations.get(id)?.resolve(reported);
    response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    abort,
    invoke(event, functionArn, timeoutMs = 15_000) {
      const id = randomUUID();
      const invocation = Promise.withResolvers<Reported>();
      invocations.set(id, invocation);
      const headers = {
        "lambda-runtime-aws-request-id": id,
        "lambda-runtime-deadline-ms": String(Date.now() + timeoutMs),
        "lambda-runtime-invoked-function-arn": functionArn,
        "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
      };
      queue.push({ id, headers, body: JSON.stringify(event) });
      hand();
      return invocation.promise;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
