import { isObject } from "../../schemas/json/is-object.ts";
import type { Actors } from "./actors.ts";
import type { Assertion, RecordedBody, RecordedGrant } from "./assertion.ts";
import { type Exchange, jsonOf } from "./exchange.ts";
import { uploadParts } from "./multipart.ts";
import { pathTemplate } from "./path-template.ts";
import { isSecretField, type Removal } from "./secrets.ts";
import { shapeOf } from "./shape.ts";

/** An exchange as an assertion, with secrets still in it: `cleanAssertion` removes them when all are known. */
export function assertionOf(exchange: Exchange, actors: Actors): Assertion {
  const { host, method, path, query, status, request, response } = exchange;
  const grant = actors.learn(exchange);
  const actor = path.startsWith("/oauth2/") ? undefined : actors.of(exchange);
  const json = jsonOf(response);
  const body = bodyOf(exchange);
  const skip = reasonToSkip(exchange, grant, body);
  const ids = json === undefined ? {} : idsOf(json);
  const { range, "as-user": asUser, "if-match": match, "if-none-match": noneMatch } = request.headers;
  return {
    ...{ host, method, path: pathTemplate(host === "download" ? "/{ticket}" : path) },
    url: host === "download" ? "/{ticket}" : `${path}${publicQuery(query)}`,
    status,
    shape: json === undefined ? (response.size === 0 ? "empty" : "bytes") : shapeOf(json),
    ...(actor !== undefined && { actor }),
    ...(asUser !== undefined && { asUser }),
    ...(range !== undefined && { range }),
    ...(match !== undefined && { ifMatch: status === 412 ? "stale" : "current" }),
    ...(noneMatch !== undefined && { ifNoneMatch: status === 304 ? "current" : "stale" }),
    ...(body !== undefined && { body }),
    ...(grant !== undefined && { grant }),
    ...(Object.keys(ids).length > 0 && { ids }),
    ...(skip !== undefined && { skip }),
  };
}

/** The assertion without secrets. An id that looks like one has the same placeholder in a path and in `ids`. */
export function cleanAssertion({ url, shape, ...others }: Assertion, removal: Removal): Assertion {
  return { ...(removal.cleanJson(others) as typeof others), url: cleanUrl(url, removal), shape };
}

function cleanUrl(url: string, removal: Removal): string {
  const [path = "", query] = url.split("?");
  if (query === undefined) return removal.clean(path);
  const values = new URLSearchParams(query);
  const cleaned = [...values].map(([name, value]) => [name, removal.clean(value)]);
  return `${removal.clean(path)}?${new URLSearchParams(cleaned as [string, string][])}`;
}

/** Without the parameters that are secrets, such as a download's `access_token`. */
function publicQuery(query: string): string {
  const kept = [...new URLSearchParams(query)].filter(([name]) => !isSecretField(name));
  return kept.length === 0 ? "" : `?${new URLSearchParams(kept)}`;
}

function bodyOf({ request, path }: Exchange): RecordedBody | undefined {
  if (path.startsWith("/oauth2/")) return undefined;
  const upload = uploadParts(request);
  if (upload !== undefined) return { attributes: upload.attributes, size: upload.size };
  const json = jsonOf(request);
  return json === undefined ? undefined : { json };
}

function reasonToSkip(
  { host, method, path, status, request }: Exchange,
  grant: RecordedGrant | undefined,
  body: RecordedBody | undefined,
): string | undefined {
  if (host === "account") return "a person consents there";
  if (path === "/oauth2/revoke") return "it ends a token that others need";
  if (path.startsWith("/oauth2/")) {
    if (grant === undefined) return "its code or refresh token was removed";
    return status === 200 ? undefined : "Box refused its credentials, which were removed";
  }
  const isCommit = /\/upload_sessions\/[^/]+\/commit$/.test(path);
  if (isCommit || (host !== "download" && body === undefined && request.size > 0 && method !== "GET"))
    return "its content was not recorded";
  return undefined;
}

/** Ids of things by their pointers. Of a list with several elements none is kept: their order may differ. */
function idsOf(value: unknown, pointer = ""): Readonly<Record<string, string>> {
  if (Array.isArray(value)) return value.length === 1 ? idsOf(value[0], `${pointer}/0`) : {};
  if (!isObject(value)) return {};
  const own = typeof value.id === "string" && value.id !== "0" ? { [`${pointer}/id`]: value.id } : {};
  const below = Object.entries(value).map(([name, each]) => idsOf(each, `${pointer}/${name}`));
  return Object.assign({}, own, ...below);
}
