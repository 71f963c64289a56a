import { describe, expect, it } from "vitest";
import { withRetry } from "../../../../functions/async/retry.ts";
import { assertionClaims } from "../../../../functions/box/assertion.ts";
import { boxTokens } from "../../../../functions/box/client.ts";
import type { HeldToken } from "../../../../functions/broker/held-token.ts";
import { withOtherVersions } from "../../../../functions/broker/other-versions.ts";
import type {
  AssertionClaims,
  Credentials,
  GrantCredentials,
  Subject,
} from "../../../../functions/broker/ports.ts";
import { systemRandomness } from "../../../../functions/lambda/system.ts";
import { Failure, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import {
  contextOf,
  countingRandomness,
  credentialsOf,
  ScriptedBox,
  ScriptedCredentials,
} from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const user = { type: "user", id: "4711" } as const;
const enterprise = { type: "enterprise", id: "900001" } as const;
const failed = (code: ProblemCode, retryAfter?: number) =>
  new Failure(code, "scripted", retryAfter === undefined ? {} : { retryAfter });

function mint() {
  const clock = new VirtualClock();
  const box = new ScriptedBox(clock);
  const credentials = new ScriptedCredentials();
  const ports = { clock, random: countingRandomness() };
  const fullToken = withOtherVersions(credentials, withRetry(ports, boxTokens(box, ports).grant));
  const known = new Map<string, HeldToken>();
  const held = async ({ versionId }: Credentials) => known.get(versionId);
  const full = (from: GrantCredentials = credentialsOf(), subject: Subject = enterprise) =>
    clock.finish(fullToken({ credentials: from, subject, held }, contextOf(clock)));
  const claims = () => box.calls.map(({ assertion }) => JSON.parse(assertion ?? "{}") as AssertionClaims);
  const versions = () => box.calls.map((call) => call.credentials?.versionId);
  return { clock, box, credentials, known, full, claims, versions };
}

describe("an assertion", () => {
  it("has exactly the claims that Box's JWT grant requires, with exp in whole seconds", () => {
    expect(assertionClaims("client-1", user, 1_780_000_000_999, "jti-1")).toEqual({
      iss: "client-1",
      sub: "4711",
      box_sub_type: "user",
      aud: "https://api.box.com/oauth2/token",
      jti: "jti-1",
      exp: 1_780_000_030,
    });
  });

  it("expires 30 s ahead by Box's clock, not by ours", async () => {
    for (const offset of [0, 3_600_000, -3_600_000]) {
      const { clock, box, full, claims } = mint();
      box.offset = offset;
      await full();
      expect(claims()[0]?.exp).toBe(Math.floor((clock.wall() + offset) / 1000) + 30);
    }
  });

  it("has a new jti at every attempt, whatever caused the attempt", async () => {
    const { box, full, claims } = mint();
    box.respondWith(
      failed("box_unavailable"),
      failed("box_rate_limited", 1),
      failed("box_assertion_replayed"),
      failed("box_clock_skewed"),
      failed("box_unexpected_answer"),
    );
    await full();
    expect(new Set(claims().map(({ jti }) => jti)).size).toBe(6);
  });

  it("is signed again after a wait, so that it has not expired meanwhile", async () => {
    const { box, full, claims } = mint();
    box.respondWith(failed("box_rate_limited", 20));
    await full();
    const [first, second] = claims();
    expect((second?.exp ?? 0) - (first?.exp ?? 0)).toBe(25);
  });

  it("uses the clock offset that the refusal has just revealed", async () => {
    const { clock, box, full, claims } = mint();
    box.respondWith(() => {
      box.offset = 7_200_000;
      return failed("box_clock_skewed");
    });
    await full();
    expect(claims()[1]?.exp).toBe(Math.floor((clock.wall() + 7_200_000) / 1000) + 30);
  });

  it("has a jti of 16 to 128 characters from the system's randomness, never the same twice", () => {
    const jtis = Array.from({ length: 1_000 }, () => systemRandomness.jti());
    expect(new Set(jtis).size).toBe(1_000);
    for (const jti of jtis) expect(jti).toMatch(/^[A-Za-z0-9-]{16,128}$/);
  });
});

describe("if Box refuses the credentials", () => {
  it.each(["box_key_refused", "box_client_refused", "box_grant_refused"] as const)(
    "(%s) the other versions of the secret are tried, and the accepted one is kept",
    async (code) => {
      const { box, credentials, full, versions } = mint();
      credentials.others.push(credentialsOf({ versionId: "v2" }), credentialsOf({ versionId: "v0" }));
      box.respondWith(failed(code), failed(code));
      expect((await full()).credentials.versionId).toBe("v0");
      expect(versions()).toEqual(["v1", "v2", "v0"]);
      expect(credentials.triedVersions).toEqual([["v1"], ["v1", "v2"]]);
      expect(credentials.acceptedVersions).toEqual(["v0"]);
    },
  );

  it("what was read since the refused attempt began is not read again, whatever was attempted before and after", async () => {
    const { clock, box, credentials, full } = mint();
    credentials.others.push(credentialsOf({ versionId: "v2" }), credentialsOf({ versionId: "v0" }));
    box.latency = 400;
    const start = clock.monotonic();
    box.respondWith(failed("box_rate_limited", 3), failed("box_key_refused"), failed("box_key_refused"));
    await full();
    // The second attempt begins after the first one's 400 ms and its Retry-After with jitter.
    expect(credentials.refusedRequests).toEqual([start + 4_150, start + 4_150]);
  });

  describe("of a Client Credentials Grant for a user, which can mean the user,", () => {
    const previous = credentialsOf({ versionId: "v0", stage: "AWSPREVIOUS" });

    it("the previous version of the secret is not tried", async () => {
      const { box, credentials, full, versions } = mint();
      credentials.others.push(previous);
      box.respondWith(failed("box_grant_refused"));
      await expect(full(credentialsOf(), user)).rejects.toMatchObject({ code: "box_grant_refused" });
      expect(versions()).toEqual(["v1"]);
      expect(credentials.triedVersions).toEqual([]);
    });

    it("a newer version is tried, once, because the operator may have replaced the client secret", async () => {
      const { box, credentials, full, versions } = mint();
      credentials.others.push(credentialsOf({ versionId: "v2" }), previous);
      box.respondWith(failed("box_grant_refused"));
      expect((await full(credentialsOf(), user)).credentials.versionId).toBe("v2");
      box.respondWith(failed("box_grant_refused"), failed("box_grant_refused"));
      await expect(full(credentialsOf(), user)).rejects.toMatchObject({ code: "box_grant_refused" });
      expect(versions()).toEqual(["v1", "v2", "v1", "v2"]);
      expect(credentials.triedVersions).toEqual([]);
    });
  });

  it("a new token that another request has from another version serves, without a further request to Box", async () => {
    const { box, credentials, known, full, versions } = mint();
    const { token } = await full();
    known.set("v2", token);
    credentials.others.push(credentialsOf({ versionId: "v2" }));
    box.respondWith(failed("box_key_refused"));
    expect(await full()).toMatchObject({ token, credentials: { versionId: "v2" } });
    expect(versions()).toEqual(["v1", "v1"]);
    expect(credentials.acceptedVersions).toEqual(["v2"]);
  });

  it("a version of another enterprise is not tried for this one's Service Account", async () => {
    const { box, credentials, full, versions } = mint();
    credentials.others.push(credentialsOf({ versionId: "v2", enterpriseID: "900002" }));
    box.respondWith(failed("box_key_refused"));
    await expect(full()).rejects.toMatchObject({ code: "box_key_refused" });
    expect(versions()).toEqual(["v1"]);
  });

  it("and accepts no version, the first refusal is the result", async () => {
    const { box, credentials, full } = mint();
    credentials.others.push(credentialsOf({ versionId: "v0" }));
    box.respondWith(failed("box_key_refused"), failed("box_client_refused"));
    await expect(full()).rejects.toMatchObject({ code: "box_key_refused" });
    expect(credentials.acceptedVersions).toEqual([]);
  });

  it("and then fails in another way, that failure is the result", async () => {
    const { box, credentials, full } = mint();
    credentials.others.push(credentialsOf({ versionId: "v0" }));
    box.respondWith(failed("box_key_refused"), failed("box_app_not_authorized"));
    await expect(full()).rejects.toMatchObject({ code: "box_app_not_authorized" });
  });

  it("with any other refusal, the secret is not read again", async () => {
    for (const code of ["box_subject_refused", "box_app_not_authorized", "box_assertion_refused"] as const) {
      const { box, credentials, full } = mint();
      credentials.others.push(credentialsOf({ versionId: "v0" }));
      box.respondWith(failed(code));
      await expect(full()).rejects.toMatchObject({ code });
      expect(credentials.triedVersions).toEqual([]);
    }
  });

  it("only a version that was tried after a refusal is reported as accepted", async () => {
    const { credentials, full } = mint();
    await full();
    expect(credentials.acceptedVersions).toEqual([]);
  });
});

describe("a minted token", () => {
  it("has the age of its request, which is that of the last attempt", async () => {
    const { clock, box, full } = mint();
    box.respondWith(failed("box_rate_limited", 3));
    box.latency = 400;
    const [wall, monotonic] = [clock.wall(), clock.monotonic()];
    expect((await full()).token).toMatchObject({
      born: { wall: wall + 4_150, monotonic: monotonic + 4_150 },
    });
  });
});
