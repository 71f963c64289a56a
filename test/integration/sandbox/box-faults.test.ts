import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  enterpriseToken,
  exchange,
  get,
  jwtForm,
  jwtGrant,
  post,
  type Scene,
  scene,
} from "./box-requests.ts";

let at: Scene;

beforeAll(async () => {
  at = await scene();
});
afterAll(() => at.box.close());
beforeEach(() => at.box.faults.clear());

test("rate-limited responds 429 with Box's body and Retry-After", async () => {
  at.box.faults.inject("rate-limited", { retryAfterSeconds: 7 });
  const { status, headers, body } = await jwtGrant(at);
  expect(status).toBe(429);
  expect(headers.get("retry-after")).toBe("7");
  expect(body).toMatchObject({ type: "error", status: 429, code: "rate_limit_exceeded" });
});

test("server-error responds with the configured status", async () => {
  at.box.faults.inject("server-error", { status: 502 });
  expect((await jwtGrant(at)).status).toBe(502);
});

test("html-body responds 200 with a page", async () => {
  at.box.faults.inject("html-body");
  const { status, text } = await jwtGrant(at);
  expect(status).toBe(200);
  expect(text).toMatch(/^<!DOCTYPE html>/);
});

test("a fault may let requests pass before it takes effect", async () => {
  const fault = at.box.faults.inject("server-error", { on: "token/jwt-bearer", after: 2, times: 1 });
  const statuses: number[] = [];
  for (let count = 0; count < 4; count++) statuses.push((await jwtGrant(at)).status);
  expect(statuses).toEqual([200, 200, 503, 200]);
  expect(fault.hits).toBe(1);
});

test("truncated-json responds with half of the token", async () => {
  at.box.faults.inject("truncated-json");
  const response = await fetch(`${at.box.url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams(jwtForm(at) as Record<string, string>),
  });
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toMatch(/^\{"access_token":"/);
  expect(() => JSON.parse(text)).toThrow();
});

test("reset ends the connection without a response, and no token exists", async () => {
  const before = at.box.tokens.all.size;
  at.box.faults.inject("reset");
  await expect(jwtGrant(at)).rejects.toThrow();
  expect(at.box.tokens.all.size).toBe(before);
});

test("reset-after ends it in mid-response: the token exists, the jti is used up", async () => {
  const before = at.box.tokens.all.size;
  at.box.faults.inject("reset-after", { times: 1 });
  const form = jwtForm(at);
  await expect(post(`${at.box.url}/oauth2/token`, form)).rejects.toThrow();
  expect(at.box.tokens.all.size).toBe(before + 1);
  expect((await post(`${at.box.url}/oauth2/token`, form)).body.error_description).toMatch(/unique 'jti'/);
});

test("slow holds the response until it is released", async () => {
  const gate = Promise.withResolvers<void>();
  const fault = at.box.faults.inject("slow", { until: gate.promise, times: 1 });
  let responded = false;
  const held = jwtGrant(at).then((response) => {
    responded = true;
    return response;
  });
  while (fault.hits === 0) await new Promise(setImmediate);
  expect((await jwtGrant(at)).status).toBe(200);
  expect(responded).toBe(false);
  gate.resolve();
  expect((await held).status).toBe(200);
});

test("exchange-lag refuses the exchange of a token until that is old enough by Box's clock", async () => {
  at.box.clock.freeze();
  const token = await enterpriseToken(at);
  at.box.faults.inject("exchange-lag", { lagSeconds: 30 });
  const scoped = () => exchange(at, token, { scope: "item_download" });
  expect((await scoped()).body).toEqual({
    error: "invalid_request",
    error_description: "The subject_token provided is invalid",
  });
  at.box.clock.advance(29_999);
  expect((await scoped()).status).toBe(400);
  at.box.clock.advance(1);
  expect((await scoped()).status).toBe(200);
  expect((await get(at, "/2.0/users/me", token)).status).toBe(200);
  at.box.clock.reset();
});

test("skewed-clock shows in Date and in the decision", async () => {
  const dateOf = ({ headers }: { readonly headers: Headers }) => Date.parse(headers.get("date") ?? "");
  const right = await jwtGrant(at);
  at.box.faults.inject("skewed-clock", { skewSeconds: 120, times: 1 });
  const skewed = await jwtGrant(at);
  expect(skewed.body.error_description).toMatch(/^Current date\/time MUST be before/);
  expect(dateOf(skewed) - dateOf(right)).toBeGreaterThanOrEqual(120_000);
  expect((await jwtGrant(at)).status).toBe(200);
});

test("unauthorized-app and key-removed change the app for the request alone", async () => {
  at.box.faults.inject("unauthorized-app", { times: 1 });
  expect((await jwtGrant(at)).body.error).toBe("unauthorized_client");
  at.box.faults.inject("key-removed", { times: 1 });
  expect((await jwtGrant(at)).body.error_description).toMatch(/^"kid" invalid/);
  expect((await jwtGrant(at)).status).toBe(200);
});

test("a fault affects only its operation, and only as often as configured", async () => {
  const fault = at.box.faults.inject("server-error", { on: "token/token-exchange", times: 2 });
  const token = await enterpriseToken(at);
  const status = async () => (await exchange(at, token, { scope: "item_preview" })).status;
  expect([await status(), await status(), await status()]).toEqual([503, 503, 200]);
  expect(fault.hits).toBe(2);
  at.box.faults.inject("server-error", { on: "token" });
  expect((await jwtGrant(at)).status).toBe(503);
  expect((await get(at, "/2.0/users/me", token)).status).toBe(200);
});

test("an injected fault can be taken back", async () => {
  const fault = at.box.faults.inject("server-error");
  fault.remove();
  expect((await jwtGrant(at)).status).toBe(200);
});

test("an unknown fault is refused with the names there are", () => {
  // @ts-expect-error the name does not exist
  expect(() => at.box.faults.inject("earthquake")).toThrow(
    /there are slow, rate-limited, server-error, reset/,
  );
});

test("requests that a fault affects are in the log with its name", async () => {
  at.box.requests.clear();
  at.box.faults.inject("rate-limited", { times: 1 });
  await jwtGrant(at);
  expect(at.box.requests.entries).toMatchObject([{ status: 429, faults: ["rate-limited"] }]);
});

test.each([
  ["location-blocked", 403, "access_from_location_blocked"],
  ["forbidden-by-policy", 403, "forbidden_by_policy"],
  ["password-reset", 400, "password_reset_required"],
] as const)(
  "%s responds with %i and the code %s, to a grant and to an API call",
  async (fault, status, code) => {
    const token = await enterpriseToken(at);
    at.box.faults.inject(fault);
    expect(await jwtGrant(at)).toMatchObject({ status, body: { type: "error", status, code } });
    expect(await get(at, "/2.0/users/me", token)).toMatchObject({ status, body: { code } });
  },
);

test("code-expired and refresh-token-expired concern the grant that they are about alone", async () => {
  at.box.faults.inject("code-expired");
  at.box.faults.inject("refresh-token-expired");
  const described = async (grant_type: string) =>
    (await post(`${at.box.url}/oauth2/token`, { grant_type })).body.error_description;
  expect(await described("authorization_code")).toBe("The authorization code has expired");
  expect(await described("refresh_token")).toBe("Refresh token has expired");
  expect((await jwtGrant(at)).status).toBe(200);
});
