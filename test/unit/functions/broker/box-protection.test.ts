import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure, PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import {
  credentialsOf,
  EVERYTHING,
  issued,
  notIssued,
  policyOf,
  tokenHarness,
  unsignedCredentialsOf,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const user = (id: string) => ({ box_subject_type: "user", box_subject_id: id });
type Harness = ReturnType<typeof tokenHarness>;

/** Sends 20 requests, one after the other without a pause, from a caller that the policy allows. */
async function twenty(harness: Harness, parameters: (number: number, lastToken: string) => object) {
  let lastToken = "";
  for (let number = 0; number < 20; number++) {
    const outcome = await harness.request(parameters(number, lastToken));
    if (outcome.issued) lastToken = outcome.response.access_token;
  }
  const count = (kind: string) => harness.box.kinds.filter((each) => each === kind).length;
  return { grants: count("jwt") + count("ccg"), exchanges: count("exchange") };
}

/** Makes Box refuse every call of this kind. */
const refusing = (harness: Harness, kind: string, failure: () => Failure) => {
  harness.box.rule = (call) => (call.kind === kind ? failure() : undefined);
};

describe("20 requests of a permitted caller cost Box, at most,", () => {
  it("one grant if the token is cached", async () => {
    expect(await twenty(tokenHarness(), () => ({}))).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant if each reports the token that it has just received", async () => {
    const report = (_: number, token: string) => (token ? { rejected_token_sha256: sha256(token) } : {});
    expect(await twenty(tokenHarness(), report)).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant and one exchange if each reports the downscoped token that it has just received", async () => {
    const report = (_: number, token: string) => ({
      scope: "item_download",
      ...(token && { rejected_token_sha256: sha256(token) }),
    });
    expect(await twenty(tokenHarness(), report)).toEqual({ grants: 1, exchanges: 1 });
  });

  it("one grant and one exchange for a scope that the app does not hold", async () => {
    const harness = tokenHarness();
    refusing(
      harness,
      "exchange",
      () => new Failure("box_scope_refused", "Box responded with 400 invalid_scope"),
    );
    expect(await twenty(harness, () => ({ scope: "manage_groups" }))).toEqual({ grants: 1, exchanges: 1 });
  });

  it("one grant and one exchange for a resource that the subject cannot see", async () => {
    const harness = tokenHarness();
    refusing(harness, "exchange", () => new Failure("box_resource_refused", "Box responded with 400"));
    const resource = "https://api.box.com/2.0/files/404";
    expect(await twenty(harness, () => ({ scope: "item_download", resource }))).toEqual({
      ...{ grants: 1, exchanges: 1 },
    });
  });

  it("one grant for a user that Box does not know", async () => {
    const harness = tokenHarness();
    refusing(harness, "jwt", () => new Failure("box_subject_refused", "Box responded with 400 sub"));
    expect(await twenty(harness, () => user("404"))).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant each for 20 users that Box does not know", async () => {
    const harness = tokenHarness();
    refusing(harness, "jwt", () => new Failure("box_subject_refused", "Box responded with 400 sub"));
    expect(await twenty(harness, (number) => user(`${number}`))).toEqual({ grants: 20, exchanges: 0 });
  });

  it("one grant for a user that Box refuses to an app with Client Credentials Grant, and no read of its secret", async () => {
    const harness = tokenHarness();
    harness.credentials.current = unsignedCredentialsOf();
    harness.credentials.others.push(unsignedCredentialsOf({ versionId: "v0", stage: "AWSPREVIOUS" }));
    refusing(harness, "ccg", () => new Failure("box_grant_refused", "Grant credentials are invalid"));
    expect(await twenty(harness, () => user("404"))).toEqual({ grants: 1, exchanges: 0 });
    expect(harness.credentials.triedVersions).toEqual([]);
  });

  it("one grant after a 429 with Retry-After, for any subject", async () => {
    const harness = tokenHarness();
    refusing(
      harness,
      "jwt",
      () => new Failure("box_rate_limited", "Box responded with 429", { retryAfter: 60 }),
    );
    expect(await twenty(harness, (number) => user(`${number}`))).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant if Box's tokens expire too soon for the requested min_ttl", async () => {
    const harness = tokenHarness();
    harness.box.rule = () => ({ expires_in: 600 });
    expect(await twenty(harness, () => ({ min_ttl: 1800 }))).toEqual({ grants: 1, exchanges: 0 });
  });
});

describe("a token that was minted less than 10 s ago", () => {
  it("is returned to the caller that reports it, and replaced after that", async () => {
    const harness = tokenHarness();
    const first = issued(await harness.request()).access_token;
    const report = { rejected_token_sha256: sha256(first) };
    await harness.clock.advance(9_999);
    expect(issued(await harness.request(report)).access_token).toBe(first);
    await harness.clock.advance(1);
    expect(issued(await harness.request(report)).access_token).toBe("jwt-token-2");
  });

  it("is as old as the clock with the larger difference reports, so it ages in a frozen environment", async () => {
    const harness = tokenHarness();
    const first = issued(await harness.request()).access_token;
    harness.clock.freeze(10_000);
    expect(issued(await harness.request({ rejected_token_sha256: sha256(first) })).access_token).toBe(
      "jwt-token-2",
    );
  });
});

describe("a final refusal of Box", () => {
  const FINAL = (Object.keys(PROBLEMS) as ProblemCode[]).filter(
    (code) => code.startsWith("box_") && !PROBLEMS[code].retryable,
  );

  it.each(FINAL)("(%s) holds for the same request for 30 s", async (code) => {
    const harness = tokenHarness();
    harness.box.respondWith(new Failure(code, "Box refuses"));
    expect(notIssued(await harness.request()).problem.code).toBe(code);
    await harness.clock.advance(29_999);
    expect(notIssued(await harness.request()).problem.code).toBe(code);
    const outcome = PROBLEMS[code].actor === "caller" ? "denied" : "failed";
    expect(harness.audit.last).toMatchObject({ outcome, code, reason: "Box refuses (remembered)" });
    expect(harness.box.calls).toHaveLength(1);
    await harness.clock.advance(1);
    issued(await harness.request());
  });

  it("ends with a new version of the secret", async () => {
    const harness = tokenHarness();
    harness.box.respondWith(new Failure("box_client_refused", "Box refuses"));
    notIssued(await harness.request());
    harness.credentials.current = credentialsOf({ versionId: "v2" });
    issued(await harness.request());
  });

  it("holds for no other subject, scope or policy", async () => {
    const harness = tokenHarness();
    harness.box.respondWith(new Failure("box_subject_refused", "Box refuses"));
    notIssued(await harness.request(user("1")));
    issued(await harness.request(user("2")));
    issued(await harness.request());
    harness.policyPort.source = policyOf({ ...EVERYTHING, id: "another" });
    issued(await harness.request(user("1")));
  });

  it("of a scope leaves the full token alone", async () => {
    const harness = tokenHarness();
    await harness.request();
    harness.box.respondWith(new Failure("box_scope_refused", "Box responded with 400 invalid_scope"));
    notIssued(await harness.request({ scope: "manage_groups" }));
    issued(await harness.request({ scope: "item_download" }));
    expect(harness.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
  });

  it("does not stop a cached token from being served", async () => {
    const harness = tokenHarness();
    const { access_token } = issued(await harness.request());
    await harness.clock.advance(60_000);
    harness.box.respondWith(new Failure("box_app_not_authorized", "Box refuses"));
    notIssued(await harness.request({ rejected_token_sha256: sha256(access_token) }));
    issued(await harness.request());
  });
});

describe("a temporary failure", () => {
  it("is not remembered", async () => {
    for (const code of ["box_unavailable", "box_unexpected_answer", "box_clock_skewed"] as const) {
      const harness = tokenHarness();
      harness.box.respondWith(
        ...Array.from({ length: 4 }, () => new Failure(code, "not now")).slice(
          code === "box_clock_skewed" ? 1 : 0,
        ),
      );
      notIssued(await harness.request());
      issued(await harness.request());
    }
  });

  it("is remembered for the time in Box's Retry-After, up to five minutes", async () => {
    for (const [retryAfter, seconds] of [
      [5, 5],
      [999_999, 300],
    ] as const) {
      const harness = tokenHarness();
      refusing(
        harness,
        "jwt",
        () => new Failure("box_unavailable", "Box responded with 503", { retryAfter }),
      );
      await harness.request({}, undefined, 2_000);
      harness.box.rule = undefined;
      const calls = harness.box.calls.length;
      expect(notIssued(await harness.request({}, undefined, 2_000)).problem.retry_after).toBe(seconds);
      expect(harness.box.calls).toHaveLength(calls);
      await harness.clock.advance(seconds * 1_000);
      issued(await harness.request());
    }
  });
});

describe("Box's Retry-After to one request of an app", () => {
  const limited = () => new Failure("box_rate_limited", "Box responded with 429", { retryAfter: 20 });

  it("delays its other requests, which wait for it if they have the time", async () => {
    const harness = tokenHarness();
    harness.box.respondWith(limited());
    await harness.request(user("1"), undefined, 5_000);
    await harness.clock.advance(5_000);
    expect(notIssued(await harness.request(user("2"), undefined, 5_000))).toMatchObject({
      problem: { code: "box_rate_limited", retry_after: 15 },
    });
    expect(harness.box.calls).toHaveLength(1);
    const started = harness.clock.monotonic();
    issued(await harness.request(user("3")));
    expect(harness.clock.monotonic() - started).toBeGreaterThanOrEqual(15_000);
    expect(harness.box.calls).toHaveLength(2);
  });

  it("does not affect other apps", async () => {
    const harness = tokenHarness({
      apps: ["reports", "payroll"],
      policy: policyOf({ ...EVERYTHING, app: "*" }),
    });
    harness.box.respondWith(limited());
    notIssued(await harness.request({ app: "reports" }, undefined, 5_000));
    harness.credentials.current = credentialsOf({ app: "payroll" });
    issued(await harness.request({ app: "payroll" }, undefined, 5_000));
  });
});
