import { randomUUID } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { tokenIssuer } from "../../../../../functions/broker/issue-token.ts";
import { SharedTokens } from "../../../../../functions/broker/shared-cache/shared-tokens.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { tokenObtainer } from "../../../../../functions/lambda/token-wiring.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { parseTokenRequest } from "../../../../../schemas/protocol/token-request.ts";
import { ConnectionsFleet } from "../../../../support/connections-fleet.ts";
import {
  CALLER,
  EVERYTHING,
  issued,
  notIssued,
  policyOf,
  ScriptedBox,
  ScriptedCredentials,
} from "../../../../support/fake-ports.ts";
import { CREDENTIALS } from "../../../../support/oauth-fleet.ts";

const USER = { app: "crm", box_subject_type: "user", box_subject_id: "17" };
const MIN_TTL = 300;

/** A user whose access token has so many seconds left, and an environment of the token functions. */
async function scene(secondsLeft: number) {
  const fleet = new ConnectionsFleet();
  await fleet.connect("17");
  fleet.clock.freeze((3_600 - secondsLeft) * 1_000);
  const { clock, audit, shared: instances } = fleet;
  const { keys, tokens: connected, context } = fleet.start();
  const box = new ScriptedBox(clock);
  const credentials = new ScriptedCredentials();
  credentials.current = CREDENTIALS;
  const random = { jti: () => randomUUID(), fraction: () => 0.5 };
  const shared = new SharedTokens({ table: instances.table, keys, clock, random });
  const obtainToken = tokenObtainer({ box, credentials, clock, random, shared, connected });
  const policy = policyOf({ ...EVERYTHING, app: "crm" });
  const issue = tokenIssuer({ apps: ["crm"], policy, credentials, clock, audit, obtainToken });
  const begin = (parameters: object) =>
    issue(
      { caller: CALLER, request: parseTokenRequest({ ...USER, min_ttl: MIN_TTL, ...parameters }) },
      context(30_000),
    );
  const outcomeOf = (parameters: object) => clock.finish(begin(parameters));
  const request = async (parameters: object = {}) => issued(await outcomeOf(parameters));
  return { fleet, box, clock, request, outcomeOf };
}

describe("a token of a connected user", () => {
  test("that is downscoped lives for min_ttl, however long its exchange takes", async () => {
    const { fleet, box, request } = await scene(MIN_TTL + 2);
    box.respondWith(new Failure("box_unavailable", "Box responded with 500"));
    box.latency = 1_500;
    const { expires_in } = await request({ scope: "item_download" });
    expect(expires_in).toBeGreaterThanOrEqual(MIN_TTL);
    expect(fleet.box.refreshes).toHaveLength(1);
    expect(box.kinds).toEqual(["exchange", "exchange"]);
  });

  test("that is downscoped is exchanged without a refresh while its parent lives a minute longer", async () => {
    const { fleet, request } = await scene(MIN_TTL + 61);
    expect((await request({ scope: "item_download" })).expires_in).toBeGreaterThanOrEqual(MIN_TTL);
    expect(fleet.box.refreshes).toEqual([]);
  });

  test.each(["box_token_refused", "box_scope_refused"] as const)(
    "that is downscoped costs one refresh in five minutes where Box refuses each exchange (%s)",
    async (code) => {
      const { fleet, box, clock, outcomeOf } = await scene(3_000);
      box.rule = () => new Failure(code, "Box responded with 401", { suspectsToken: true });
      for (const scope of ["item_download", "item_upload", "item_share", "item_delete"]) {
        expect(notIssued(await outcomeOf({ scope })).problem.code).toBe(code);
        await clock.advance(60_000);
      }
      expect(fleet.box.refreshes).toHaveLength(1);
      await clock.advance(120_000);
      await outcomeOf({ scope: "item_download" });
      expect(fleet.box.refreshes).toHaveLength(2);
    },
  );

  test("that is wider than requested is not ended at Box, which may end the user's connection", async () => {
    const { box, request } = await scene(3_600);
    box.respondWith({ restricted_to: [{ scope: "root_readwrite" }] });
    await expect(request({ scope: "item_download" })).rejects.toThrow("box_unexpected_answer");
    expect(box.revoked).toEqual([]);
  });

  test("that is full is refreshed where it falls below min_ttl while the table is slow", async () => {
    const { fleet, clock, request } = await scene(MIN_TTL + 1);
    vi.spyOn(fleet.shared.table, "replace").mockImplementationOnce(async () => {
      await clock.sleep(2_500);
      throw new TableFailure("DynamoDB: TimeoutError", true);
    });
    const { access_token, expires_in } = await request();
    expect(access_token).toBe("access-2");
    expect(expires_in).toBeGreaterThanOrEqual(MIN_TTL);
    expect(fleet.box.refreshes).toHaveLength(1);
  });

  test("that Box issues for less than min_ttl is refused after one refresh", async () => {
    const { fleet, request } = await scene(0);
    fleet.box.lifetime = MIN_TTL - 1;
    await expect(request()).rejects.toThrow("box_unexpected_answer");
    expect(fleet.box.refreshes).toHaveLength(1);
  });
});
