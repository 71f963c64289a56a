import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure, PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import {
  credentialsOf,
  EVERYTHING,
  issued,
  notIssued,
  policyOf,
  tokenDesk,
  unsignedCredentialsOf,
} from "../../../support/fake-ports.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const user = (id: string) => ({ box_subject_type: "user", box_subject_id: id });
type Desk = ReturnType<typeof tokenDesk>;

/** 20 requests, one after the other without a pause, by a caller that the policy allows. */
async function twenty(desk: Desk, members: (number: number, lastToken: string) => object) {
  let lastToken = "";
  for (let number = 0; number < 20; number++) {
    const outcome = await desk.ask(members(number, lastToken));
    if (outcome.issued) lastToken = outcome.response.access_token;
  }
  const count = (kind: string) => desk.box.kinds.filter((each) => each === kind).length;
  return { grants: count("jwt") + count("ccg"), exchanges: count("exchange") };
}

/** Box refuses every call of this kind. */
const refusing = (desk: Desk, kind: string, failure: () => Failure) => {
  desk.box.rule = (call) => (call.kind === kind ? failure() : undefined);
};

describe("20 requests of a permitted caller cost Box, at most,", () => {
  it("one grant where the token is cached", async () => {
    expect(await twenty(tokenDesk(), () => ({}))).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant where each reports the token that it has just received", async () => {
    const report = (_: number, token: string) => (token ? { rejected_token_sha256: sha256(token) } : {});
    expect(await twenty(tokenDesk(), report)).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant and one exchange where each reports the downscoped token that it has just received", async () => {
    const report = (_: number, token: string) => ({
      scope: "item_download",
      ...(token && { rejected_token_sha256: sha256(token) }),
    });
    expect(await twenty(tokenDesk(), report)).toEqual({ grants: 1, exchanges: 1 });
  });

  it("one grant and one exchange for a scope that the app does not hold", async () => {
    const desk = tokenDesk();
    refusing(desk, "exchange", () => new Failure("box_scope_refused", "Box answered 400 invalid_scope"));
    expect(await twenty(desk, () => ({ scope: "manage_groups" }))).toEqual({ grants: 1, exchanges: 1 });
  });

  it("one grant and one exchange for a resource that the subject cannot see", async () => {
    const desk = tokenDesk();
    refusing(desk, "exchange", () => new Failure("box_resource_refused", "Box answered 400"));
    const resource = "https://api.box.com/2.0/files/404";
    expect(await twenty(desk, () => ({ scope: "item_download", resource }))).toEqual({
      ...{ grants: 1, exchanges: 1 },
    });
  });

  it("one grant for a user that Box does not know", async () => {
    const desk = tokenDesk();
    refusing(desk, "jwt", () => new Failure("box_subject_refused", "Box answered 400 sub"));
    expect(await twenty(desk, () => user("404"))).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant each for 20 users that Box does not know", async () => {
    const desk = tokenDesk();
    refusing(desk, "jwt", () => new Failure("box_subject_refused", "Box answered 400 sub"));
    expect(await twenty(desk, (number) => user(`${number}`))).toEqual({ grants: 20, exchanges: 0 });
  });

  it("one grant for a user that Box refuses to an app with Client Credentials Grant, and no reading of its secret", async () => {
    const desk = tokenDesk();
    desk.credentials.current = unsignedCredentialsOf();
    desk.credentials.others.push(unsignedCredentialsOf({ versionId: "v0", stage: "AWSPREVIOUS" }));
    refusing(desk, "ccg", () => new Failure("box_grant_refused", "Grant credentials are invalid"));
    expect(await twenty(desk, () => user("404"))).toEqual({ grants: 1, exchanges: 0 });
    expect(desk.credentials.triedVersions).toEqual([]);
  });

  it("one grant after a 429 with Retry-After, whoever the token is for", async () => {
    const desk = tokenDesk();
    refusing(desk, "jwt", () => new Failure("box_rate_limited", "Box answered 429", { retryAfter: 60 }));
    expect(await twenty(desk, (number) => user(`${number}`))).toEqual({ grants: 1, exchanges: 0 });
  });

  it("one grant where Box's tokens live too short for the min_ttl that is requested", async () => {
    const desk = tokenDesk();
    desk.box.rule = () => ({ expires_in: 600 });
    expect(await twenty(desk, () => ({ min_ttl: 1800 }))).toEqual({ grants: 1, exchanges: 0 });
  });
});

describe("a token that was minted less than 10 s ago", () => {
  it("is returned to the caller that reports it, and replaced after that", async () => {
    const desk = tokenDesk();
    const first = issued(await desk.ask()).access_token;
    const report = { rejected_token_sha256: sha256(first) };
    await desk.clock.advance(9_999);
    expect(issued(await desk.ask(report)).access_token).toBe(first);
    await desk.clock.advance(1);
    expect(issued(await desk.ask(report)).access_token).toBe("jwt-token-2");
  });

  it("is as old as the clock that counted more says: a frozen environment ages it", async () => {
    const desk = tokenDesk();
    const first = issued(await desk.ask()).access_token;
    desk.clock.freeze(10_000);
    expect(issued(await desk.ask({ rejected_token_sha256: sha256(first) })).access_token).toBe("jwt-token-2");
  });
});

