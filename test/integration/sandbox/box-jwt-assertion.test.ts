import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type AssertionChanges,
  assertion,
  ENTERPRISE,
  jwtForm,
  jwtGrant,
  otherPair,
  post,
  reset,
  type Scene,
  scene,
} from "./box-requests.ts";

let at: Scene;

beforeAll(async () => {
  at = await scene();
});
afterAll(() => at.box.close());
beforeEach(() => reset(at));

const now = () => Math.floor(Date.now() / 1000);

test.each(["RS256", "RS384", "RS512"])("%s is accepted", async (alg) => {
  expect((await jwtGrant(at, { header: { alg } })).status).toBe(200);
});

test("an iat and an nbf of this second are accepted", async () => {
  at.box.clock.freeze();
  const second = Math.floor(at.box.clock.now() / 1_000);
  const { status } = await jwtGrant(at, { claims: { iat: second, nbf: second, exp: second + 30 } });
  at.box.clock.reset();
  expect(status).toBe(200);
});

test("an exp 60 seconds away is accepted, and neither one of this second nor one 61 seconds away", async () => {
  at.box.clock.freeze();
  const second = Math.floor(at.box.clock.now() / 1_000);
  const statuses = [];
  for (const life of [0, 1, 60, 61])
    statuses.push((await jwtGrant(at, { claims: { exp: second + life } })).status);
  at.box.clock.reset();
  expect(statuses).toEqual([400, 200, 200, 400]);
});

test("kid may be left out while the app has one key", async () => {
  expect((await jwtGrant(at, { header: { kid: undefined } })).status).toBe(200);
});

/** Quoted in https://github.com/box/box-node-sdk/issues/96, with two spaces. */
const NOT_YET =
  "Current date/time MUST be after or equal to the not-before date/time  listed in the 'nbf' or 'iat' claim";

/** Every refusal, by the body that Box sends. */
const REFUSALS: readonly (readonly [string, AssertionChanges, string, string])[] = [
  [
    "an algorithm outside RS256, RS384 and RS512",
    { header: { alg: "PS256" } },
    "invalid_grant",
    "Algorithm not allowed",
  ],
  ["an unsigned assertion", { header: { alg: "none" } }, "invalid_grant", "Algorithm not allowed"],
  [
    "an unknown kid",
    { header: { kid: "zzzz9999" } },
    "invalid_grant",
    '"kid" invalid, unable to lookup correct key',
  ],
  [
    "the signature of another key",
    { key: otherPair.privateKey },
    "invalid_grant",
    'Signature verification error. The public key identified by "kid" must correspond to the private key used for signing.',
  ],
  [
    "another issuer",
    { claims: { iss: "someoneelse" } },
    "invalid_grant",
    "Please check the 'iss' claim. The client id specified is invalid.",
  ],
  [
    "the audience of another host",
    { claims: { aud: "http://127.0.0.1/oauth2/token" } },
    "invalid_grant",
    "Please check the 'aud' claim.",
  ],
  [
    "an audience that only begins like Box's",
    { claims: { aud: "https://api.box.com/oauth2/token/" } },
    "invalid_grant",
    "Please check the 'aud' claim.",
  ],
  [
    "a fractional exp",
    { claims: { exp: now() + 30.5 } },
    "invalid_grant",
    "Please check the 'exp' claim. Should be an integer",
  ],
  [
    "an exp that is text",
    { claims: { exp: String(now() + 30) } },
    "invalid_grant",
    "Please check the 'exp' claim. Should be an integer",
  ],
  [
    "an exp that is past",
    { claims: { exp: now() - 1 } },
    "invalid_grant",
    "Current date/time MUST be before the expiration date/time listed in the 'exp' claim",
  ],
  [
    "an exp more than 60 seconds away",
    { claims: { exp: now() + 3_600 } },
    "invalid_grant",
    "Please check the 'exp' claim. The 'exp' value exceeds the maximum value of 60 seconds beyond the issue time.",
  ],
  [
    "an exp more than 60 seconds after iat",
    { claims: { exp: now() + 50, iat: now() - 30 } },
    "invalid_grant",
    "Please check the 'exp' claim. The 'exp' value exceeds the maximum value of 60 seconds beyond the issue time.",
  ],
  ...[{ nbf: now() + 1_000 }, { nbf: "soon" }, { iat: now() + 1_000 }, { iat: "now" }, { iat: null }].map(
    (claims) =>
      [
        `the claims ${Object.keys(claims)} = ${Object.values(claims)}`,
        { claims },
        "invalid_grant",
        NOT_YET,
      ] as const,
  ),
  [
    "a jti of 15 characters",
    { claims: { jti: "x".repeat(15) } },
    "invalid_grant",
    "Please check the 'jti' claim.",
  ],
  [
    "a jti of 129 characters",
    { claims: { jti: "x".repeat(129) } },
    "invalid_grant",
    "Please check the 'jti' claim.",
  ],
  ["no jti", { claims: { jti: undefined } }, "invalid_grant", "Please check the 'jti' claim."],
  ...[Number(ENTERPRISE), "0", "7654321", undefined].map(
    (sub) =>
      [
        `the sub ${JSON.stringify(sub)}`,
        { claims: { sub } },
        "invalid_grant",
        "Please check the 'sub' claim. The 'sub' specified is invalid.",
      ] as const,
  ),
  [
    "a user id under the type enterprise",
    { claims: { sub: "3000000002" } },
    "invalid_grant",
    "Please check the 'sub' claim. The 'sub' specified is invalid.",
  ],
  [
    "an unknown box_sub_type",
    { claims: { box_sub_type: "external" } },
    "invalid_grant",
    "Please check the 'sub' claim. The 'sub' specified is invalid.",
  ],
];

