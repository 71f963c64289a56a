import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BoxAuth, type BoxAuthOptions, boxAuth } from "../../../client/index.ts";

/**
 * No token, signature, session token or secret key in an error that the client throws, whatever the server does with
 * what it was sent: this server sends all of it back, in every form that an error could be made of.
 */
const CREDENTIALS = {
  accessKeyId: "ASIACANARY",
  secretAccessKey: "canary-secret-access-key",
  sessionToken: "canary-session-token",
};
const TOKEN = "canary-access-token";
const sent: string[] = [];
let server: Server;
let respond: (
  headers: IncomingHttpHeaders,
  body: string,
) => { status: number; headers?: object; body: unknown };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const signature = /Signature=([0-9a-f]{64})/.exec(request.headers.authorization ?? "")?.[1];
    if (signature !== undefined) sent.push(signature);
    const given = respond(request.headers, body);
    response.writeHead(given.status, { ...given.headers });
    response.end(typeof given.body === "string" ? given.body : JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

const everything = (headers: IncomingHttpHeaders, body: string) =>
  `${headers.authorization} ${headers["x-amz-security-token"]} ${TOKEN} ${CREDENTIALS.secretAccessKey} ${body}`;

const ECHOES: Record<string, typeof respond> = {
  "a problem": (headers, body) => ({
    status: 400,
    body: {
      error: everything(headers, body),
      error_description: everything(headers, body),
      error_uri: everything(headers, body),
      code: "invalid_request",
      retryable: false,
      request_id: everything(headers, body),
    },
  }),
  "a code": (headers, body) => ({ status: 400, body: { code: everything(headers, body), retryable: false } }),
  "AWS's message": (headers, body) => ({
    status: 403,
    headers: { "x-amzn-errortype": "InvalidSignatureException", "x-amzn-requestid": "a b" },
    body: { message: `The request signature we calculated ${everything(headers, body)}` },
  }),
  "a web page": (headers, body) => ({ status: 200, body: `<html>${everything(headers, body)}</html>` }),
  "a redirect": (headers, body) => ({
    status: 302,
    headers: { location: `http://127.0.0.1:9/?${encodeURIComponent(everything(headers, body))}` },
    body: "",
  }),
  "a token without a life": () => ({ status: 200, body: { access_token: TOKEN, token_type: "bearer" } }),
  "a thrown error": (headers, body) => ({
    status: 200,
    headers: { "x-amz-function-error": "Unhandled" },
    body: { errorType: TOKEN, errorMessage: everything(headers, body), trace: [everything(headers, body)] },
  }),
  "a truncated response": () => ({ status: 200, headers: { "content-length": "100000" }, body: TOKEN }),
};

const CALLS: Record<string, (auth: BoxAuth) => Promise<unknown>> = {
  "a token request": (auth) => auth.retrieveToken(),
  "a revocation": (auth) => auth.revokeToken(undefined, TOKEN),
};
const PAIRS = Object.keys(ECHOES).flatMap((echo) => Object.keys(CALLS).map((call) => [echo, call] as const));

test.each(PAIRS)("an error on %s that echoes %s contains nothing of it", async (echo, call) => {
  respond = ECHOES[echo] as typeof respond;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const common = { region: "us-east-1", credentials: CREDENTIALS, timeoutMs: 300 };
  const options: BoxAuthOptions[] = [
    { ...common, url },
    { ...common, functionName: "token-invoke", alias: "mine", endpoint: url },
  ];
  for (const each of options) {
    const error = await CALLS[call]?.(boxAuth(each)).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "BoxStsError" });
    const { message, stack } = error as Error;
    const seen = [
      message,
      stack,
      JSON.stringify(error),
      inspect(error, { depth: 10, showHidden: true }),
    ].join();
    expect(sent.length).toBeGreaterThan(0);
    for (const secret of [...sent, ...Object.values(CREDENTIALS).slice(1), TOKEN]) {
      expect(seen).not.toContain(secret);
    }
  }
});