describe("a final refusal of Box", () => {
  const FINAL = (Object.keys(PROBLEMS) as ProblemCode[]).filter(
    (code) => code.startsWith("box_") && !PROBLEMS[code].retryable,
  );

  it.each(FINAL)("(%s) holds for the same request for 30 s", async (code) => {
    const desk = tokenDesk();
    desk.box.answers(new Failure(code, "Box says no"));
    expect(notIssued(await desk.ask()).problem.code).toBe(code);
    await desk.clock.advance(29_999);
    expect(notIssued(await desk.ask()).problem.code).toBe(code);
    const outcome = PROBLEMS[code].actor === "caller" ? "denied" : "failed";
    expect(desk.audit.last).toMatchObject({ outcome, code, reason: "Box says no (remembered)" });
    expect(desk.box.calls).toHaveLength(1);
    await desk.clock.advance(1);
    issued(await desk.ask());
  });

  it("ends with a new version of the secret", async () => {
    const desk = tokenDesk();
    desk.box.answers(new Failure("box_client_refused", "Box says no"));
    notIssued(await desk.ask());
    desk.credentials.current = credentialsOf({ versionId: "v2" });
    issued(await desk.ask());
  });

  it("holds for no other subject, scope or policy", async () => {
    const desk = tokenDesk();
    desk.box.answers(new Failure("box_subject_refused", "Box says no"));
    notIssued(await desk.ask(user("1")));
    issued(await desk.ask(user("2")));
    issued(await desk.ask());
    desk.policyPort.source = policyOf({ ...EVERYTHING, id: "another" });
    issued(await desk.ask(user("1")));
  });

  it("of a scope leaves the full token alone", async () => {
    const desk = tokenDesk();
    await desk.ask();
    desk.box.answers(new Failure("box_scope_refused", "Box answered 400 invalid_scope"));
    notIssued(await desk.ask({ scope: "manage_groups" }));
    issued(await desk.ask({ scope: "item_download" }));
    expect(desk.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
  });

  it("does not stop a cached token from being served", async () => {
    const desk = tokenDesk();
    const { access_token } = issued(await desk.ask());
    await desk.clock.advance(60_000);
    desk.box.answers(new Failure("box_app_not_authorized", "Box says no"));
    notIssued(await desk.ask({ rejected_token_sha256: sha256(access_token) }));
    issued(await desk.ask());
  });
});

describe("a failure that passes by itself", () => {
  it("is not remembered", async () => {
    for (const code of ["box_unavailable", "box_unexpected_answer", "box_clock_skewed"] as const) {
      const desk = tokenDesk();
      desk.box.answers(
        ...Array.from({ length: 4 }, () => new Failure(code, "not now")).slice(
          code === "box_clock_skewed" ? 1 : 0,
        ),
      );
      notIssued(await desk.ask());
      issued(await desk.ask());
    }
  });

  it("is remembered as long as Box's Retry-After says, up to five minutes", async () => {
    for (const [retryAfter, seconds] of [
      [5, 5],
      [999_999, 300],
    ] as const) {
      const desk = tokenDesk();
      refusing(desk, "jwt", () => new Failure("box_unavailable", "Box answered 503", { retryAfter }));
      await desk.ask({}, undefined, 2_000);
      desk.box.rule = undefined;
      const calls = desk.box.calls.length;
      expect(notIssued(await desk.ask({}, undefined, 2_000)).problem.retry_after).toBe(seconds);
      expect(desk.box.calls).toHaveLength(calls);
      await desk.clock.advance(seconds * 1_000);
      issued(await desk.ask());
    }
  });
});

describe("Box's Retry-After to one request of an app", () => {
  const limited = () => new Failure("box_rate_limited", "Box answered 429", { retryAfter: 20 });

  it("is observed by its other requests, which wait for it if they have the time", async () => {
    const desk = tokenDesk();
    desk.box.answers(limited());
    await desk.ask(user("1"), undefined, 5_000);
    await desk.clock.advance(5_000);
    expect(notIssued(await desk.ask(user("2"), undefined, 5_000))).toMatchObject({
      problem: { code: "box_rate_limited", retry_after: 15 },
    });
    expect(desk.box.calls).toHaveLength(1);
    const started = desk.clock.monotonic();
    issued(await desk.ask(user("3")));
    expect(desk.clock.monotonic() - started).toBeGreaterThanOrEqual(15_000);
    expect(desk.box.calls).toHaveLength(2);
  });

  it("does not concern other apps", async () => {
    const desk = tokenDesk({ apps: ["reports", "payroll"], policy: policyOf({ ...EVERYTHING, app: "*" }) });
    desk.box.answers(limited());
    notIssued(await desk.ask({ app: "reports" }, undefined, 5_000));
    desk.credentials.current = credentialsOf({ app: "payroll" });
    issued(await desk.ask({ app: "payroll" }, undefined, 5_000));
  });
});
