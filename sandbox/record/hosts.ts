import type { BoxHost } from "./exchange.ts";

/** Base URLs of a Box, without a slash at the end. */
export type Upstreams = Readonly<Record<Exclude<BoxHost, "download">, string>>;

const REAL_BOX = "https://api.box.com";

/** The hosts of a Box by its API's URL: the real one has three, a local one has them all under one. */
export function upstreamsOf(url: string): Upstreams {
  const api = url.replace(/\/+$/, "");
  if (api !== REAL_BOX) return { api, upload: api, account: `${api}/api` };
  return { api, upload: "https://upload.box.com/api", account: "https://account.box.com/api" };
}

/** Paths under which the recorder serves the hosts other than the API's. */
const PREFIXES = { upload: "/upload", account: "/account", download: "/download" } as const;

/** The recorder's own URLs for its client, instead of Box's: by their names in the official SDKs. */
export const baseUrlsOf = (url: string) => ({
  baseUrl: url,
  uploadUrl: `${url}${PREFIXES.upload}`,
  oauth2Url: `${url}${PREFIXES.account}/oauth2`,
});

/** A local Box has its uploads below this path too, and names them so in upload sessions. */
const LOCAL_UPLOADS = "/api/2.0/";

/** Which host a path of the recorder is for, and the path there. */
export function hostOf(path: string): { readonly host: BoxHost; readonly path: string } {
  if (path.startsWith(LOCAL_UPLOADS)) return { host: "upload", path: path.slice("/api".length) };
  for (const [host, prefix] of Object.entries(PREFIXES)) {
    if (path.startsWith(`${prefix}/`)) return { host: host as BoxHost, path: path.slice(prefix.length) };
  }
  return { host: "api", path };
}

/** A text of Box with the URLs of its hosts replaced by the recorder's, so that a client that follows them stays here. */
export function withOwnUrls(text: string, upstreams: Upstreams, url: string): string {
  const own: Readonly<Record<string, string>> = {
    upload: PREFIXES.upload,
    account: PREFIXES.account,
    api: "",
  };
  let result = text;
  // Those of a local Box's other hosts begin with its API's, and need nothing else.
  const others = Object.entries(upstreams).filter(([, upstream]) => !upstream.startsWith(upstreams.api));
  for (const [host, upstream] of [...others, ["api", upstreams.api] as const]) {
    const target = `${url}${own[host]}`;
    result = result
      .replaceAll(`${upstream}/`, `${target}/`)
      .replaceAll(`${upstream}/`.replaceAll("/", "\\/"), `${target}/`.replaceAll("/", "\\/"));
  }
  return result;
}

/** The recorder's path for a download, by its ticket. */
export const downloadPath = (ticket: string): string => `${PREFIXES.download}/${ticket}`;
