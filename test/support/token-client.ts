import { request } from "node:http";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Identity } from "../../sandbox/aws/identities.ts";
import type { Caller } from "../../sandbox/sample/callers.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { ProblemResponse } from "../../schemas/protocol/problems.ts";
import type { TokenResponse } from "../../schemas/protocol/token-response.ts";
import { Sha256 } from "./sha256.ts";

/** A response of either token function. */
export interface UrlResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Partial<TokenResponse & ProblemResponse>;
  readonly text: string;
}

interface Sending {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** Requests a token from the Function URL with a form, signed as `caller`. */
export function requestToken(
  sandbox: Sandbox,
  caller: Identity,
  parameters: Readonly<Record<string, string>> = {},
): Promise<UrlResponse> {
  return sendUrl(sandbox, caller, new URLSearchParams(parameters).toString());
}

/** Sends any body to the Function URL; unsigned without a caller. */
export async function sendUrl(
  sandbox: Sandbox,
  caller: Identity | undefined,
  body: string,
  { method = "POST", path = "/oauth2/token", headers = FORM }: Sending = {},
): Promise<UrlResponse> {
  const { hostname, port } = new URL(sandbox.tokenUrl);
  const [pathname = "/", search] = path.split("?");
  const unsigned = {
    method,
    protocol: "http:",
    hostname,
    port: Number(port),
    path: pathname,
    query: Object.fromEntries(new URLSearchParams(search)),
    headers: { host: `${hostname}:${port}`, ...headers },
    body,
  };
  const signed = caller === undefined ? unsigned : await signerFor(caller, sandbox.region).sign(unsigned);
  return post(hostname, Number(port), path, method, signed.headers, body);
}

function signerFor(caller: Identity, region: string): SignatureV4 {
  const { accessKeyId, secretAccessKey, sessionToken } = caller;
  return new SignatureV4({
    service: "lambda",
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
  });
}

function post(
  hostname: string,
  port: number,
  path: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<UrlResponse> {
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, path, method, headers }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(text), text });
    });
    sending.once("error", reject).end(body);
  });
}

function parsed(text: string): UrlResponse["body"] {
  try {
    return JSON.parse(text) as UrlResponse["body"];
  } catch {
    return {};
  }
}

/** What a direct invoke gives: the token response, or the error that the function threw. */
export type InvokeResponse =
  | { readonly token: TokenResponse }
  | { readonly errorType: string; readonly problem: ProblemResponse; readonly trace: readonly string[] };

/**
 * Invokes the token function through an alias with AWS's own client. Throws what IAM refuses.
 * @param options an empty `qualifier` is the unqualified function
 */
export async function invoke(
  sandbox: Sandbox,
  caller: Caller,
  event: unknown = {},
  {
    qualifier = caller.alias,
    functionName = "token-invoke",
  }: { qualifier?: string; functionName?: string } = {},
): Promise<InvokeResponse> {
  const { accessKeyId, secretAccessKey } = caller;
  const client = new LambdaClient({
    endpoint: sandbox.invokeUrl,
    region: sandbox.region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  const command = new InvokeCommand({
    FunctionName: functionName,
    ...(qualifier === "" ? {} : { Qualifier: qualifier }),
    Payload: JSON.stringify(event),
  });
  const { Payload, FunctionError } = await client.send(command);
  const value = JSON.parse(Buffer.from(Payload ?? []).toString("utf8"));
  if (FunctionError === undefined) return { token: value };
  return { errorType: value.errorType, problem: JSON.parse(value.errorMessage), trace: value.trace };
}

/** Every audit line that the functions have written so far. */
export function auditLines(sandbox: Sandbox): readonly Record<string, unknown>[] {
  return linesOfKind(sandbox, "audit");
}

export function linesOfKind(sandbox: Sandbox, kind: string): readonly Record<string, unknown>[] {
  return sandbox
    .functionLines()
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.kind === kind);
}
