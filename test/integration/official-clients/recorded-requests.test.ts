import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ACCESS_TOKEN_TYPE,
  assertion,
  ENTERPRISE,
  get,
  KID,
  post,
  type Scene,
  scene,
} from "../sandbox/box-requests.ts";

/**
 * Clients that are not on the machine, by their requests as they were recorded: header and claims of the
 * assertion, the form's fields in their order, and what they do with the responses.
 */
let at: Scene;
beforeAll(async () => {
  at = await scene();
});
afterAll(() => at.box.close());

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const alnum = (count: number) => [...randomBytes(count)].map((byte) => LETTERS[byte % 36]).join("");
const soon = () => Math.floor(Date.now() / 1_000) + 30;
const client = () => ({ client_id: at.app.clientId, client_secret: at.app.clientSecret });

interface Recorded {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: () => Readonly<Record<string, unknown>>;
  /** The form of a grant, in the order in which its fields are sent. */
  readonly form: (assertion: string) => Record<string, string>;
  /** Whether exchange and revoke carry the client's credentials. */
  readonly exchangeAs: () => Record<string, string>;
  readonly resource: (folderId: string) => string;
}

const CLIENTS: Readonly<Record<string, Recorded>> = {
  "boxsdk 3.14 (Python)": {
    header: { alg: "RS256", kid: KID, typ: "JWT" },
    claims: () => ({ jti: alnum(16 + ((randomBytes(1)[0] ?? 0) % 113)), iat: undefined }),
    form: (jwt) => ({
      grant_type: JWT_BEARER,
      assertion: jwt,
      ...client(),
      box_device_id: "0",
      box_device_name: "my device",
    }),
    exchangeAs: client,
    // It writes the base URL that it was given, not api.box.com.
    resource: (id) => `${at.box.url}/2.0/folders/${id}`,
  },
  "boxsdk 10.13 (Python)": {
    header: { alg: "RS256", kid: KID, typ: "JWT" },
    claims: () => ({ jti: `${alnum(8)}-c5f1-11f0-9b1a-${alnum(12)}` }),
    form: (jwt) => ({ grant_type: JWT_BEARER, ...client(), assertion: jwt }),
    exchangeAs: () => ({}),
    resource: (id) => `https://api.box.com/2.0/folders/${id}`,
  },
  "box-java-sdk 5 and 10": {
    header: { alg: "RS256", typ: "JWT", kid: undefined },
    claims: () => ({ jti: randomBytes(64).toString("base64url") }),
    form: (jwt) => ({ grant_type: JWT_BEARER, ...client(), assertion: jwt }),
    exchangeAs: client,
    resource: (id) => `https://api.box.com/2.0/folders/${id}`,
  },
};

describe.each(Object.entries(CLIENTS))("%s", (_, recorded) => {
  const url = () => `${at.box.url}/oauth2/token`;
  const signedBy = (claims: object = {}) =>
    assertion(at, { header: recorded.header, claims: { ...recorded.claims(), exp: soon(), ...claims } });

  test("gets a token for the enterprise and for a user", async () => {
    const enterprise = await post(url(), recorded.form(signedBy()));
    expect(enterprise.body).toMatchObject({ token_type: "bearer", restricted_to: [] });
    expect(enterprise.body.expires_in).toBeGreaterThanOrEqual(3_600);
    const { id } = at.sample.managedUser;
    const user = await post(url(), recorded.form(signedBy({ sub: id, box_sub_type: "user" })));
    expect((await get(at, "/2.0/users/me", user.body.access_token)).body.id).toBe(id);
  });

  test("downscopes it to a folder, uses it, and revokes it with a response in JSON", async () => {
    const { body } = await post(url(), recorded.form(signedBy({ sub: ENTERPRISE })));
    const narrow = await post(url(), {
      grant_type: TOKEN_EXCHANGE,
      subject_token: body.access_token,
      subject_token_type: ACCESS_TOKEN_TYPE,
      scope: "item_preview base_explorer",
      resource: recorded.resource(at.sample.reports.id),
      ...recorded.exchangeAs(),
    });
    expect(narrow.body.restricted_to).toHaveLength(2);
    const token = narrow.body.access_token;
    expect((await get(at, `/2.0/folders/${at.sample.reports.id}`, token)).status).toBe(200);
    expect((await get(at, `/2.0/folders/${at.sample.payroll.id}`, token)).status).toBe(403);
    const revoked = await post(`${at.box.url}/oauth2/revoke`, { ...client(), token });
    expect([revoked.status, revoked.text]).toEqual([200, "{}"]);
    expect((await get(at, "/2.0/users/me", token)).status).toBe(401);
  });

  test("learns Box's time from the Date header of a refusal", async () => {
    at.box.clock.skewSeconds = 600;
    const refused = await post(url(), recorded.form(signedBy()));
    expect(refused.body).toMatchObject({ error: "invalid_grant" });
    expect(refused.body.error_description).toMatch(/exp/);
    const boxTime = Date.parse(refused.headers.get("date") ?? "") / 1_000;
    const again = await post(url(), recorded.form(signedBy({ exp: boxTime + 30 })));
    at.box.clock.skewSeconds = 0;
    expect(again.status).toBe(200);
  });
});
