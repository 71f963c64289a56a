import { describe, expect, it } from "vitest";
import {
  readPairResponse,
  readRevocationResponse,
  readTokenResponse,
} from "../../../../functions/box/responses.ts";
import { isWithin } from "../../../../functions/broker/restricted-to.ts";
import type { Failure } from "../../../../schemas/protocol/problems.ts";

const read = (body: string) => readTokenResponse("grant", { status: 200, headers: {}, body });

describe("a token response of Box is parsed", () => {
  it("in the format of Box's documentation", () => {
    expect(
      read(
        `{"access_token":"DkXZmsjUKizvL2z0WiaLvMBeQ756XCGGf","expires_in":4123,"restricted_to":[],"issued_token_type":"bearer"}`,
      ),
    ).toEqual({
      access_token: "DkXZmsjUKizvL2z0WiaLvMBeQ756XCGGf",
      expires_in: 4123,
      restricted_to: [],
      issued_token_type: "bearer",
    });
  });

  it.each([
    `{"access_token":"t","expires_in":3646,"restricted_to":[],"token_type":"bearer"}`,
    `{"access_token":"t","expires_in":3646,"token_type":"bearer"}`,
    `{"access_token":"t","expires_in":3646,"restricted_to":null}`,
    `{"access_token":"t","expires_in":3646,"restricted_to":"[]"}`,
  ])("in a format from field reports: %s", (body) => {
    expect(read(body)).toEqual({ access_token: "t", expires_in: 3646, restricted_to: [] });
  });

  it("with the restriction of an exchange, as Box reports it", () => {
    const restricted_to = [
      {
        scope: "item_download",
        object: { type: "folder", id: "987", sequence_id: "0", etag: "0", name: "A" },
      },
    ];
    const issued_token_type = "urn:ietf:params:oauth:token-type:access_token";
    const body = JSON.stringify({
      access_token: "1!long_downscoped-token.",
      expires_in: 3600,
      restricted_to,
      issued_token_type,
    });
    expect(readTokenResponse("exchange", { status: 200, headers: {}, body })).toEqual({
      ...{ access_token: "1!long_downscoped-token.", expires_in: 3600 },
      ...{ restricted_to, issued_token_type },
    });
  });

  it("without a refresh token or any other property that the function does not use", () => {
    const body = `{"access_token":"t","expires_in":1,"refresh_token":"r","__proto__":{"x":1},"id_token":"i"}`;
    expect(read(body)).toEqual({ access_token: "t", expires_in: 1, restricted_to: [] });
  });
});

it("a token response of Box with a byte order mark is parsed", () => {
  expect(read(`\uFEFF{"access_token":"t","expires_in":1}`)).toMatchObject({ access_token: "t" });
});

it.each(['"mac"', "5", "null", '"bearer "'])("a token of the type %s is refused", (type) => {
  const body = `{"access_token":"t","expires_in":3600,"token_type":${type}}`;
  expect(() => read(body)).toThrow(expect.objectContaining({ code: "box_unexpected_answer" }) as Failure);
});

describe("the refresh token of a response without a usable access token", () => {
  const UNUSABLE = [
    `"access_token":"t"`,
    `"access_token":"t","expires_in":"3600"`,
    `"access_token":"t","expires_in":0`,
    `"access_token":"t","expires_in":-1`,
    `"access_token":"t","expires_in":null`,
    `"access_token":"t ","expires_in":3600`,
    `"access_token":"t","expires_in":3600,"token_type":"mac"`,
    `"expires_in":3600`,
  ];

  it.each(UNUSABLE)("is returned, because the one before it or the code is used up: %s", (rest) => {
    for (const call of ["refresh", "code"] as const) {
      const pair = readPairResponse(call, {
        status: 200,
        headers: {},
        body: `{"refresh_token":"r",${rest}}`,
      });
      expect(pair).toEqual({
        refreshToken: "r",
        access: { access_token: "", expires_in: 0, restricted_to: [] },
      });
    }
  });
});

describe("a response of Box with 200 to a revocation", () => {
  const respond = (body: string) => () => readRevocationResponse({ status: 200, headers: {}, body });

  it.each(["", " \r\n", "{}"])("ends the token where it has no body, or one without an error: %j", (body) => {
    expect(respond(body)).not.toThrow();
  });

  it.each(["<html>Please log in</html>", '{"error":"invalid_client"}', "[]", '"ok"'])(
    "proves nothing where it has another one: %j",
    (body) => {
      expect(respond(body)).toThrow("Box responded with 200 to a revocation");
    },
  );
});

describe("a revocation that Box refuses", () => {
  const failureOf = (status: number, body: object) => {
    try {
      readRevocationResponse({ status, headers: {}, body: JSON.stringify(body) });
    } catch (failure) {
      return failure as Failure;
    }
    throw new Error("It was not refused.");
  };

  it.each([
    [403, { code: "access_from_location_blocked", message: "not approved" }, "box_location_blocked"],
    [403, { code: "forbidden_by_policy" }, "box_policy_forbids"],
    [403, { code: "forbidden_by_something_new" }, "box_refused"],
    [
      400,
      {
        error: "unauthorized_client",
        error_description: "This app is not authorized by the enterprise admin",
      },
      "box_app_not_authorized",
    ],
    [400, { error: "invalid_client" }, "box_client_refused"],
    [503, { error: "invalid_client" }, "box_unavailable"],
  ])("has the problem that Box names, as a token request has: %i %j", (status, body, code) => {
    expect(failureOf(status, body)).toMatchObject({ code });
  });

  it("has Box's words for the log", () => {
    const { message } = failureOf(400, {
      error: "invalid_request",
      error_description: "Something is missing",
    });
    expect(message).toBe("Box responded with 400 to a revocation invalid_request Something is missing");
  });
});

describe("the restricted_to of a token response", () => {
  const rowsOf = (restricted_to: string) =>
    read(`{"access_token":"t","expires_in":1,"restricted_to":${restricted_to}}`).restricted_to;

  it("is also the list that a text has as JSON", () => {
    expect(rowsOf(JSON.stringify('[{"scope":"item_download"}]'))).toEqual([{ scope: "item_download" }]);
  });

  it.each(['"item_download"', '{"entries":[{"scope":"item_download"}]}', "5", '"{"'])(
    "is a row that fits no restriction where it is no list: %s",
    (restricted_to) => {
      expect(isWithin({ restricted_to: rowsOf(restricted_to) }, { scopes: ["item_download"] })).toBe(false);
    },
  );
});
