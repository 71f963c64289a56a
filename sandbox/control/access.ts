import { timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { HttpRequest, HttpResponse } from "../http/server.ts";
import { refuse } from "./responses.ts";

const SHORTEST_TOKEN = 16;

/** A sentence where a control token of the operator's own cannot be used. */
export function tokenMisuse(token: string): string | undefined {
  if (/^[!-~]+$/.test(token) && token.length >= SHORTEST_TOKEN) return undefined;
  return `The control token must have at least ${SHORTEST_TOKEN} characters, all of them visible ASCII: set BOX_STS_CONTROL_TOKEN to, for example, the output of openssl rand -hex 16.`;
}

/**
 * Whether no page of another origin can be loaded under this host: an address, `localhost`, a name without a dot (a
 * container's) or a name that is reserved for private networks. Any other name may be one that an attacker's DNS server
 * has rebound to this machine.
 */
export function isOwnHost(host: string | undefined): boolean {
  const found = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/.exec(host ?? "");
  const name = found?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (isIP(name) === 4 || isIP(name.slice(1, -1)) === 6) return true;
  return /^(?:[a-z0-9_-]+|(?:[a-z0-9_-]+\.)+(?:localhost|internal))$/.test(name);
}

/**
 * The refusal of a request that did not come from the operator. A web page cannot drive the sandbox: it does not know
 * the token, its requests carry its `Origin`, and a name that was rebound to this machine shows in `Host`.
 * @param url of the server that received the request
 */
export function accessRefusal(
  { headers }: HttpRequest,
  { url, token }: { readonly url: string; readonly token: string },
): HttpResponse | undefined {
  if (!isOwnHost(headers.host)) {
    return refuse(
      403,
      `The control endpoints are not for the host ${JSON.stringify(headers.host ?? "")}: use the address of this machine, localhost, or a name without a dot.`,
    );
  }
  const own = `${new URL(url).protocol}//${headers.host}`;
  const site = headers["sec-fetch-site"] ?? "same-origin";
  if ((headers.origin ?? own) !== own || !["same-origin", "none"].includes(site)) {
    return refuse(403, "The control endpoints are not for web pages of another origin.");
  }
  if (!bears(headers.authorization, token))
    return refuse(401, "Send the control token: Authorization: Bearer TOKEN.");
  return undefined;
}

function bears(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
