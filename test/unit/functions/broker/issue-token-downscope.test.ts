import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { issued, notIssued, tokenHarness } from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const dead = () =>
  new Failure("box_token_refused", "Box responded with 400 invalid_token", { suspectsToken: true });

describe("a downscoped token", () => {
  it("is exchanged from the cached full token, without a second grant for a second scope", async () => {
    const harness = tokenHarness();
    await harness.request({ scope: "item_download" });
    await harness.request({ scope: "item_upload" });
    await harness.request({ scope: "item_upload", resource: "https://api.box.com/2.0/files/1" });
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "exchange", "exchange"]);
    expect(harness.box.calls.slice(1).map(({ token }) => token)).toEqual(Array(3).fill("jwt-token-1"));
  });

  it("is cached by its scopes in any order, and apart from the full token", async () => {
    const harness = tokenHarness();
    const one = issued(await harness.request({ scope: "item_upload item_download" }));
    const other = issued(await harness.request({ scope: "item_download item_upload item_download" }));
    expect(other.access_token).toBe(one.access_token);
    expect(issued(await harness.request()).access_token).toBe("jwt-token-1");
    expect(harness.box.kinds).toEqual(["jwt", "exchange"]);
  });

  it("shares the grant of its full token with other scopes at the same time", async () => {
    const harness = tokenHarness();
    harness.box.latency = 100;
    const scopes = ["item_download", "item_upload", "item_share", "base_preview"];
    const all = Array.from({ length: 400 }, (_, at) => harness.begin({ scope: scopes[at % 4] }));
    const tokens = (await harness.clock.finish(Promise.all(all))).map(
      (outcome) => issued(outcome).access_token,
    );
    expect(new Set(tokens).size).toBe(4);
    expect([...harness.box.kinds].sort()).toEqual(["exchange", "exchange", "exchange", "exchange", "jwt"]);
  });

  it("is never made from a full token of another user", async () => {
    const harness = tokenHarness();
    const user = (id: string) => ({ box_subject_type: "user", box_subject_id: id, scope: "item_download" });
    await harness.request(user("1"));
    await harness.request(user("2"));
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "jwt", "exchange"]);
  });
});

it("a full token that an exchange returns is not issued as a downscoped one", async () => {
  const harness = tokenHarness();
  harness.box.respondWith({}, { access_token: "jwt-token-1" });
  expect(notIssued(await harness.request({ scope: "item_download" })).problem.code).toBe(
    "box_unexpected_answer",
  );
});

describe("the life of a downscoped token", () => {
  it("ends no later than that of the full token, whatever expiry Box returns", async () => {
    const harness = tokenHarness();
    await harness.request();
    await harness.clock.advance(1_000_000);
    harness.box.respondWith({ expires_in: 4200 });
    expect(issued(await harness.request({ scope: "item_download" })).expires_in).toBe(2600);
    await harness.clock.advance(1_000_000);
    expect(issued(await harness.request({ scope: "item_download" })).expires_in).toBe(1600);
  });

  it("ends no later than that of the full token also after an exchange that took several attempts", async () => {
    const harness = tokenHarness();
    await harness.request();
    const limited = new Failure("box_rate_limited", "Box responded with 429", { retryAfter: 10 });
    harness.box.respondWith(limited, limited, { expires_in: 4200 });
    expect(issued(await harness.request({ scope: "item_download" })).expires_in).toBe(3575);
  });

  it("is as short as the expires_in from Box", async () => {
    const harness = tokenHarness();
    harness.box.respondWith({}, { expires_in: 900 });
    expect(issued(await harness.request({ scope: "item_download" })).expires_in).toBe(900);
  });

  it("suffices for the largest min_ttl at every age of the full token, however slow Box is", async () => {
    for (const age of [1_739_000, 1_740_000, 1_799_000, 1_800_000, 1_800_001, 1_801_000]) {
      const harness = tokenHarness();
      await harness.request();
      await harness.clock.advance(age);
      harness.box.latency = 2_500;
      const { expires_in } = issued(await harness.request({ scope: "item_download", min_ttl: 1800 }));
      expect(expires_in).toBeGreaterThanOrEqual(1800);
    }
  });
});

