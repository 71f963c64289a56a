import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import {
  credentialsOf,
  EVERYTHING,
  issued,
  notIssued,
  policyOf,
  tokenHarness,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const user = (id: string) => ({ box_subject_type: "user", box_subject_id: id });

describe("a token from the cache", () => {
  it("is returned until it has less than min_ttl left, to the second", async () => {
    const harness = tokenHarness();
    const first = issued(await harness.request());
    await harness.clock.advance(3_300_000);
    expect(issued(await harness.request())).toEqual({ ...first, expires_in: 300 });
    await harness.clock.advance(1);
    expect(issued(await harness.request())).toMatchObject({ access_token: "jwt-token-2", expires_in: 3600 });
  });

  it.each([
    [1800, 1_800_000],
    [60, 3_540_000],
    [0, 3_599_000],
  ])("with min_ttl %i is served for %i ms", async (min_ttl, served) => {
    const harness = tokenHarness();
    issued(await harness.request({ min_ttl }));
    await harness.clock.advance(served);
    issued(await harness.request({ min_ttl }));
    expect(harness.box.calls).toHaveLength(1);
    await harness.clock.advance(1);
    expect(issued(await harness.request({ min_ttl })).expires_in).toBe(3600);
    expect(harness.box.calls).toHaveLength(2);
  });

  it("still serves requests with a small min_ttl after it no longer serves others", async () => {
    const harness = tokenHarness();
    await harness.request();
    await harness.clock.advance(3_000_000);
    expect(issued(await harness.request({ min_ttl: 100 })).access_token).toBe("jwt-token-1");
    expect(issued(await harness.request({ min_ttl: 1000 })).access_token).toBe("jwt-token-2");
  });

  it("is not issued if a new one expires before min_ttl", async () => {
    const harness = tokenHarness();
    harness.box.respondWith({ expires_in: 1700 });
    expect(notIssued(await harness.request({ min_ttl: 1800 })).problem.code).toBe("box_unexpected_answer");
    expect(harness.audit.last).toMatchObject({ outcome: "failed", token_sha256: null });
  });

  it("belongs to its subject, app, key and client", async () => {
    const harness = tokenHarness({
      apps: ["reports", "payroll"],
      policy: policyOf({ ...EVERYTHING, app: "*" }),
    });
    const tokenFor = async (parameters: object) =>
      issued(await harness.request({ app: "reports", ...parameters })).access_token;
    const tokens = [
      await tokenFor({}),
      await tokenFor(user("900001")),
      await tokenFor(user("1")),
      await tokenFor(user("11")),
    ];
    harness.credentials.current = credentialsOf({ kid: "rotated1" });
    tokens.push(await tokenFor({}));
    harness.credentials.current = credentialsOf({ clientID: "client-2" });
    tokens.push(await tokenFor({}));
    harness.credentials.current = credentialsOf({ app: "payroll" });
    tokens.push(await tokenFor({ app: "payroll" }));
    expect(new Set(tokens).size).toBe(7);
    harness.credentials.current = credentialsOf();
    expect(await tokenFor({})).toBe(tokens[0]);
  });

  it("that came from another version of the secret is served to the next request, which loads that version", async () => {
    for (const parameters of [{}, { scope: "item_download" }]) {
      const harness = tokenHarness();
      harness.credentials.others.push(credentialsOf({ versionId: "v2", kid: "rotated1" }));
      harness.box.respondWith(new Failure("box_key_refused", "rotated"));
      const first = issued(await harness.request(parameters));
      const calls = harness.box.calls.length;
      expect(issued(await harness.request(parameters))).toEqual(first);
      expect(harness.box.calls).toHaveLength(calls);
    }
  });

  it("is not served once the policy has changed, whether narrower or not", async () => {
    const harness = tokenHarness();
    await harness.request();
    harness.policyPort.source = policyOf({ ...EVERYTHING, subjects: ["enterprise"] });
    expect(issued(await harness.request()).access_token).toBe("jwt-token-2");
  });

  it("is not served to a caller that the policy no longer names", async () => {
    const harness = tokenHarness();
    await harness.request();
    harness.policyPort.source = policyOf({ ...EVERYTHING, caller: { alias: "nightly" } });
    expect(notIssued(await harness.request()).problem.code).toBe("unauthorized_client");
  });

  it("is not served without credentials, after the secret was removed", async () => {
    const harness = tokenHarness();
    await harness.request();
    harness.credentials.failure = new Failure("secret_not_found", "gone");
    expect(notIssued(await harness.request()).problem.code).toBe("secret_not_found");
  });
});

describe("equal requests at the same time", () => {
  it("share one call to Box: 1,000 concurrent requests, one token", async () => {
    const harness = tokenHarness();
    harness.box.latency = 200;
    const all = Array.from({ length: 1_000 }, () => harness.begin({}));
    const tokens = (await harness.clock.finish(Promise.all(all))).map(
      (outcome) => issued(outcome).access_token,
    );
    expect(new Set(tokens)).toEqual(new Set(["jwt-token-1"]));
    expect(harness.box.calls).toHaveLength(1);
    expect(harness.clock.waiting).toBe(0);
  });

  it("for 50 users make 50 calls", async () => {
    const harness = tokenHarness();
    harness.box.latency = 200;
    const all = Array.from({ length: 500 }, (_, index) => harness.begin(user(String(index % 50))));
    const tokens = (await harness.clock.finish(Promise.all(all))).map(
      (outcome) => issued(outcome).access_token,
    );
    expect(new Set(tokens).size).toBe(50);
    expect(harness.box.calls).toHaveLength(50);
  });

  it("share a failure", async () => {
    const harness = tokenHarness();
    harness.box.latency = 200;
    harness.box.respondWith(new Failure("box_app_not_authorized", "not yet"));
    const all = await harness.clock.finish(Promise.all([harness.begin({}), harness.begin({})]));
    expect(all.map((outcome) => notIssued(outcome).problem.code)).toEqual([
      "box_app_not_authorized",
      "box_app_not_authorized",
    ]);
    expect(harness.box.calls).toHaveLength(1);
  });

  it("continue after one of them runs out of time", async () => {
    const harness = tokenHarness();
    harness.box.latency = 5_000;
    const patient = harness.begin({});
    const hasty = harness.begin({}, undefined, 1_000);
    const outcomes = await harness.clock.finish(Promise.all([patient, hasty]));
    expect(issued(outcomes[0]).access_token).toBe("jwt-token-1");
    expect(notIssued(outcomes[1]).problem.code).toBe("deadline_exceeded");
    expect(harness.box.calls).toHaveLength(1);
  });
});

describe("rejected_token_sha256", () => {
  it("drops the cached token that it names; 1,000 equal requests share one new one", async () => {
    const harness = tokenHarness();
    const { access_token } = issued(await harness.request());
    await harness.clock.advance(10_000);
    harness.box.latency = 200;
    const rejected_token_sha256 = sha256(access_token).toUpperCase();
    const all = Array.from({ length: 1_000 }, () => harness.begin({ rejected_token_sha256 }));
    const tokens = (await harness.clock.finish(Promise.all(all))).map(
      (outcome) => issued(outcome).access_token,
    );
    expect(new Set(tokens)).toEqual(new Set(["jwt-token-2"]));
    // A late request with the same hash gets the new token too.
    expect(issued(await harness.request({ rejected_token_sha256 })).access_token).toBe("jwt-token-2");
    expect(harness.box.calls).toHaveLength(2);
  });

  it("keeps a cached token that it does not name", async () => {
    const harness = tokenHarness();
    await harness.request();
    const rejected_token_sha256 = sha256("some other token");
    expect(issued(await harness.request({ rejected_token_sha256 })).access_token).toBe("jwt-token-1");
    expect(harness.box.calls).toHaveLength(1);
  });

  it("gives the new token to other requests as well", async () => {
    const harness = tokenHarness();
    await harness.request();
    await harness.clock.advance(10_000);
    await harness.request({ rejected_token_sha256: sha256("jwt-token-1") });
    expect(issued(await harness.request()).access_token).toBe("jwt-token-2");
  });

  it("does not let a caller that the policy denies empty the cache", async () => {
    const harness = tokenHarness();
    await harness.request();
    notIssued(await harness.request({ rejected_token_sha256: sha256("jwt-token-1") }, { alias: "unknown" }));
    expect(issued(await harness.request()).access_token).toBe("jwt-token-1");
  });
});
