import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../../../../functions/broker/oauth/connection.ts";
import {
  DEFAULT_INVITATION_DAYS,
  type Invitation,
  invite,
  MAX_INVITATION_DAYS,
  readInvitation,
  returnAddress,
} from "../../../../../functions/broker/oauth/invitation.ts";
import { sealText, unsealText } from "../../../../../functions/broker/oauth/sealed-text.ts";

const NOW = 1_790_000_000_000;
const KEY = { id: "3f0c2a9e-8a52-4d6c-9b52-6b1f0a8f3c11", secret: randomBytes(48) };
const OTHER_KEY = { id: "b6d1d0f7-55b1-4c5e-8d15-0d6f6b1c2d22", secret: randomBytes(48) };
const INVITATION: Invitation = {
  app: "reports",
  userId: "12345",
  returnTo: "https://intranet.example.com/done?from=box",
  expires: NOW + DEFAULT_INVITATION_DAYS * DAY_MS,
};

const keyById = (id: string) => [KEY, OTHER_KEY].find((key) => key.id === id);
const read = (text: string, now = NOW) => readInvitation(text, keyById, now);

describe("an invitation", () => {
  test("is read as it was written", () => {
    expect(read(invite(INVITATION, KEY))).toEqual({ ok: true, value: INVITATION });
  });

  test("without a user and a return address is read without them", () => {
    const { app, expires } = INVITATION;
    expect(read(invite({ app, expires }, KEY))).toEqual({ ok: true, value: { app, expires } });
  });

  test("has the id of the service secret's version and characters that need no escaping in a URL", () => {
    const text = invite(INVITATION, KEY);
    expect(text.startsWith(`${KEY.id}.`)).toBe(true);
    expect(encodeURIComponent(text)).toBe(text);
  });

  test("shows neither the app, nor the user, nor the return address to a person who decodes it", () => {
    const encoded = invite(INVITATION, KEY).split(".").at(-1) ?? "";
    const bytes = Buffer.from(encoded, "base64url").toString("latin1");
    for (const value of ["reports", "12345", "intranet"]) expect(bytes).not.toContain(value);
  });

  test("is expired from its time on", () => {
    const text = invite(INVITATION, KEY);
    expect(read(text, INVITATION.expires - 1).ok).toBe(true);
    expect(read(text, INVITATION.expires)).toEqual({ ok: false, error: "expired" });
  });

  test("for longer than the longest permitted time is refused", () => {
    const text = invite({ ...INVITATION, expires: NOW + (MAX_INVITATION_DAYS + 1) * DAY_MS }, KEY);
    expect(read(text)).toEqual({ ok: false, error: "expired" });
  });

  test("for the longest permitted time is accepted by a function whose clock is a minute behind", () => {
    const text = invite({ ...INVITATION, expires: NOW + MAX_INVITATION_DAYS * DAY_MS }, KEY);
    expect(read(text, NOW - 60_000).ok).toBe(true);
  });

  test("for the longest permitted time is accepted by a function whose clock is five minutes behind, no more", () => {
    const text = invite({ ...INVITATION, expires: NOW + MAX_INVITATION_DAYS * DAY_MS }, KEY);
    expect(read(text, NOW - 300_000).ok).toBe(true);
    expect(read(text, NOW - 300_001)).toEqual({ ok: false, error: "expired" });
  });

  test("that names another version of the service secret than the one that sealed it is forged", () => {
    const [, sealed] = invite(INVITATION, KEY).split(".");
    expect(read(`${OTHER_KEY.id}.${sealed}`)).toEqual({ ok: false, error: "forged" });
  });

  test("of a version that the process does not have is forged", () => {
    const unknown = { id: "version-3", secret: KEY.secret };
    expect(read(invite(INVITATION, unknown))).toEqual({ ok: false, error: "forged" });
  });

  test("is no authorization state, and an authorization state is no invitation", () => {
    expect(read(sealText(INVITATION, "authorization", KEY))).toEqual({ ok: false, error: "forged" });
    expect(unsealText(invite(INVITATION, KEY), "authorization", keyById)).toBeUndefined();
  });

  test("is forged once any part of it is cut off, doubled or replaced", () => {
    const text = invite(INVITATION, KEY);
    const position = fc.nat(text.length - 1);
    const character = fc.constantFrom(..."ABCDEFabcdef0123456789-_.=+/%\u0000 ");
    fc.assert(
      fc.property(position, position, character, fc.boolean(), (from, to, inserted, isReplacing) => {
        const edited = isReplacing
          ? text.slice(0, from) + inserted + text.slice(from + 1)
          : text.slice(0, Math.min(from, to)) + text.slice(Math.max(from, to) + 1);
        fc.pre(edited !== text);
        expect(read(edited)).toEqual({ ok: false, error: "forged" });
      }),
      { numRuns: 300 },
    );
  });

  test("has one text: bits that Base64 would drop make it forged", () => {
    const text = invite(INVITATION, KEY);
    const last = text.at(-1) ?? "";
    const others = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].filter(
      (c) => c !== last,
    );
    for (const other of others) expect(read(text.slice(0, -1) + other).ok).toBe(false);
  });

  test("that is longer than any that was written is not decoded, and no key is looked up for it", () => {
    const lookedUp: string[] = [];
    const text = `${KEY.id}.${"A".repeat(4_096)}`;
    const noting = (id: string) => {
      lookedUp.push(id);
      return KEY;
    };
    expect(unsealText(text, "invitation", noting)).toBeUndefined();
    expect(lookedUp).toEqual([]);
  });

  test.each(["/", " ", "a", "%"])("is forged with %j before it or after it", (more) => {
    const text = invite(INVITATION, KEY);
    expect(read(more + text)).toEqual({ ok: false, error: "forged" });
    expect(read(text + more)).toEqual({ ok: false, error: "forged" });
  });

  test.each(["", ".", "no key", `.${"A".repeat(40)}`])("is not %j, for which no key is looked up", (text) => {
    const never = () => expect.fail("looked up");
    expect(unsealText(text, "invitation", never)).toBeUndefined();
  });

  test("that is too long for a link is not written", () => {
    const sealed = (characters: number) => sealText("a".repeat(characters), "invitation", KEY);
    const overhead = Buffer.from(sealed(0).split(".")[1] ?? "", "base64url").length;
    const longest = Math.floor(((4_096 - KEY.id.length - 1) * 3) / 4) - overhead;
    const text = sealed(longest);
    expect(text).toHaveLength(4_096);
    expect(unsealText(text, "invitation", keyById)).toBe("a".repeat(longest));
    expect(() => sealed(longest + 1)).toThrow(new RangeError("The invitation is too long."));
  });
});

