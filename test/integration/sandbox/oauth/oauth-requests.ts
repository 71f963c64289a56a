import { createHash } from "node:crypto";
import { addSample, type Sample } from "../../../../sandbox/box/sample.ts";
import { type Box, type BoxOptions, startBox } from "../../../../sandbox/box/server.ts";
import { type AppSettings, addApp, type BoxApp } from "../../../../sandbox/box/state.ts";
import { ENTERPRISE, type ParsedResponse, parsedResponse, post } from "../box-requests.ts";

export const CALLBACK = "https://app.example.com/callback";
export const VERIFIER = "a-verifier-of-at-least-forty-three-characters-0";
export const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
export const DAY_SECONDS = 24 * 3_600;

export interface OAuthScene {
  readonly box: Box;
  readonly app: BoxApp;
  readonly sample: Sample;
}

/** A Box with one OAuth app and the sample's users. */
export async function oauthScene(settings: AppSettings = {}, options: BoxOptions = {}): Promise<OAuthScene> {
  const box = await startBox(options);
  const defaults = { authentication: "oauth2", redirectUris: [CALLBACK] } as const;
  const app = addApp(box.state, ENTERPRISE, { ...defaults, ...settings });
  return { box, app, sample: addSample(box.state, app) };
}

type Parameters = Readonly<Record<string, string | undefined>>;

/** A correct authorization request, but for the changes; `undefined` removes a parameter. */
export function authorizeUrl(
  { box, app }: OAuthScene,
  changes: Parameters = {},
  path = "/api/oauth2/authorize",
): string {
  const usual = { response_type: "code", client_id: app.clientId, redirect_uri: CALLBACK, state: "s1" };
  const parameters = Object.entries({ ...usual, ...changes });
  const given = parameters.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${box.url}${path}?${new URLSearchParams(given)}`;
}

/** The consent page as a browser has it: its text, its form's fields and its cookie. */
export interface ConsentPage {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly action: string;
  readonly requestToken: string;
  readonly cookie: string;
}

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&#39;": "'", "&quot;": '"' };
const unescaped = (html = "") => html.replaceAll(/&(?:amp|#39|quot);/g, (entity) => ENTITIES[entity] ?? "");

export async function openPage(url: string, cookie = ""): Promise<ConsentPage> {
  const response = await fetch(url, { redirect: "manual", headers: { cookie } });
  const text = await response.text();
  const { status, headers } = response;
  const action = new URL(unescaped(/action="([^"]+)"/.exec(text)?.[1]) || "/", url).href;
  const requestToken = unescaped(/name="request_token" value="([^"]+)"/.exec(text)?.[1]);
  return { status, text, headers, action, requestToken, cookie: headers.get("set-cookie") ?? cookie };
}

/** Posts the page's form as a browser does; the response is the redirect, or a page. */
export async function submit(
  { action, requestToken, cookie }: ConsentPage,
  fields: Parameters,
): Promise<ParsedResponse> {
  const form = { request_token: requestToken, ...fields };
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(action, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: cookie.split(";")[0] ?? "" },
    body: new URLSearchParams(given),
  });
  return parsedResponse(response);
}

/** The address that a redirect leads to, with its parameters. */
export function redirectOf({ headers }: { readonly headers: Headers }) {
  const url = new URL(headers.get("location") ?? "none:");
  return { to: `${url.origin}${url.pathname}`, parameters: Object.fromEntries(url.searchParams) };
}

export const clientOf = ({ clientId, clientSecret }: BoxApp) => ({
  client_id: clientId,
  client_secret: clientSecret,
});

/** A code to which the managed user has consented. */
export function codeOf(
  { box, app, sample }: OAuthScene,
  changes: { codeChallenge?: string; scope?: string } = {},
) {
  const { clientId } = app;
  return box.authorizations.grant({
    clientId,
    userId: sample.managedUser.id,
    redirectUri: CALLBACK,
    ...changes,
  });
}

export const redeem = (at: OAuthScene, code: string, more: Parameters = {}) =>
  post(`${at.box.url}/oauth2/token`, {
    grant_type: "authorization_code",
    ...clientOf(at.app),
    code,
    ...more,
  });

export const refresh = (at: OAuthScene, refresh_token: string, more: Parameters = {}) =>
  post(`${at.box.url}/oauth2/token`, {
    grant_type: "refresh_token",
    ...clientOf(at.app),
    refresh_token,
    ...more,
  });

export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** The pair that a new consent gives. */
export const connect = async (at: OAuthScene): Promise<Pair> => (await redeem(at, codeOf(at))).body;

/** The status with which Box responds to an API call with the token. */
export async function statusOf({ box }: OAuthScene, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${box.url}/2.0/users/me`, { headers });
  await response.arrayBuffer();
  return response.status;
}
