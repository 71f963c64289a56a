import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isRevocation,
  parseRevocationRequest,
  REVOCATION_REQUEST_FORMS,
} from "../../../schemas/protocol/revocation-request.ts";
import { anyText } from "../../support/any-text.ts";
import { samples } from "../../support/samples.ts";

const ALLOWED = "There is no such parameter. Allowed are token, token_type_hint.";
const refused = (description: string) => ({ ok: false, error: { code: "invalid_request", description } });

describe("a revocation request", () => {
  it.each([
    ["a token", { token: "T9c" }],
    ["a downscoped token with all characters that a token may have", { token: `1!${printable()}` }],
    ["the longest token", { token: "x".repeat(8_192) }],
  ])("with %s has that token", (_, sent) => {
    expect(parseRevocationRequest(sent)).toEqual({ ok: true, value: sent });
  });

  it.each(["access_token", "refresh_token", "a-hint-of-an-extension", undefined])(
    "with the hint %s has its token alone, because no hint is needed",
    (token_type_hint) => {
      expect(parseRevocationRequest({ token: "T9c", token_type_hint })).toEqual({
        ok: true,
        value: { token: "T9c" },
      });
    },
  );

  it.each([
    ["nothing", {}],
    ["a hint alone", { token_type_hint: "access_token" }],
    ["a token without a value in a form, which is undefined (RFC 6749 §3.2)", { token: undefined }],
  ])("with %s is refused, because it names no token", (_, sent) => {
    expect(parseRevocationRequest(sent)).toEqual(refused("token is required: the access token to end."));
  });

  it.each([
    ["an empty token", ""],
    ["a token with a space", "a b"],
    ["a token with a line break at its end", "T9c\n"],
    ["a token with a letter beyond ASCII", "tökén"],
    ["a token that is too long", "x".repeat(8_193)],
    ["a number", 7],
    ["null", null],
    ["a list", ["T9c"]],
    ["an object", { value: "T9c" }],
  ])("with %s is refused with what is allowed", (_, token) => {
    expect(parseRevocationRequest({ token })).toEqual(
      refused("token must be an access token: 1 to 8192 characters without spaces."),
    );
  });

  it.each([[""], ["a b"], ["x".repeat(129)], [7], [null]])(
    "with the hint %j is refused with what is allowed",
    (token_type_hint) => {
      expect(parseRevocationRequest({ token: "T9c", token_type_hint })).toEqual(
        refused('token_type_hint must be "access_token".'),
      );
    },
  );

  it.each([
    ["client_secret", ALLOWED],
    ["__proto__", ALLOWED],
    ["tokn", `${ALLOWED} Did you mean token?`],
    ["Token", `${ALLOWED} Did you mean token?`],
    ["tokentype_hint", `${ALLOWED} Did you mean token_type_hint?`],
  ])("with the unknown parameter %s is refused, with the nearest one", (name, description) => {
    const sent = Object.fromEntries([
      ["token", "T9c"],
      [name, "x"],
    ]);
    expect(parseRevocationRequest(sent)).toEqual(refused(description));
  });

  it("is parsed or refused for any input, and a refusal never repeats a value", () => {
    const canary = "canary-5f0c1d with a space";
    const names = fc.oneof(fc.constantFrom("token", "token_type_hint"), anyText);
    const values = fc.oneof(fc.anything(), anyText, fc.constant(canary));
    fc.assert(
      fc.property(fc.dictionary(names, values), (sent) => {
        const request = parseRevocationRequest(sent);
        if (request.ok) expect(request.value.token).toMatch(REVOCATION_REQUEST_FORMS.token[0]);
        else expect(request.error.description).not.toContain("canary");
      }),
      { numRuns: samples(5_000) },
    );
  });
});

describe("the event of a direct invoke", () => {
  it.each([{ token: "T9c" }, { token: undefined }, { token: 7, scope: "item_download" }])(
    "with the property token is a revocation, valid or not: %j",
    (event) => {
      expect(isRevocation(event)).toBe(true);
    },
  );

  it.each([
    {},
    { scope: "item_download" },
    { rejected_token_sha256: "0".repeat(64) },
    Object.create({ token: "x" }),
  ])("without a property token of its own is a token request: %j", (event) => {
    expect(isRevocation(event)).toBe(false);
  });
});

/** All characters from ! to ~. */
function printable(): string {
  return String.fromCharCode(...Array.from({ length: 0x7e - 0x20 }, (_, index) => 0x21 + index));
}
