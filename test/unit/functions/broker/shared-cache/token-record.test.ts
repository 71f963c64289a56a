import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { ageSeconds, type HeldToken } from "../../../../../functions/broker/held-token.ts";
import {
  sealRefusal,
  sealToken,
  unsealStored,
} from "../../../../../functions/broker/shared-cache/token-record.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { type Instance, Instances } from "../../../../support/instances.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

const ITEM = "token#some-cache-key";
const KEY = { id: "version-1", secret: randomBytes(48) };
/** When the virtual clock starts. */
const SECONDS = Date.parse("2026-06-01T12:00:00Z") / 1_000;

let clock: VirtualClock;
let instances: Instances;
let instance: Instance;
beforeEach(() => {
  clock = new VirtualClock();
  instances = new Instances(clock);
  instance = instances.start();
});

const clocksOf = (reader: Instance) => ({ clock: reader.clock, table: instances.table });
const sealOf = (token: HeldToken) => sealToken(token, ITEM, KEY, clocksOf(instance));

function open(sealed: ReturnType<typeof sealToken>["sealed"], reader = instance) {
  return unsealStored(sealed, ITEM, KEY, clocksOf(reader));
}

function openedToken(sealed: ReturnType<typeof sealToken>["sealed"], reader = instance): HeldToken {
  const stored = open(sealed, reader);
  if (stored === undefined || !("token" in stored)) throw new Error("The record holds no token.");
  return stored.token;
}

describe("a token that goes through the table", () => {
  test("keeps every property that it has, at the same instance and moment", () => {
    const full: HeldToken = {
      ...instance.newToken("full"),
      token: {
        access_token: "full",
        expires_in: 3_600,
        restricted_to: [{ scope: "item_download", object: { type: "folder", id: "1" } }],
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      },
      parentSha256: "a".repeat(64),
      isReplacement: true,
    };
    expect(openedToken(sealOf(full).sealed)).toStrictEqual(full);
  });

  test.each([
    ["counts as minted now where the clock that noted its birth was ten seconds ahead", 10_000, 0],
    ["is not new where that clock was further ahead", 10_001, 10],
    ["is not new where that clock was an hour ahead", 3_600_000, 10],
  ])("%s", (_, aheadMs, seconds) => {
    const wrong = { clock: instance.clock, table: { now: () => instances.table.now() + aheadMs } };
    const { sealed } = sealToken(instance.newToken("early"), ITEM, KEY, wrong);
    expect(ageSeconds(instance.clock, openedToken(sealed))).toBe(seconds);
  });

  test("has neither a parent nor the mark of a replacement if it had none", () => {
    const plain = instance.newToken("plain");
    expect(openedToken(sealOf(plain).sealed)).toStrictEqual(plain);
  });

  test("has a parent without the mark of a replacement, and the mark without a parent", () => {
    const child = { ...instance.newToken("child"), parentSha256: "b".repeat(64) };
    const replacement = { ...instance.newToken("replacement"), isReplacement: true as const };
    expect(openedToken(sealOf(child).sealed)).toStrictEqual(child);
    expect(openedToken(sealOf(replacement).sealed)).toStrictEqual(replacement);
  });

  test("does not take along when another instance confirmed it", () => {
    const confirmed = { wall: clock.wall(), monotonic: clock.monotonic() };
    const { sealed } = sealOf({ ...instance.newToken("seen"), confirmed });
    expect(openedToken(sealed)).not.toHaveProperty("confirmed");
  });

  test("has its age by the wall clock and by the monotonic clock of the instance that reads it", async () => {
    const token = instance.newToken("aged");
    await clock.advance(7_000);
    const { sealed } = sealOf(token);
    await clock.advance(11_000);
    const reader = instances.start(90_000);
    expect(openedToken(sealed, reader).born).toEqual({
      wall: reader.clock.wall() - 18_000,
      monotonic: reader.clock.monotonic() - 18_000,
    });
  });

  test("is as old as the clock that counted more says, where the instance was frozen before it was stored", () => {
    const token = instance.newToken("frozen");
    clock.freeze(600_000);
    expect(instance.lifeLeft(openedToken(sealOf(token).sealed))).toBe(3_000);
  });

  test("is new, and not younger than that, for a reader whose table clock is behind", () => {
    const { sealed } = sealOf(instance.newToken("future"));
    const behind = { clock: instance.clock, table: { now: () => clock.wall() - 5_000 } };
    const stored = unsealStored(sealed, ITEM, KEY, behind);
    expect(stored).toMatchObject({
      token: { born: { wall: clock.wall(), monotonic: clock.monotonic() }, lifetime: 3_600 },
    });
  });

  test("may be deleted from the second of its expiry on, rounded up", async () => {
    const token = instance.newToken("short", 1_000);
    await clock.advance(250_000);
    expect(sealOf(token).deleteAfter).toBe(SECONDS + 1_000);
    const later = instance.newToken("later", 1_000);
    expect(sealOf(later).deleteAfter).toBe(SECONDS + 1_250);
    await clock.advance(1);
    expect(sealOf(instance.newToken("half", 1_000)).deleteAfter).toBe(SECONDS + 1_251);
  });

  test("does not open under the key of another item", () => {
    const { sealed } = sealOf(instance.newToken("moved"));
    expect(unsealStored(sealed, "token#other", KEY, clocksOf(instance))).toBeUndefined();
  });
});

