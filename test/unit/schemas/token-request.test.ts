import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTokenRequest } from "../../../schemas/protocol/token-request.ts";
import { anyText } from "../../support/any-text.ts";
import { samples } from "../../support/samples.ts";

const parsed = (parameters: object) => {
  const request = parseTokenRequest(parameters);
  if (!request.ok) throw new Error(request.error.description);
  return request.value;
};
const refusal = (parameters: object) => {
  const request = parseTokenRequest(parameters);
  if (request.ok) throw new Error("The request was understood.");
  return request.error;
};
const nothing = { subject: { type: "enterprise" }, minTtl: 300 };
const SHA = "0123456789abcdef".repeat(4);

describe("a token request", () => {
  it("without parameters is for the enterprise's token, with a min_ttl of five minutes", () => {
    expect(parsed({})).toEqual(nothing);
  });

  it("with every parameter is parsed in full", () => {
    expect(
      parsed({
        app: "reports",
        grant_type: "client_credentials",
        box_subject_type: "user",
        box_subject_id: "4711",
        scope: "item_upload base_preview",
        resource: "https://api.box.com/2.0/folders/987",
        min_ttl: "1800",
        rejected_token_sha256: SHA.toUpperCase(),
      }),
    ).toEqual({
      app: "reports",
      subject: { type: "user", id: "4711" },
      scopes: ["base_preview", "item_upload"],
      resource: "https://api.box.com/2.0/folders/987",
      minTtl: 1800,
      rejectedTokenSha256: SHA,
    });
  });

  const NAMES = [
    ...["app", "grant_type", "box_subject_type", "box_subject_id", "scope", "resource", "min_ttl"],
    "rejected_token_sha256",
  ];

  it("treats a form parameter without a value, which is undefined, as not sent (RFC 6749 §3.2)", () => {
    expect(parsed(Object.fromEntries(NAMES.map((name) => [name, undefined])))).toEqual(nothing);
  });

  it.each(NAMES)("refuses an empty %s, because an empty scope must not mean the full token", (name) => {
    expect(parseTokenRequest({ [name]: "" })).toMatchObject({
      ok: false,
      error: { code: "invalid_request" },
    });
  });

  it("accepts min_ttl as a number as well, as in JSON", () => {
    expect(parsed({ min_ttl: 0 }).minTtl).toBe(0);
    expect(parsed({ min_ttl: 1800 }).minTtl).toBe(1800);
    expect(parsed({ min_ttl: "0000" }).minTtl).toBe(0);
  });

  it("names the enterprise by id, with or without its type", () => {
    const subject = { type: "enterprise", id: "900001" };
    expect(parsed({ box_subject_id: "900001" }).subject).toEqual(subject);
    expect(parsed({ box_subject_type: "enterprise", box_subject_id: "900001" }).subject).toEqual(subject);
  });

  it("has its scopes sorted and without duplicates", () => {
    expect(parsed({ scope: "b a b a c" }).scopes).toEqual(["a", "b", "c"]);
  });

  it("may name a file or a folder", () => {
    for (const kind of ["files", "folders"]) {
      const resource = `https://api.box.com/2.0/${kind}/0`;
      expect(parsed({ resource }).resource).toBe(resource);
    }
  });
});

