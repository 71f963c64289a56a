import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { issued, notIssued, tokenDesk } from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const dead = () =>
  new Failure("box_token_refused", "Box answered 400 invalid_token", { suspectsToken: true });

describe("a downscoped token", () => {
  it("is exchanged from the cached full token: a second scope makes no second grant", async () => {
    const desk = tokenDesk();
    await desk.ask({ scope: "item_download" });
    await desk.ask({ scope: "item_upload" });
    await desk.ask({ scope: "item_upload", resource: "https://api.box.com/2.0/files/1" });
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange", "exchange"]);
    expect(desk.box.calls.slice(1).map(({ token }) => token)).toEqual(Array(3).fill("jwt-token-1"));
  });

  it("is cached by its scopes in any order, and apart from the full token", async () => {
    const desk = tokenDesk();
    const one = issued(await desk.ask({ scope: "item_upload item_download" }));
    const other = issued(await desk.ask({ scope: "item_download item_upload item_download" }));
    expect(other.access_token).toBe(one.access_token);
    expect(issued(await desk.ask()).access_token).toBe("jwt-token-1");
    expect(desk.box.kinds).toEqual(["jwt", "exchange"]);
  });

  it("shares the grant of its full token with other scopes at the same time", async () => {
    const desk = tokenDesk();
    desk.box.latency = 100;
    const scopes = ["item_download", "item_upload", "item_share", "base_preview"];
    const all = Array.from({ length: 400 }, (_, at) => desk.begin({ scope: scopes[at % 4] }));
    const tokens = (await desk.clock.finish(Promise.all(all))).map((outcome) => issued(outcome).access_token);
    expect(new Set(tokens).size).toBe(4);
    expect([...desk.box.kinds].sort()).toEqual(["exchange", "exchange", "exchange", "exchange", "jwt"]);
  });

  it("is never made from a full token of another user", async () => {
    const desk = tokenDesk();
    const user = (id: string) => ({ box_subject_type: "user", box_subject_id: id, scope: "item_download" });
    await desk.ask(user("1"));
    await desk.ask(user("2"));
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "jwt", "exchange"]);
  });
});

it("a full token that comes back from an exchange is not handed out as a narrow one", async () => {
  const desk = tokenDesk();
  desk.box.answers({}, { access_token: "jwt-token-1" });
  expect(notIssued(await desk.ask({ scope: "item_download" })).problem.code).toBe("box_unexpected_answer");
});

describe("the life of a downscoped token", () => {
  it("ends no later than that of the full token, whatever Box says", async () => {
    const desk = tokenDesk();
    await desk.ask();
    await desk.clock.advance(1_000_000);
    desk.box.answers({ expires_in: 4200 });
    expect(issued(await desk.ask({ scope: "item_download" })).expires_in).toBe(2600);
    await desk.clock.advance(1_000_000);
    expect(issued(await desk.ask({ scope: "item_download" })).expires_in).toBe(1600);
  });

  it("ends no later than that of the full token also after an exchange that took several attempts", async () => {
    const desk = tokenDesk();
    await desk.ask();
    const limited = new Failure("box_rate_limited", "Box answered 429", { retryAfter: 10 });
    desk.box.answers(limited, limited, { expires_in: 4200 });
    expect(issued(await desk.ask({ scope: "item_download" })).expires_in).toBe(3575);
  });

  it("is as short as Box says", async () => {
    const desk = tokenDesk();
    desk.box.answers({}, { expires_in: 900 });
    expect(issued(await desk.ask({ scope: "item_download" })).expires_in).toBe(900);
  });

  it("suffices for the largest min_ttl at whatever age of the full token, slow as Box may be", async () => {
    for (const age of [1_739_000, 1_740_000, 1_799_000, 1_800_000, 1_800_001, 1_801_000]) {
      const desk = tokenDesk();
      await desk.ask();
      await desk.clock.advance(age);
      desk.box.latency = 2_500;
      const { expires_in } = issued(await desk.ask({ scope: "item_download", min_ttl: 1800 }));
      expect(expires_in).toBeGreaterThanOrEqual(1800);
    }
  });
});