describe("a full token that Box refuses to exchange", () => {
  it("is sent again after a pause, because Box may not recognise a new token at once", async () => {
    const harness = tokenHarness();
    harness.box.respondWith({}, dead());
    issued(await harness.request({ scope: "item_download" }));
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
    expect(harness.clock.sleeps).toContain(400);
  });

  it("is replaced once if it is refused again, whether it came from the cache or from Box", async () => {
    for (const isCached of [true, false]) {
      const harness = tokenHarness();
      if (isCached) await harness.request();
      harness.box.respondWith(...(isCached ? [] : [{}]), dead(), dead());
      expect(issued(await harness.request({ scope: "item_download" })).access_token).toBe("exchange-token-5");
      expect(harness.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange"]);
      expect(harness.box.calls.at(-1)?.token).toBe("jwt-token-4");
      expect(issued(await harness.request()).access_token).toBe("jwt-token-4");
    }
  });

  it("is not replaced a second time within five minutes, and the response has a Retry-After of 5 s", async () => {
    const harness = tokenHarness();
    harness.box.rule = ({ kind }) => (kind === "exchange" ? dead() : undefined);
    const first = notIssued(await harness.request({ scope: "item_download" }));
    expect(first).toMatchObject({
      problem: { code: "box_token_refused", retryable: true, retry_after: 5 },
    });
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange", "exchange"]);
    expect(notIssued(await harness.request({ scope: "item_download" })).problem.code).toBe(
      "box_token_refused",
    );
    expect(harness.box.calls).toHaveLength(6);
    await harness.clock.advance(5_000);
    await harness.request({ scope: "item_download" });
    expect(harness.box.kinds.slice(6)).toEqual(["exchange", "exchange"]);
    await harness.clock.advance(300_000);
    await harness.request({ scope: "item_download" });
    expect(harness.box.kinds.slice(8)).toEqual(["exchange", "exchange", "jwt", "exchange", "exchange"]);
  });

  it("is exchanged as soon as Box recognises it, where that takes minutes", async () => {
    const { request, box, clock } = tokenHarness();
    const births = new Map<string | undefined, number>();
    box.rule = ({ kind, token }) => {
      if (kind === "exchange") return clock.wall() - (births.get(token) ?? 0) < 240_000 ? dead() : undefined;
      births.set(`full-${births.size}`, clock.wall());
      return { access_token: `full-${births.size - 1}` };
    };
    const outcomes: boolean[] = [];
    for (let minutes = 0; minutes < 6; minutes++) {
      outcomes.push((await request({ scope: "item_download" })).issued);
      await clock.advance(60_000);
    }
    expect(outcomes).toEqual([false, false, false, false, true, true]);
    expect(births.size).toBe(2);
  });

  it("is replaced at once after a 401 without a body, which can also mean the scope", async () => {
    const harness = tokenHarness();
    const bare = () => new Failure("box_scope_refused", "Box responded with 401", { suspectsToken: true });
    harness.box.rule = ({ kind }) => (kind === "exchange" ? bare() : undefined);
    expect(notIssued(await harness.request({ scope: "item_download" })).problem.code).toBe(
      "box_scope_refused",
    );
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "jwt", "exchange"]);
  });

  it("is replaced once for all scopes that need it at the same time", async () => {
    const harness = tokenHarness();
    await harness.request();
    harness.box.latency = 50;
    harness.box.rule = ({ token }) => (token === "jwt-token-1" ? dead() : undefined);
    const scopes = ["item_download", "item_upload", "item_share"];
    const outcomes = await harness.clock.finish(Promise.all(scopes.map((scope) => harness.begin({ scope }))));
    for (const outcome of outcomes) issued(outcome);
    expect(harness.box.kinds.filter((kind) => kind === "jwt")).toHaveLength(2);
  });

  it.each(["box_scope_refused", "box_resource_refused"] as const)(
    "is kept if Box refuses the requested scope or resource (%s)",
    async (code) => {
      const harness = tokenHarness();
      const full = issued(await harness.request()).access_token;
      harness.box.respondWith(new Failure(code, "Box responded with 400"));
      const resource = "https://api.box.com/2.0/files/1";
      expect(notIssued(await harness.request({ scope: "item_download", resource })).problem.code).toBe(code);
      expect(harness.box.kinds).toEqual(["jwt", "exchange"]);
      expect(issued(await harness.request()).access_token).toBe(full);
    },
  );
});

