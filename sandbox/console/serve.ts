import { randomBytes } from "node:crypto";
import { isOwnHost } from "../control/access.ts";
import type { HttpRequest, HttpResponse } from "../http/server.ts";
import { CONSOLE_FILES } from "./generated/assets.ts";
import { ASSETS, consolePage } from "./page.ts";
import { securityHeaders } from "./security.ts";
import { type ConsoleSource, viewOf } from "./view-of.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** @param path without the prefix of an enterprise. */
export const isConsoleRequest = ({ method }: HttpRequest, path: string): boolean =>
  (method === "GET" || method === "HEAD") && (path === "/" || path.startsWith(`/${ASSETS}/`));

/**
 * The console's page, or a file that it loads. The page carries the control token, so it is given to a browser that
 * has been sent here by an address of this server, and to no other.
 * @param path without the prefix of an enterprise.
 * @param baseUrl what the browser reaches this enterprise by, without a slash at its end.
 */
export function consoleResponse(
  request: HttpRequest,
  path: string,
  source: ConsoleSource,
  { baseUrl, controlToken }: { readonly baseUrl: string; readonly controlToken: string },
): HttpResponse {
  if (!isOwnHost(request.headers.host))
    return plain(403, "The console is for an address of this machine, such as 127.0.0.1 or localhost.");
  if (path !== "/") return file(path.slice(`/${ASSETS}/`.length));
  // Everything in the page is relative to the slash.
  if (!request.path.endsWith("/"))
    return plain(308, `The console is at ${baseUrl}/`, { Location: `${baseUrl}/` });
  const nonce = randomBytes(18).toString("base64");
  const body = consolePage(viewOf(source, baseUrl), { controlToken, nonce });
  return {
    status: 200,
    headers: { ...securityHeaders(nonce), "Content-Type": "text/html; charset=utf-8" },
    body,
  };
}

/** The response instead of the page where the operator does not want it served. */
export const consoleIsOff = (): HttpResponse =>
  plain(
    404,
    "The console is off, because its page would give the control token to every machine that reaches this port. Start the sandbox with --console (in code: console: true) to serve it.",
  );

function file(name: string): HttpResponse {
  if (!Object.hasOwn(CONSOLE_FILES, name)) return plain(404, "The console has no such file.");
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return {
    status: 200,
    headers: { ...securityHeaders(), "Content-Type": type },
    body: CONSOLE_FILES[name as keyof typeof CONSOLE_FILES],
  };
}

const plain = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse => ({
  status,
  headers: { ...securityHeaders(), ...headers, "Content-Type": "text/plain; charset=utf-8" },
  body: `${text}\n`,
});