describe("a full token that Box refuses to exchange", () => {
  it("is sent again after a pause, because a new token is not at once known everywhere", async () => {
    const desk = tokenDesk();
    desk.box.answers({}, dead());
    issued(await desk.ask({ scope: "item_download" }));
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
    expect(desk.clock.sleeps).toContain(400);
  });

  it("is replaced once where it is refused again, whether it came from the cache or from Box", async () => {
    for (const isCached of [true, false]) {
      const desk = tokenDesk();
      if (isCached) await desk.ask();
      desk.box.answers(...(isCached ? [] : [{}]), dead(), dead());
      expect(issued(await desk.ask({ scope: "item_download" })).access_token).toBe("exchange-token-5");
      expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange"]);
      expect(desk.box.calls.at(-1)?.token).toBe("jwt-token-4");
      expect(issued(await desk.ask()).access_token).toBe("jwt-token-4");
    }
  });

  it("is not replaced a second time within a minute, and the caller is asked to wait for 5 s", async () => {
    const desk = tokenDesk();
    desk.box.rule = ({ kind }) => (kind === "exchange" ? dead() : undefined);
    const first = notIssued(await desk.ask({ scope: "item_download" }));
    expect(first).toMatchObject({
      problem: { code: "box_token_refused", retryable: true, retry_after: 5 },
    });
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange", "exchange"]);
    expect(notIssued(await desk.ask({ scope: "item_download" })).problem.code).toBe("box_token_refused");
    expect(desk.box.calls).toHaveLength(6);
    await desk.clock.advance(5_000);
    await desk.ask({ scope: "item_download" });
    expect(desk.box.kinds.slice(6)).toEqual(["exchange", "exchange"]);
    await desk.clock.advance(60_000);
    await desk.ask({ scope: "item_download" });
    expect(desk.box.kinds.slice(8)).toEqual(["exchange", "exchange", "jwt", "exchange", "exchange"]);
  });

  it("is replaced at once after a 401 without a body, which can also mean the scope", async () => {
    const desk = tokenDesk();
    const bare = () => new Failure("box_scope_refused", "Box answered 401", { suspectsToken: true });
    desk.box.rule = ({ kind }) => (kind === "exchange" ? bare() : undefined);
    expect(notIssued(await desk.ask({ scope: "item_download" })).problem.code).toBe("box_scope_refused");
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "jwt", "exchange"]);
  });

  it("is replaced once for all scopes that need it at the same time", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.box.latency = 50;
    desk.box.rule = ({ token }) => (token === "jwt-token-1" ? dead() : undefined);
    const scopes = ["item_download", "item_upload", "item_share"];
    const outcomes = await desk.clock.finish(Promise.all(scopes.map((scope) => desk.begin({ scope }))));
    for (const outcome of outcomes) issued(outcome);
    expect(desk.box.kinds.filter((kind) => kind === "jwt")).toHaveLength(2);
  });

  it.each(["box_scope_refused", "box_resource_refused"] as const)(
    "is kept where Box refuses what was requested (%s)",
    async (code) => {
      const desk = tokenDesk();
      const full = issued(await desk.ask()).access_token;
      desk.box.answers(new Failure(code, "Box answered 400"));
      const resource = "https://api.box.com/2.0/files/1";
      expect(notIssued(await desk.ask({ scope: "item_download", resource })).problem.code).toBe(code);
      expect(desk.box.kinds).toEqual(["jwt", "exchange"]);
      expect(issued(await desk.ask()).access_token).toBe(full);
    },
  );
});

