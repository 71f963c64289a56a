import { beforeEach, describe, expect, test } from "vitest";
import type { HeldToken } from "../../../../../functions/broker/held-token.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { EVERYTHING } from "../../../../support/fake-ports.ts";
import { Fleet } from "../../../../support/fleet.ts";
import type { Instance } from "../../../../support/instances.ts";
import { DESCRIPTION, ISSUED, Obtaining } from "./obtaining.ts";

describe("an instance that has read the service secret just before its rotation", () => {
  let fleet: Obtaining;
  let early: Instance;
  /** A token that another instance seals with the new version. */
  let token: HeldToken;
  beforeEach(async () => {
    fleet = new Obtaining();
    early = fleet.instances.start();
    await early.tokens.register.find("0".repeat(64), early.context());
    await fleet.name({}, early);
    fleet.instances.secret.rotate();
    token = await fleet.clock.finish(fleet.begin({ serves: () => false }));
  });
  const find = () => early.tokens.register.find(token.sha256, early.context());

  test("finds a token whose description it cannot open yet, because it reads the secret again", async () => {
    expect(await find()).toEqual(DESCRIPTION);
  });

  test("does not report a token as unknown whose version of the secret it cannot read yet", async () => {
    fleet.instances.secret.isBehind = true;
    const finding = find();
    await expect(finding).rejects.toBeInstanceOf(TableFailure);
    await expect(finding).rejects.toMatchObject({
      message: expect.stringMatching(/^version [0-9a-f-]{36} of the service secret is not known yet$/),
      isTemporary: true,
    });
  });

  test("evicts a token that it cannot open, because it may be the one", async () => {
    expect(await early.tokens.evict(ISSUED.cacheKey, token.sha256, early.context())).toBe(true);
    expect(fleet.item).not.toHaveProperty("sealed");
  });
});

describe("after two rotations of the service secret, a revocation", () => {
  const NOT_POSSIBLE = { issued: false, denied: false, problem: { code: "revocation_not_possible" } };
  let fleet: Fleet;
  /** A token from before. */
  let token: string;
  beforeEach(async () => {
    fleet = new Fleet({ ...EVERYTHING, revoke: true });
    token = await fleet.start().token();
    fleet.shared.secret.rotate();
    fleet.shared.secret.rotate();
  });

  test("by an instance without the version of the token is refused for good, and ends nothing", async () => {
    await fleet.clock.advance(60_000);
    const instance = fleet.start();
    expect(await instance.revoke(token)).toMatchObject({
      ...NOT_POSSIBLE,
      problem: { code: "revocation_not_possible", retryable: false, error: "temporarily_unavailable" },
    });
    expect(fleet.audit.last).toMatchObject({
      ...{ outcome: "failed", code: "revocation_not_possible", effect: null, app: null },
      reason: expect.stringMatching(
        /^version [\da-f-]{36} of the service secret is neither current nor previous$/,
      ),
    });
    expect(fleet.box.revoked).toEqual([]);
    expect(await instance.revoke(token)).toMatchObject(NOT_POSSIBLE);
  });

  test("that is repeated costs no read of the service secret within ten seconds", async () => {
    await fleet.clock.advance(60_000);
    const instance = fleet.start();
    const before = fleet.shared.secret.reads;
    for (let round = 0; round < 3; round++) await instance.revoke(token);
    expect(fleet.shared.secret.reads - before).toBe(2);
  });

  test("is not refused for good while a version that the token was issued with may not be readable yet", async () => {
    await fleet.clock.advance(9_000);
    expect(await fleet.start().revoke(token)).toMatchObject({
      problem: { code: "shared_cache_unavailable", retryable: true },
    });
    await fleet.clock.advance(1_000);
    expect(await fleet.start().revoke(token)).toMatchObject(NOT_POSSIBLE);
  });

  test("is not refused for good while one of the versions cannot be read", async () => {
    await fleet.clock.advance(60_000);
    fleet.shared.secret.failure = new Failure("secret_unavailable", "Secrets Manager is away");
    expect(await fleet.start().revoke(token)).toMatchObject({
      problem: { code: "shared_cache_unavailable", retryable: true },
    });
  });

  test("succeeds in an instance that has used the version of the token before", async () => {
    const fleetOfOne = new Fleet({ ...EVERYTHING, revoke: true });
    const instance = fleetOfOne.start();
    const known = await instance.token();
    fleetOfOne.shared.secret.rotate();
    fleetOfOne.shared.secret.rotate();
    await fleetOfOne.clock.advance(60_000);
    expect(await instance.revoke(known)).toEqual({ revoked: true });
  });
});

test("a revocation reports no success before the instance can open the token's description", async () => {
  const fleet = new Fleet({ ...EVERYTHING, revoke: true });
  const early = fleet.start();
  await early.token();
  fleet.shared.secret.rotate();
  const token = await fleet.start().token({ scope: "item_download" });
  fleet.shared.secret.isBehind = true;
  expect(await early.revoke(token)).toMatchObject({
    problem: { code: "shared_cache_unavailable", retryable: true },
  });
  expect(fleet.box.revoked).toEqual([]);
  fleet.shared.secret.isBehind = false;
  expect(await early.revoke(token)).toEqual({ revoked: true });
  expect(fleet.box.revoked).toEqual([token]);
});
