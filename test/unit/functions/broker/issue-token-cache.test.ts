import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import {
  credentialsOf,
  EVERYTHING,
  issued,
  notIssued,
  policyOf,
  tokenDesk,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const user = (id: string) => ({ box_subject_type: "user", box_subject_id: id });

describe("a token from the cache", () => {
  it("is the same until it has less than min_ttl left, to the second", async () => {
    const desk = tokenDesk();
    const first = issued(await desk.ask());
    await desk.clock.advance(3_300_000);
    expect(issued(await desk.ask())).toEqual({ ...first, expires_in: 300 });
    await desk.clock.advance(1);
    expect(issued(await desk.ask())).toMatchObject({ access_token: "jwt-token-2", expires_in: 3600 });
  });

  it.each([
    [1800, 1_800_000],
    [60, 3_540_000],
    [0, 3_599_000],
  ])("with min_ttl %i is served for %i ms", async (min_ttl, served) => {
    const desk = tokenDesk();
    issued(await desk.ask({ min_ttl }));
    await desk.clock.advance(served);
    issued(await desk.ask({ min_ttl }));
    expect(desk.box.calls).toHaveLength(1);
    await desk.clock.advance(1);
    expect(issued(await desk.ask({ min_ttl })).expires_in).toBe(3600);
    expect(desk.box.calls).toHaveLength(2);
  });

  it("serves those with a small min_ttl when it no longer serves others", async () => {
    const desk = tokenDesk();
    await desk.ask();
    await desk.clock.advance(3_000_000);
    expect(issued(await desk.ask({ min_ttl: 100 })).access_token).toBe("jwt-token-1");
    expect(issued(await desk.ask({ min_ttl: 1000 })).access_token).toBe("jwt-token-2");
  });

  it("is not issued where a new one lives shorter than min_ttl", async () => {
    const desk = tokenDesk();
    desk.box.answers({ expires_in: 1700 });
    expect(notIssued(await desk.ask({ min_ttl: 1800 })).problem.code).toBe("box_unexpected_answer");
    expect(desk.audit.last).toMatchObject({ outcome: "failed", token_sha256: null });
  });

  it("belongs to its subject, app, key and client", async () => {
    const desk = tokenDesk({ apps: ["reports", "payroll"], policy: policyOf({ ...EVERYTHING, app: "*" }) });
    const ask = async (members: object) =>
      issued(await desk.ask({ app: "reports", ...members })).access_token;
    const tokens = [await ask({}), await ask(user("900001")), await ask(user("1")), await ask(user("11"))];
    desk.credentials.current = credentialsOf({ kid: "rotated1" });
    tokens.push(await ask({}));
    desk.credentials.current = credentialsOf({ clientID: "client-2" });
    tokens.push(await ask({}));
    desk.credentials.current = credentialsOf({ app: "payroll" });
    tokens.push(await ask({ app: "payroll" }));
    expect(new Set(tokens).size).toBe(7);
    desk.credentials.current = credentialsOf();
    expect(await ask({})).toBe(tokens[0]);
  });

  it("that came by another version of the secret is served to the next, who loads that version", async () => {
    for (const members of [{}, { scope: "item_download" }]) {
      const desk = tokenDesk();
      desk.credentials.others.push(credentialsOf({ versionId: "v2", kid: "rotated1" }));
      desk.box.answers(new Failure("box_key_refused", "rotated"));
      const first = issued(await desk.ask(members));
      const calls = desk.box.calls.length;
      expect(issued(await desk.ask(members))).toEqual(first);
      expect(desk.box.calls).toHaveLength(calls);
    }
  });

  it("is not served once the policy has changed, narrower or not", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.policyPort.source = policyOf({ ...EVERYTHING, subjects: ["enterprise"] });
    expect(issued(await desk.ask()).access_token).toBe("jwt-token-2");
  });

  it("is not served to a caller that the policy has dropped", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.policyPort.source = policyOf({ ...EVERYTHING, caller: { alias: "nightly" } });
    expect(notIssued(await desk.ask()).problem.code).toBe("unauthorized_client");
  });

  it("is not served without credentials, which a removed secret takes away", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.credentials.failure = new Failure("secret_not_found", "gone");
    expect(notIssued(await desk.ask()).problem.code).toBe("secret_not_found");
  });
});

