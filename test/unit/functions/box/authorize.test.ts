import { describe, expect, test } from "vitest";
import { BOX_ACCOUNT_URL, consentRefusal, consentUrl } from "../../../../functions/box/authorize.ts";

const REQUEST = {
  clientID: "client-1",
  redirectUri: "https://connect.example.com/callback",
  state: "the-state",
  codeChallenge: "the-challenge",
};

describe("the address of Box's consent page", () => {
  test("has the parameters of RFC 6749 §4.1.1 and RFC 7636 §4.3, and no scope unless the app's config names some", () => {
    expect(consentUrl(BOX_ACCOUNT_URL, REQUEST)).toBe(
      "https://account.box.com/api/oauth2/authorize?response_type=code&client_id=client-1&redirect_uri=https%3A%2F%2Fconnect.example.com%2Fcallback&state=the-state&code_challenge=the-challenge&code_challenge_method=S256",
    );
  });

  test("has the scopes with spaces in between", () => {
    const scopes = ["root_readonly", "manage_webhook"];
    expect(consentUrl("http://127.0.0.1:1/authorize", { ...REQUEST, scopes })).toMatch(
      /^http:\/\/127\.0\.0\.1:1\/authorize\?.*&scope=root_readonly\+manage_webhook$/,
    );
  });
});

describe("what Box returns a user with", () => {
  test("is in the log as one line without anything that could be a secret", () => {
    const token = "x".repeat(32);
    expect(consentRefusal("access_denied", `first\nsecond ${token}`)).toEqual({
      code: "consent_denied",
      reason: "Box returned the user with access_denied first?second [...]",
    });
  });

  test("is no property of the table's prototype", () => {
    expect(consentRefusal("constructor", "").code).toBe("box_refused");
    expect(consentRefusal("__proto__", "").code).toBe("box_refused");
  });
});
