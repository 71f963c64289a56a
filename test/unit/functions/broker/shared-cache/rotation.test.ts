import { beforeEach, describe, expect, test } from "vitest";
import type { HeldToken } from "../../../../../functions/broker/held-token.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { EVERYTHING } from "../../../../support/fake-ports.ts";
import { Fleet } from "../../../../support/fleet.ts";
import type { Instance } from "../../../../support/instances.ts";
import { ISSUED, Obtaining } from "./obtaining.ts";

describe("an instance that has read the service secret just before its rotation", () => {
  let fleet: Obtaining;
  let early: Instance;
  /** A token that another instance seals with the new version. */
  let token: HeldToken;
  beforeEach(async () => {
    fleet = new Obtaining();
    early = fleet.instances.start();
    await early.tokens.find("0".repeat(64), early.context());
    await fleet.name({}, early);
    fleet.instances.secret.rotate();
    token = await fleet.clock.finish(fleet.begin({ serves: () => false }));
  });
  const find = () => early.tokens.find(token.sha256, early.context());

  test("does not report a token as unknown whose description it cannot open yet", async () => {
    const finding = find();
    await expect(finding).rejects.toBeInstanceOf(TableFailure);
    await expect(finding).rejects.toMatchObject({
      message: "the service secret's version is not known yet",
      isTemporary: true,
    });
  });

  test("finds the token ten seconds after its last read of the secret", async () => {
    await fleet.clock.advance(10_000);
    expect(await find()).toEqual(ISSUED);
  });

  test("evicts a token that it cannot open, because it may be the one", async () => {
    expect(await early.tokens.evict(ISSUED.cacheKey, token.sha256, early.context())).toBe(true);
    expect(fleet.item).not.toHaveProperty("sealed");
  });
});

test("a revocation reports no success before the instance can open the token's description", async () => {
  const fleet = new Fleet({ ...EVERYTHING, revoke: true });
  const early = fleet.start();
  await early.token();
  fleet.shared.secret.rotate();
  const token = await fleet.start().token({ scope: "item_download" });
  expect(await early.revoke(token)).toMatchObject({
    problem: { code: "shared_cache_unavailable", retryable: true },
  });
  expect(fleet.box.revoked).toEqual([]);
  await fleet.clock.advance(10_000);
  expect(await early.revoke(token)).toEqual({ revoked: true });
  expect(fleet.box.revoked).toEqual([token]);
});