describe("equal requests at the same time", () => {
  it("share one call to Box: 1,000 at once, one token", async () => {
    const desk = tokenDesk();
    desk.box.latency = 200;
    const all = Array.from({ length: 1_000 }, () => desk.begin({}));
    const tokens = (await desk.clock.finish(Promise.all(all))).map((outcome) => issued(outcome).access_token);
    expect(new Set(tokens)).toEqual(new Set(["jwt-token-1"]));
    expect(desk.box.calls).toHaveLength(1);
    expect(desk.clock.waiting).toBe(0);
  });

  it("for 50 users make 50 calls", async () => {
    const desk = tokenDesk();
    desk.box.latency = 200;
    const all = Array.from({ length: 500 }, (_, index) => desk.begin(user(String(index % 50))));
    const tokens = (await desk.clock.finish(Promise.all(all))).map((outcome) => issued(outcome).access_token);
    expect(new Set(tokens).size).toBe(50);
    expect(desk.box.calls).toHaveLength(50);
  });

  it("share a failure", async () => {
    const desk = tokenDesk();
    desk.box.latency = 200;
    desk.box.answers(new Failure("box_app_not_authorized", "not yet"));
    const all = await desk.clock.finish(Promise.all([desk.begin({}), desk.begin({})]));
    expect(all.map((outcome) => notIssued(outcome).problem.code)).toEqual([
      "box_app_not_authorized",
      "box_app_not_authorized",
    ]);
    expect(desk.box.calls).toHaveLength(1);
  });

  it("go on without the one whose time runs out", async () => {
    const desk = tokenDesk();
    desk.box.latency = 5_000;
    const patient = desk.begin({});
    const hasty = desk.begin({}, undefined, 1_000);
    const outcomes = await desk.clock.finish(Promise.all([patient, hasty]));
    expect(issued(outcomes[0]).access_token).toBe("jwt-token-1");
    expect(notIssued(outcomes[1]).problem.code).toBe("deadline_exceeded");
    expect(desk.box.calls).toHaveLength(1);
  });
});

describe("rejected_token_sha256", () => {
  it("drops the cached token that it names; 1,000 equal requests share one new one", async () => {
    const desk = tokenDesk();
    const { access_token } = issued(await desk.ask());
    await desk.clock.advance(10_000);
    desk.box.latency = 200;
    const rejected_token_sha256 = sha256(access_token).toUpperCase();
    const all = Array.from({ length: 1_000 }, () => desk.begin({ rejected_token_sha256 }));
    const tokens = (await desk.clock.finish(Promise.all(all))).map((outcome) => issued(outcome).access_token);
    expect(new Set(tokens)).toEqual(new Set(["jwt-token-2"]));
    // One that comes late, with the same hash, gets the new token too.
    expect(issued(await desk.ask({ rejected_token_sha256 })).access_token).toBe("jwt-token-2");
    expect(desk.box.calls).toHaveLength(2);
  });

  it("keeps a cached token that it does not name", async () => {
    const desk = tokenDesk();
    await desk.ask();
    const rejected_token_sha256 = sha256("some other token");
    expect(issued(await desk.ask({ rejected_token_sha256 })).access_token).toBe("jwt-token-1");
    expect(desk.box.calls).toHaveLength(1);
  });

  it("gives others the new token as well", async () => {
    const desk = tokenDesk();
    await desk.ask();
    await desk.clock.advance(10_000);
    await desk.ask({ rejected_token_sha256: sha256("jwt-token-1") });
    expect(issued(await desk.ask()).access_token).toBe("jwt-token-2");
  });

  it("does not help a caller whom the policy denies to empty the cache", async () => {
    const desk = tokenDesk();
    await desk.ask();
    notIssued(await desk.ask({ rejected_token_sha256: sha256("jwt-token-1") }, { alias: "stranger" }));
    expect(issued(await desk.ask()).access_token).toBe("jwt-token-1");
  });
});
