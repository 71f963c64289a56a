import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DAY_MS } from "../../functions/broker/oauth/connection.ts";
import { type Invitation, invite } from "../../functions/broker/oauth/invitation.ts";
import { newCertificates } from "../../sandbox/http/certificates.ts";
import { type HttpRequest, type HttpResponse, listen } from "../../sandbox/http/server.ts";
import { type HostedFunction, hostFunction } from "../../sandbox/lambda/hosted-function.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

const BUNDLE = join(import.meta.dirname, "../../dist/functions/authorize/index.mjs");

/** The built authorize function behind a public URL on this machine, in front of a sandbox. */
export interface AuthorizeFront {
  readonly url: string;
  readonly hosted: HostedFunction;
  /** An operator's connect link. */
  link(invitation?: Partial<Invitation>): string;
  close(): Promise<void>;
}

interface FrontOptions {
  /** App name → what the connect link is for unless it names another. */
  readonly app: string;
  /** Browsers keep cookies with the prefix `__Host-` over TLS alone. */
  readonly tls?: boolean;
}

/** Starts it, and registers its callback at the sandbox's Box for every OAuth app. */
export async function startAuthorizeFront(
  sandbox: Sandbox,
  { app, tls = false }: FrontOptions,
): Promise<AuthorizeFront> {
  const { key, cert } = await newCertificates();
  const listener = await listen((request) => respond(hosted, request), tls ? { tls: { key, cert } } : {});
  const hosted = hostFunction({
    name: "authorize",
    entry: BUNDLE,
    region: sandbox.region,
    env: {
      ...sandbox.environment,
      BOX_STS_PUBLIC_URL: listener.url,
      BOX_STS_ACCOUNT_URL: `${sandbox.box.url}/api/oauth2/authorize`,
    },
    timeoutMs: 20_000,
  });
  for (const { box } of Object.values(sandbox.oauthApps)) box.redirectUris.add(`${listener.url}/callback`);
  return {
    url: listener.url,
    hosted,
    link: (invitation = {}) => {
      const usual = { app, expires: Date.now() + DAY_MS };
      return `${listener.url}/connect?invitation=${invite({ ...usual, ...invitation }, serviceKeyOf(sandbox))}`;
    },
    async close() {
      await listener.close();
      await hosted.close();
    },
  };
}

/** The current version of the service secret. */
function serviceKeyOf({ secretsManager, sharedCache }: Sandbox) {
  const versions = secretsManager.secrets.get(sharedCache?.serviceSecret ?? "")?.versions ?? new Map();
  const current = [...versions.values()].find(({ stages }) => stages.has("AWSCURRENT"));
  if (current?.SecretString === undefined) throw new Error("The sandbox has no service secret.");
  return { id: current.id, secret: Buffer.from(current.SecretString) };
}

/** As a Function URL with the authentication type `NONE`. */
async function respond(hosted: HostedFunction, request: HttpRequest): Promise<HttpResponse> {
  const { cookie, ...headers } = request.headers;
  const requestId = randomUUID();
  const http = { method: request.method, path: request.path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1" };
  const event = {
    ...{
      version: "2.0",
      routeKey: "$default",
      rawPath: request.path,
      rawQueryString: request.query,
      headers,
    },
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    requestContext: { domainName: "sandbox.lambda-url.us-east-1.on.aws", requestId, http },
    isBase64Encoded: false,
  };
  const outcome = await hosted.invoke(event, { requestId });
  if (!outcome.ok) return { status: 502, body: "Internal Server Error" };
  const { statusCode, headers: own, cookies = [], body = "" } = JSON.parse(outcome.payload);
  return { status: statusCode, headers: { ...own, "set-cookie": cookies }, body };
}

/** A browser that keeps the cookies of the function, and follows no redirect by itself. */
export class FetchBrowser {
  readonly cookies = new Map<string, string>();

  async open(
    url: string,
  ): Promise<{ readonly status: number; readonly text: string; readonly location: string }> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.delete(name);
      if (!line.includes("Max-Age=0")) this.cookies.set(name, value);
    }
    const location = response.headers.get("location") ?? "";
    return { status: response.status, text: await response.text(), location };
  }
}