describe("a downscoped token that a caller reports as rejected", () => {
  const report = async (harness: ReturnType<typeof tokenHarness>, token: string, scope = "item_download") => {
    await harness.clock.advance(10_000);
    return issued(await harness.request({ scope, rejected_token_sha256: sha256(token) })).access_token;
  };

  it("is exchanged again from the same full token first", async () => {
    const harness = tokenHarness();
    const first = issued(await harness.request({ scope: "item_download" })).access_token;
    await report(harness, first);
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
    expect(harness.box.calls[2]?.token).toBe("jwt-token-1");
  });

  it("causes a new full token only if its successor is rejected as well", async () => {
    const harness = tokenHarness();
    const first = issued(await harness.request({ scope: "item_download" })).access_token;
    const second = await report(harness, first);
    await report(harness, second);
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange"]);
    expect(harness.box.calls.at(-1)?.token).toBe("jwt-token-4");
  });

  it("has a successor that may itself be rejected once before the full token is replaced again", async () => {
    const harness = tokenHarness();
    let token = issued(await harness.request({ scope: "item_download" })).access_token;
    for (let count = 0; count < 4; count++) token = await report(harness, token);
    expect(harness.box.kinds).toEqual([
      "jwt",
      "exchange",
      "exchange",
      "jwt",
      "exchange",
      "exchange",
      "jwt",
      "exchange",
    ]);
  });
});

describe("the token that Box returns from an exchange", () => {
  const resource = "https://api.box.com/2.0/folders/7";
  const row = (scope: string, type = "folder", id = "7") => ({ scope, object: { type, id } });
  const WIDER: readonly (readonly [string, readonly unknown[] | undefined])[] = [
    ["names another object", [row("item_download", "folder", "0")]],
    ["names another kind of object", [row("item_download", "file")]],
    ["also names another object", [row("item_download"), row("item_download", "folder", "8")]],
    ["names another scope", [row("root_readwrite")]],
    ["also names another scope", [row("item_download"), row("item_upload")]],
    ["names no object", [{ scope: "item_download" }]],
    ["names no scope", [{ object: { type: "folder", id: "7" } }]],
    ["is empty", []],
    ["holds what is no row", ["item_download"]],
  ];

  it.each(WIDER)("is discarded and revoked if restricted_to %s", async (_, restricted_to) => {
    const harness = tokenHarness();
    harness.box.respondWith({}, { access_token: "wide-token", restricted_to: restricted_to ?? [] });
    const { problem } = notIssued(await harness.request({ scope: "item_download", resource }));
    expect(problem.code).toBe("box_unexpected_answer");
    expect(harness.box.revoked).toEqual(["wide-token"]);
    expect(JSON.stringify(harness.audit.events)).not.toContain("wide-token");
    // The function also does not repeat the same call at once.
    expect(problem.retry_after).toBe(30);
    expect(notIssued(await harness.request({ scope: "item_download", resource })).problem.retry_after).toBe(
      30,
    );
    expect(harness.box.kinds).toEqual(["jwt", "exchange"]);
  });

  it("is discarded also if the revocation fails", async () => {
    const harness = tokenHarness();
    harness.box.revocationFailure = new Failure("box_unavailable", "no response");
    harness.box.respondWith({}, { restricted_to: [row("root_readwrite")] });
    const { problem } = notIssued(await harness.request({ scope: "item_download", resource }));
    expect(problem.code).toBe("box_unexpected_answer");
  });

  it("is issued if its scope is narrower than requested", async () => {
    const harness = tokenHarness();
    harness.box.respondWith({}, { restricted_to: [row("item_download")] });
    issued(await harness.request({ scope: "item_download item_upload", resource }));
  });

  it("is compared by its scopes alone if no resource was requested", async () => {
    const harness = tokenHarness();
    harness.box.respondWith({}, { restricted_to: [] });
    issued(await harness.request({ scope: "item_download" }));
    harness.box.respondWith({ restricted_to: [{ scope: "item_upload" }] });
    issued(await harness.request({ scope: "item_upload" }));
    harness.box.respondWith({ restricted_to: [{ scope: "root_readwrite" }] });
    expect(notIssued(await harness.request({ scope: "item_share" })).problem.code).toBe(
      "box_unexpected_answer",
    );
  });
});
