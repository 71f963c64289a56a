import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../../schemas/problems.ts";
import { issued, notIssued, tokenDesk } from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const refused = () => new Failure("box_scope_refused", "Box answered 400 invalid_grant");

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
    expect(issued(await desk.ask({ scope: "item_download" })).expires_in).toBe(3580);
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

describe("a full token that Box has revoked", () => {
  it("is replaced once, and the exchange repeated", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.box.answers(refused());
    expect(issued(await desk.ask({ scope: "item_download" })).access_token).toBe("exchange-token-4");
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "jwt", "exchange"]);
    expect(desk.box.calls.at(-1)?.token).toBe("jwt-token-3");
    expect(issued(await desk.ask()).access_token).toBe("jwt-token-3");
  });

  it("is not replaced a second time: then the scope is what Box refuses", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.box.answers(refused(), {}, refused());
    expect(notIssued(await desk.ask({ scope: "item_download" })).problem.code).toBe("box_scope_refused");
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "jwt", "exchange"]);
  });

  it("is not suspected where it is new", async () => {
    const desk = tokenDesk();
    desk.box.answers({}, refused());
    expect(notIssued(await desk.ask({ scope: "item_download" })).problem.code).toBe("box_scope_refused");
    expect(desk.box.kinds).toEqual(["jwt", "exchange"]);
  });

  it("is not suspected where Box refuses the resource", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.box.answers(new Failure("box_resource_refused", "Box answered 400 invalid_resource"));
    const resource = "https://api.box.com/2.0/files/1";
    const { problem } = notIssued(await desk.ask({ scope: "item_download", resource }));
    expect(problem.code).toBe("box_resource_refused");
    expect(desk.box.kinds).toEqual(["jwt", "exchange"]);
  });

  it("is replaced with its child when a caller reports the child, once for all its children", async () => {
    const desk = tokenDesk();
    const first = issued(await desk.ask({ scope: "item_download" })).access_token;
    const second = issued(await desk.ask({ scope: "item_upload" })).access_token;
    await desk.ask({ scope: "item_download", rejected_token_sha256: sha256(first) });
    await desk.ask({ scope: "item_upload", rejected_token_sha256: sha256(second) });
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange", "exchange"]);
    expect(desk.box.calls.slice(4).map(({ token }) => token)).toEqual(["jwt-token-4", "jwt-token-4"]);
  });
});
