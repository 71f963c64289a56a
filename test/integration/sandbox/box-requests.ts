import { createSign, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { addSample, type Sample } from "../../../sandbox/box/sample.ts";
import { type Box, type BoxOptions, startBox } from "../../../sandbox/box/server.ts";
import { type AppSettings, addApp, type BoxApp } from "../../../sandbox/box/state.ts";

/** One pair for the whole file: making it is the slow part. */
const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const otherPair = generateKeyPairSync("rsa", { modulusLength: 2048 });

export const KID = "abcd1234";
export const ENTERPRISE = "1234567";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

export interface Scene {
  readonly box: Box;
  readonly app: BoxApp;
  readonly sample: Sample;
}

/** A Box with one app whose key is `pair`, and the sample tree. */
export async function scene(settings: AppSettings = {}, options: BoxOptions = {}): Promise<Scene> {
  const box = await startBox(options);
  const app = addApp(box.state, ENTERPRISE, settings);
  app.publicKeys.set(KID, pair.publicKey);
  return { box, app, sample: addSample(box.state, app) };
}

export interface AssertionChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

/** A correct assertion for the enterprise, but for the changes; `undefined` removes a property. */
export function assertion(
  { app }: Scene,
  { header, claims, key = pair.privateKey }: AssertionChanges = {},
): string {
  const head = { alg: "RS256", typ: "JWT", kid: KID, ...header };
  const body = {
    iss: app.clientId,
    sub: ENTERPRISE,
    box_sub_type: "enterprise",
    aud: "https://api.box.com/oauth2/token",
    jti: randomUUID(),
    exp: Math.floor(Date.now() / 1000) + 30,
    ...claims,
  };
  const signed = [head, body]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const hash = { RS384: "sha384", RS512: "sha512" }[String(head.alg)] ?? "sha256";
  return `${signed}.${createSign(hash).update(signed).sign(key, "base64url")}`;
}

type Form = Readonly<Record<string, string | undefined>>;

export interface ParsedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: literal responses are compared property by property.
  readonly body: any;
}

export async function post(url: string, form: Form): Promise<ParsedResponse> {
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(given) });
  return parsedResponse(response);
}

export async function parsedResponse(response: Response): Promise<ParsedResponse> {
  const { status, headers } = response;
  const text = await response.text();
  return {
    status,
    headers,
    text,
    body: headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined,
  };
}

/** The form of a JWT grant, with the client's credentials. */
export function jwtForm(at: Scene, changes: AssertionChanges = {}, more: Form = {}): Form {
  const { clientId, clientSecret } = at.app;
  const client = { client_id: clientId, client_secret: clientSecret };
  return { grant_type: JWT_BEARER, assertion: assertion(at, changes), ...client, ...more };
}

export const jwtGrant = (at: Scene, changes?: AssertionChanges, more?: Form): Promise<ParsedResponse> =>
  post(`${at.box.url}/oauth2/token`, jwtForm(at, changes, more));

export async function enterpriseToken(at: Scene): Promise<string> {
  return (await jwtGrant(at)).body.access_token;
}

/** Downscopes a token, as box-node-sdk 10 does: without client credentials. */
export function exchange(at: Scene, subjectToken: string, form: Form): Promise<ParsedResponse> {
  const subject = { subject_token: subjectToken, subject_token_type: ACCESS_TOKEN_TYPE };
  return post(`${at.box.url}/oauth2/token`, { grant_type: TOKEN_EXCHANGE, ...subject, ...form });
}

export async function get(at: Scene, path: string, token: string, headers: Record<string, string> = {}) {
  const init = { headers: { Authorization: `Bearer ${token}`, ...headers } };
  return parsedResponse(await fetch(`${at.box.url}${path}`, init));
}

/** The app as `scene` made it, and a Box that is well. */
export function reset({ app, box }: Scene): void {
  Object.assign(app, {
    authorized: true,
    userTokens: true,
    accessLevel: "app+enterprise",
    authentication: "jwt",
  });
  app.publicKeys.clear();
  app.publicKeys.set(KID, pair.publicKey);
  box.clock.skewSeconds = 0;
  box.faults.clear();
}