describe("a refusal of Box that goes through the table", () => {
  const sealFailure = (failure: Failure) =>
    sealRefusal(failure, "version-of-the-app", ITEM, KEY, clocksOf(instance));

  function openedRefusal(sealed: ReturnType<typeof sealRefusal>["sealed"]) {
    const stored = open(sealed);
    if (stored === undefined || !("failure" in stored)) throw new Error("The record holds no refusal.");
    const { failure, secretVersion } = stored;
    const { code, message, retryAfter, boxRequestId } = failure;
    return { ...{ code, message, retryAfter, boxRequestId }, secretVersion };
  }

  test("keeps its code, its text, Box's id of the request and the version of the app's secret", () => {
    const failure = new Failure("box_subject_refused", "no such user", { boxRequestId: "box-1" });
    expect(openedRefusal(sealFailure(failure).sealed)).toEqual({
      code: "box_subject_refused",
      message: "no such user (remembered)",
      retryAfter: undefined,
      boxRequestId: "box-1",
      secretVersion: "version-of-the-app",
    });
  });

  test("is over after 30 seconds if it is final, and may then be deleted", async () => {
    const { sealed, deleteAfter } = sealFailure(new Failure("box_subject_refused", "no such user"));
    expect(deleteAfter).toBe(SECONDS + 30);
    await clock.advance(29_999);
    expect(openedRefusal(sealed).code).toBe("box_subject_refused");
    await clock.advance(1);
    expect(open(sealed)).toBeUndefined();
  });

  test("reports the seconds that are left of the pause that Box requested, rounded up", async () => {
    await clock.advance(1);
    const { sealed, deleteAfter } = sealFailure(new Failure("box_rate_limited", "429", { retryAfter: 40 }));
    expect(deleteAfter).toBe(SECONDS + 41);
    expect(openedRefusal(sealed).retryAfter).toBe(40);
    await clock.advance(10_500);
    expect(openedRefusal(sealed).retryAfter).toBe(30);
    await clock.advance(29_499);
    expect(openedRefusal(sealed).retryAfter).toBe(1);
    await clock.advance(1);
    expect(open(sealed)).toBeUndefined();
  });

  test("holds for 300 seconds at most, however long the pause that Box requested", async () => {
    const { sealed } = sealFailure(new Failure("box_rate_limited", "429", { retryAfter: 86_400 }));
    await clock.advance(299_999);
    expect(openedRefusal(sealed).code).toBe("box_rate_limited");
    await clock.advance(1);
    expect(open(sealed)).toBeUndefined();
  });
});
