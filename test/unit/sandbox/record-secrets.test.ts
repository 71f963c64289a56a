import { describe, expect, test } from "vitest";
import type { Exchange, Message } from "../../../sandbox/record/exchange.ts";
import { secretRemoval } from "../../../sandbox/record/secrets.ts";

const message = (body: string, headers: Message["headers"] = {}): Message => ({
  headers,
  body: Buffer.from(body),
  size: Buffer.byteLength(body),
});
const json = (value: unknown) => message(JSON.stringify(value), { "content-type": "application/json" });
const exchange = (parts: Partial<Exchange>): Exchange => ({
  ...{ host: "api", method: "POST", path: "/oauth2/token", query: "", status: 200 },
  ...{ request: message(""), response: message("") },
  ...parts,
});
const FORM = { "content-type": "application/x-www-form-urlencoded" };

describe("the removal of secrets", () => {
  test.each<[string, Partial<Exchange>]>([
    ["an authorization header", { request: message("", { authorization: "Bearer canary-value" }) }],
    ["a field of a form", { request: message("client_secret=canary-value", FORM) }],
    ["an authorization code", { request: message("code=canary-value", FORM) }],
    ["a property of a response", { response: json({ access_token: "canary-value" }) }],
    ["a nested property", { request: json({ shared_link: { password: "canary-value" } }) }],
    ["a cookie of the client", { request: message("", { cookie: "a=1; b=canary-value" }) }],
    ["a cookie of Box", { response: message("", { "set-cookie": "z=canary-value; Secure" }) }],
    [
      "a password of a shared link",
      { request: message("", { boxapi: "shared_link_password=canary-value" }) },
    ],
    ["a parameter of a query", { query: "access_token=canary-value" }],
  ])("removes the value of %s wherever it appears", (_, parts) => {
    const removal = secretRemoval({ keepPeople: false });
    expect(removal.clean("report of canary-value.pdf")).toBe("report of canary-value.pdf");
    removal.learn(exchange(parts));
    const cleaned = removal.clean("report of canary-value.pdf");
    expect(cleaned).toMatch(/^report of removed-\d+\.pdf$/);
    expect(removal.clean("report of canary-value.pdf")).toBe(cleaned);
  });

  test.each([
    ["a JWT", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl"],
    ["a long token", `1!${"aB3_-".repeat(12)}`],
    ["a client secret", "abcdefghijklmnopqrstuvwxyz012345"],
    ["a private key", `-----BEGIN ${"PRIVATE"} KEY-----\nAAAA\n-----END ${"PRIVATE"} KEY-----`],
  ])("removes %s that it has never seen, by its form", (_, secret) => {
    const removal = secretRemoval({ keepPeople: false });
    expect(removal.clean(`x ${secret} y`)).toMatch(/^x removed-\d+ y$/);
  });

  test.each<[string, string]>([
    ["a secret that was seen", `client_secret=x9Qabc123ZkLm&`],
    ["a secret that is known by its form alone", ""],
  ])("leaves no part of %s that contains a shorter secret", (_, form) => {
    const secret = form === "" ? "x9Qabc123Zk5678901234567890abcde" : "x9Qabc123ZkLm";
    const removal = secretRemoval({ keepPeople: false });
    removal.learn(exchange({ request: message("state=abc123", FORM) }));
    removal.learn(exchange({ request: message(form, FORM) }));
    expect(removal.clean(`report of ${secret}.pdf`)).toMatch(/^report of removed-\d+\.pdf$/);
    expect(removal.clean("report of abc123.pdf")).toBe("report of removed-1.pdf");
  });

  test("keeps the place of a URL, and neither its query nor what opens something by itself", () => {
    const removal = secretRemoval({ keepPeople: false });
    expect(removal.clean("https://dl.boxcloud.com/d/1/b1!secret/download?sig=1")).toBe(
      "https://dl.boxcloud.com",
    );
    expect(removal.clean("https://api.box.com/2.0/folders/987?token=1")).toBe(
      "https://api.box.com/2.0/folders/987",
    );
  });

  test("removes a short or empty value where its property is, and not wherever its letters appear", () => {
    const removal = secretRemoval({ keepPeople: false });
    expect(removal.cleanJson({ password: "an", token: "" })).toEqual({
      password: "removed-1",
      token: "removed-2",
    });
    expect(removal.clean("banana.pdf")).toBe("banana.pdf");
  });

  test("gives an address the same placeholder each time, whatever its case, unless people are kept", () => {
    const removal = secretRemoval({ keepPeople: false });
    expect(removal.clean("Mona@Example.org, ann@example.org, mona@example.org")).toBe(
      "user-1@example.com, user-2@example.com, user-1@example.com",
    );
    expect(removal.person("Mona Managed")).toBe("User 1");
    const keeping = secretRemoval({ keepPeople: true });
    expect([keeping.clean("mona@example.org"), keeping.person("Mona")]).toEqual(["mona@example.org", "Mona"]);
  });

  test("keeps words that are no secret in a response of Box: codes, states, kinds of tokens", () => {
    const removal = secretRemoval({ keepPeople: false });
    removal.learn(exchange({ response: json({ code: "not_found", state: "active", token_type: "bearer" }) }));
    expect(removal.clean("not_found active bearer")).toBe("not_found active bearer");
  });
});
