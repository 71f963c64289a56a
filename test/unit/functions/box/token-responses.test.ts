import { describe, expect, it } from "vitest";
import {
  readPairResponse,
  readRefreshResponse,
  readTokenResponse,
} from "../../../../functions/box/responses.ts";
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

  it.each(UNUSABLE)("is returned where a refresh has used up the one before: %s", (rest) => {
    const pair = readRefreshResponse({ status: 200, headers: {}, body: `{"refresh_token":"r",${rest}}` });
    expect(pair).toEqual({
      refreshToken: "r",
      access: { access_token: "", expires_in: 0, restricted_to: [] },
    });
  });

  it.each(UNUSABLE)("is not taken for a user's consent: %s", (rest) => {
    const response = { status: 200, headers: {}, body: `{"refresh_token":"r",${rest}}` };
    expect(() => readPairResponse(response)).toThrow("Box responded with 200");
  });
});