describe("a return address", () => {
  test.each([
    ["https://example.com/done", "https://example.com/done"],
    ["https://example.com", "https://example.com/"],
    ["HTTPS://EXAMPLE.com:8443/a?b=c#d", "https://example.com:8443/a?b=c#d"],
    ["http://localhost:3000/done", "http://localhost:3000/done"],
    ["http://127.0.0.1:3000/", "http://127.0.0.1:3000/"],
    ["http://[::1]:3000/", "http://[::1]:3000/"],
  ])("%s is accepted", (text, address) => {
    expect(returnAddress(text)).toBe(address);
  });

  test.each([
    "",
    "/done",
    "//example.com/done",
    "http://example.com/",
    "http://localhost.example.com/",
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://:password@example.com/",
    "ftp://localhost/",
    "javascript://localhost/%0aalert(1)",
    `https://example.com/${" a".repeat(200)}`,
    `https://example.com/${"\t".repeat(512)}`,
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://example.com/",
    `https://example.com/${"a".repeat(512)}`,
  ])("%s is refused", (text) => {
    expect(returnAddress(text)).toBeUndefined();
  });

  test("has quotation marks and angle brackets only in escaped form", () => {
    expect(returnAddress(`https://example.com/"><script>?a="<b>#"<c>`)).not.toMatch(/["<>]/);
  });
});