describe("refused, with what is allowed:", () => {
  it.each<[string, readonly unknown[], RegExp]>([
    ["app", ["a b", "-a", "a/b", "a".repeat(65), "ä", "a\n", 7, true, [], {}], /^app must be the name/],
    ["box_subject_type", ["User", "external", "user ", 7], /"enterprise" or "user"/],
    [
      "box_subject_id",
      ["x", "-1", "1.5", "1e3", " 1", "1\n", "١", "1".repeat(21), 900001, null],
      /string of 1 to 20 digits/,
    ],
    [
      "scope",
      [" a", "a ", "a  b", "a\tb", "a\nb", 'a"b', "a\\b", "ä", 7, ["a"]],
      /separated by single spaces/,
    ],
    ["scope", [`${"a".repeat(2_049)}`], /at most 2048 characters/],
    [
      "resource",
      [
        "http://api.box.com/2.0/files/1",
        "https://api.box.com.evil.example/2.0/files/1",
        "https://evil.example/2.0/files/1",
        "https://api-box.com/2.0/files/1",
        "https://apixbox.com/2.0/files/1",
        "https://api.boxxcom/2.0/files/1",
        "https://api.box.com/2x0/files/1",
        "https://api.box.com@evil.example/2.0/files/1",
        "https://api.box.com:8443/2.0/files/1",
        "https://API.BOX.COM/2.0/files/1",
        "https://api.box.com/2.0/files/",
        "https://api.box.com/2.0/files/*",
        "https://api.box.com/2.0/files/1/content",
        "https://api.box.com/2.0/files/1?x=1",
        "https://api.box.com/2.0/files/1#x",
        "https://api.box.com/2.0/files/../folders/1",
        "https://api.box.com/2.0/users/1",
        "https://app.box.com/folder/1",
        "https://169.254.169.254/2.0/files/1",
        "https://api.box.com/2.0/files/1 https://api.box.com/2.0/files/2",
        "https://api.box.com/2.0/files/1\n",
        7,
      ],
      /one Box file or folder/,
    ],
    [
      "min_ttl",
      ["-1", "1801", "9999", "10000", "1.5", "soon", " 1", -1, 1801, 1.5, Number.NaN, 1e21, true, [60]],
      /from 0 to 1800/,
    ],
    ["rejected_token_sha256", ["x".repeat(64), SHA.slice(1), `${SHA}0`, "token", 7], /64 hexadecimal digits/],
  ])("%s in %j", (name, values, description) => {
    for (const value of values) {
      const { code, description: text } = refusal({ [name]: value });
      expect(code).toBe("invalid_request");
      expect(text).toMatch(description);
      expect(text.startsWith(`${name} must be `)).toBe(true);
    }
  });

  it("another grant type, with the error code of RFC 6749", () => {
    for (const grant_type of [
      "password",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "Client_Credentials",
    ]) {
      expect(refusal({ grant_type })).toEqual({
        code: "unsupported_grant_type",
        description: "grant_type must be client_credentials, or be left out.",
      });
    }
    expect(refusal({ grant_type: "a b" }).code).toBe("invalid_request");
  });

  it("a user without an id", () => {
    expect(refusal({ box_subject_type: "user" }).description).toMatch(/^box_subject_id is required/);
    expect(refusal({ box_subject_type: "user", box_subject_id: "" }).description).toMatch(/^box_subject_id/);
  });

  it("an unknown parameter, even an empty one, with the intended parameter and without repeating its name", () => {
    const allowed =
      "There is no such parameter. Allowed are app, grant_type, box_subject_type, box_subject_id, scope, resource, min_ttl, rejected_token_sha256.";
    const described = (name: string) => refusal(Object.fromEntries([[name, ""]])).description;
    for (const name of ["client_secret", "__proto__", "constructor", ""])
      expect(described(name)).toBe(allowed);
    for (const [name, meant] of [
      ["scpoe", "scope"],
      ["Scope", "scope"],
      ["scope ", "scope"],
      ["subject_type", "box_subject_type"],
      ["min-ttl", "min_ttl"],
    ] as const)
      expect(described(name)).toBe(`${allowed} Did you mean ${meant}?`);
  });
});

it("parseTokenRequest parses or refuses every input, and never repeats a value", () => {
  const names = fc.oneof(
    fc.constantFrom(
      "app",
      "grant_type",
      "box_subject_type",
      "box_subject_id",
      "scope",
      "resource",
      "min_ttl",
    ),
    anyText,
  );
  const canary = "canary-5f0c1d\u0000";
  const values = fc.oneof(fc.anything(), anyText, fc.constant(canary));
  fc.assert(
    fc.property(fc.dictionary(names, values), (parameters) => {
      const request = parseTokenRequest(parameters);
      if (request.ok) expect(request.value.minTtl).toBeLessThanOrEqual(1800);
      else expect(request.error.description).not.toContain("canary");
    }),
    { numRuns: samples(2_000) },
  );
});