test.each(REFUSALS)("the sandbox's Box refuses %s", async (_what, changes, error, error_description) => {
  const { status, body, headers } = await jwtGrant(at, changes);
  expect({ status, body }).toEqual({ status: 400, body: { error, error_description } });
  expect(headers.get("date")).toBeTruthy();
});

test("with several keys an assertion without kid is refused", async () => {
  at.app.publicKeys.set("second00", otherPair.publicKey);
  const { body } = await jwtGrant(at, { header: { kid: undefined } });
  expect(body.error_description).toBe('"kid" empty, unable to lookup correct key');
  expect((await jwtGrant(at)).status).toBe(200);
});

test("keys can be added and removed while it runs", async () => {
  at.app.publicKeys.set("second00", otherPair.publicKey);
  const second = { header: { kid: "second00" }, key: otherPair.privateKey };
  expect((await jwtGrant(at, second)).status).toBe(200);
  at.app.publicKeys.delete("second00");
  expect((await jwtGrant(at, second)).body.error_description).toMatch(/^"kid" invalid/);
});

describe("the jti", () => {
  test("is accepted once", async () => {
    const form = jwtForm(at);
    expect((await post(`${at.box.url}/oauth2/token`, form)).status).toBe(200);
    const { body } = await post(`${at.box.url}/oauth2/token`, form);
    expect(body).toEqual({
      error: "invalid_grant",
      error_description: "Please check the 'jti' claim. A unique 'jti' value is required.",
    });
  });

  test("is accepted once, also with other claims", async () => {
    const jti = randomUUID();
    expect((await jwtGrant(at, { claims: { jti } })).status).toBe(200);
    const { body } = await jwtGrant(at, { claims: { jti, exp: now() + 29 } });
    expect(body.error_description).toMatch(/A unique 'jti' value is required/);
  });

  test.each(["rate-limited", "server-error", "html-body", "truncated-json"] as const)(
    "is used up by a request that ends in %s",
    async (name) => {
      at.box.faults.inject(name, { times: 1 });
      const form = jwtForm(at);
      await post(`${at.box.url}/oauth2/token`, form).catch(() => {});
      const { body } = await post(`${at.box.url}/oauth2/token`, form);
      expect(body.error_description).toMatch(/A unique 'jti' value is required/);
    },
  );

  test("may be 16 to 128 characters long", async () => {
    for (const length of [16, 128]) {
      const jti = randomUUID().repeat(4).slice(0, length);
      expect((await jwtGrant(at, { claims: { jti } })).status).toBe(200);
    }
  });
});

describe("Box's clock", () => {
  test.each([-600, 600])(
    "decides about exp and shows in Date when it is %i seconds off",
    async (skewSeconds) => {
      at.box.clock.skewSeconds = skewSeconds;
      const before = now();
      const { body, headers } = await jwtGrant(at);
      const after = now();
      expect(body.error_description).toMatch(
        skewSeconds > 0 ? /^Current date\/time MUST be before/ : /exceeds the maximum/,
      );
      const boxNow = Date.parse(headers.get("date") ?? "") / 1000;
      expect(boxNow - skewSeconds).toBeGreaterThanOrEqual(before);
      expect(boxNow - skewSeconds).toBeLessThanOrEqual(after);
      expect((await jwtGrant(at, { claims: { exp: boxNow + 30 } })).status).toBe(200);
    },
  );
});

test("the assertion helper makes a new jti each time", () => {
  expect(assertion(at)).not.toBe(assertion(at));
});