describe("a downscoped token that a caller reports as rejected", () => {
  const report = async (desk: ReturnType<typeof tokenDesk>, token: string, scope = "item_download") => {
    await desk.clock.advance(10_000);
    return issued(await desk.ask({ scope, rejected_token_sha256: sha256(token) })).access_token;
  };

  it("is exchanged again from the same full token first", async () => {
    const desk = tokenDesk();
    const first = issued(await desk.ask({ scope: "item_download" })).access_token;
    await report(desk, first);
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
    expect(desk.box.calls[2]?.token).toBe("jwt-token-1");
  });

  it("costs the full token only if its successor is rejected as well", async () => {
    const desk = tokenDesk();
    const first = issued(await desk.ask({ scope: "item_download" })).access_token;
    const second = await report(desk, first);
    await report(desk, second);
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange"]);
    expect(desk.box.calls.at(-1)?.token).toBe("jwt-token-4");
  });

  it("has a successor that may itself be rejected once before the new full token is", async () => {
    const desk = tokenDesk();
    let token = issued(await desk.ask({ scope: "item_download" })).access_token;
    for (let count = 0; count < 4; count++) token = await report(desk, token);
    expect(desk.box.kinds).toEqual([
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

describe("what Box grants in an exchange", () => {
  const resource = "https://api.box.com/2.0/folders/7";
  const row = (scope: string, type = "folder", id = "7") => ({ scope, object: { type, id } });
  const WIDER: readonly (readonly [string, readonly unknown[] | undefined])[] = [
    ["names another object", [row("item_download", "folder", "0")]],
    ["names another kind of object", [row("item_download", "file")]],
    ["names an object beside it", [row("item_download"), row("item_download", "folder", "8")]],
    ["names another scope", [row("root_readwrite")]],
    ["names a scope beside it", [row("item_download"), row("item_upload")]],
    ["names no object", [{ scope: "item_download" }]],
    ["names no scope", [{ object: { type: "folder", id: "7" } }]],
    ["is empty", []],
    ["holds what is no row", ["item_download"]],
  ];

  it.each(WIDER)("is thrown away and revoked where restricted_to %s", async (_, restricted_to) => {
    const desk = tokenDesk();
    desk.box.answers({}, { access_token: "wide-token", restricted_to: restricted_to ?? [] });
    const { problem } = notIssued(await desk.ask({ scope: "item_download", resource }));
    expect(problem.code).toBe("box_unexpected_answer");
    expect(desk.box.revoked).toEqual(["wide-token"]);
    expect(JSON.stringify(desk.audit.events)).not.toContain("wide-token");
    // Neither is Box asked for the same at once again.
    expect(problem.retry_after).toBe(30);
    expect(notIssued(await desk.ask({ scope: "item_download", resource })).problem.retry_after).toBe(30);
    expect(desk.box.kinds).toEqual(["jwt", "exchange"]);
  });

  it("is thrown away also if the revocation fails", async () => {
    const desk = tokenDesk();
    desk.box.revocationFailure = new Failure("box_unavailable", "no answer");
    desk.box.answers({}, { restricted_to: [row("root_readwrite")] });
    const { problem } = notIssued(await desk.ask({ scope: "item_download", resource }));
    expect(problem.code).toBe("box_unexpected_answer");
  });

  it("is passed on where it is less than requested", async () => {
    const desk = tokenDesk();
    desk.box.answers({}, { restricted_to: [row("item_download")] });
    issued(await desk.ask({ scope: "item_download item_upload", resource }));
  });

  it("is compared by its scopes alone where no resource was requested", async () => {
    const desk = tokenDesk();
    desk.box.answers({}, { restricted_to: [] });
    issued(await desk.ask({ scope: "item_download" }));
    desk.box.answers({ restricted_to: [{ scope: "item_upload" }] });
    issued(await desk.ask({ scope: "item_upload" }));
    desk.box.answers({ restricted_to: [{ scope: "root_readwrite" }] });
    expect(notIssued(await desk.ask({ scope: "item_share" })).problem.code).toBe("box_unexpected_answer");
  });
});
