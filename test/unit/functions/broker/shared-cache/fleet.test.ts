import { describe, expect, test } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { CALLER, EVERYTHING, issued, policyOf } from "../../../../support/fake-ports.ts";
import { Fleet } from "../../../../support/fleet.ts";

const OTHER = { iam: "arn:aws:iam::123456789012:role/other" } as const;
const FOR_OTHER = { ...EVERYTHING, id: "for-other", caller: OTHER };

describe("a fleet with a shared cache", () => {
  test("sends Box one request for a full token, however many instances start at once", async () => {
    const fleet = new Fleet();
    const requests = Array.from({ length: 40 }, () => fleet.start().begin());
    const outcomes = await fleet.clock.finish(Promise.all(requests));
    expect(fleet.box.kinds).toEqual(["jwt"]);
    expect(new Set(outcomes.map((outcome) => issued(outcome).access_token)).size).toBe(1);
  });

  test("sends Box two requests for a downscoped token: the grant and the exchange", async () => {
    const fleet = new Fleet();
    const requests = Array.from({ length: 40 }, () => fleet.start().begin({ scope: "item_download" }));
    await fleet.clock.finish(Promise.all(requests));
    expect(fleet.box.kinds).toEqual(["jwt", "exchange"]);
  });

  test("notes in the audit line where the token came from", async () => {
    const fleet = new Fleet();
    const instance = fleet.start();
    await fleet.start().token();
    await instance.token();
    await instance.token();
    expect(fleet.audit.events.map(({ cache }) => cache)).toEqual(["miss", "shared", "hit"]);
  });

  test("mints for a request that joins one whose token of the table does not live long enough for it", async () => {
    const fleet = new Fleet();
    const first = await fleet.start().token();
    await fleet.clock.advance(2_601_000);
    const instance = fleet.start();
    const requests = ["0", "1500"].map((min_ttl) => instance.begin({ min_ttl }));
    const tokens = await fleet.clock.finish(Promise.all(requests));
    const [short, long] = tokens.map((outcome) => issued(outcome));
    expect(short?.access_token).toBe(first);
    expect(long?.expires_in).toBeGreaterThanOrEqual(1_500);
    expect(fleet.box.kinds).toEqual(["jwt", "jwt"]);
  });

  test("replaces a refused token for a request that joins one for which the table still has it", async () => {
    const fleet = new Fleet();
    const refused = await fleet.start().token();
    const rejected_token_sha256 = fleet.audit.last?.token_sha256;
    await fleet.clock.advance(60_000);
    const instance = fleet.start();
    const requests = [{}, { rejected_token_sha256 }].map((members) => instance.begin(members));
    const outcomes = await fleet.clock.finish(Promise.all(requests));
    const [first, second] = outcomes.map((outcome) => issued(outcome).access_token);
    expect(first).toBe(refused);
    expect(second).not.toBe(refused);
  });

  test("serves a token from an instance's memory without a call to the table", async () => {
    const fleet = new Fleet();
    const instance = fleet.start();
    await instance.token();
    fleet.shared.table.calls.length = 0;
    for (let round = 0; round < 50; round++) await instance.token();
    expect(fleet.shared.table.calls).toEqual([]);
  });

  test("reads once a minute whether the table still has the token", async () => {
    const fleet = new Fleet();
    const instance = fleet.start();
    await instance.token();
    fleet.shared.table.calls.length = 0;
    for (let second = 0; second < 300; second += 10) {
      await fleet.clock.advance(10_000);
      await instance.token();
    }
    expect(fleet.shared.table.calls).toEqual(Array(5).fill("read"));
  });

  test("renews a popular token before anybody has to wait for it", async () => {
    const fleet = new Fleet();
    const fleetOfTen = Array.from({ length: 10 }, () => fleet.start());
    for (let minute = 0; minute < 120; minute++) {
      await Promise.all(fleetOfTen.map((instance) => instance.token()));
      await fleet.clock.advance(60_000);
    }
    expect(fleet.box.calls.length).toBeLessThanOrEqual(3);
    const waited = fleet.audit.events.filter(({ cache }) => cache === "miss");
    expect(waited.length).toBeLessThanOrEqual(3);
    expect(fleet.audit.events.every(({ expires_in }) => (expires_in ?? 0) >= 300)).toBe(true);
  });

  test("serves a token that is due for renewal while Box refuses to renew it", async () => {
    const fleet = new Fleet();
    const instance = fleet.start();
    const token = await instance.token();
    await fleet.clock.advance(3_200_000);
    fleet.box.rule = () => new Failure("box_app_not_authorized", "the admin has disabled the app");
    for (let round = 0; round < 3; round++) expect(await instance.token()).toBe(token);
    expect(await fleet.start().token()).toBe(token);
    expect(fleet.box.calls.length).toBeLessThanOrEqual(2);
  });

  test("sends Box once what Box refuses for good, until the refusal is forgotten", async () => {
    const fleet = new Fleet();
    fleet.box.rule = () => new Failure("box_subject_refused", "there is no such user");
    const requests = Array.from({ length: 30 }, () => fleet.start().begin());
    const outcomes = await fleet.clock.finish(Promise.all(requests));
    expect(fleet.box.calls).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => !outcome.issued && outcome.problem.code))).toEqual(
      new Set(["box_subject_refused"]),
    );
    await fleet.clock.advance(31_000);
    fleet.box.rule = undefined;
    await fleet.start().token();
    expect(fleet.box.calls).toHaveLength(2);
  });

  test("lets all instances know when Box wants them to wait", async () => {
    const fleet = new Fleet();
    fleet.box.rule = () => new Failure("box_rate_limited", "429", { retryAfter: 40 });
    await fleet.start().request();
    const { length } = fleet.box.calls;
    await fleet.clock.advance(10_000);
    const outcome = await fleet.start().request();
    expect(fleet.box.calls).toHaveLength(length);
    expect(outcome).toMatchObject({ problem: { code: "box_rate_limited", retry_after: 30 } });
  });

  test("sends Box again what it refused with another version of the app's secret", async () => {
    const fleet = new Fleet();
    fleet.box.rule = ({ credentials }) =>
      credentials?.versionId === "v1" ? new Failure("box_subject_refused", "no such user") : undefined;
    await fleet.start().request();
    fleet.credentials.current = { ...fleet.credentials.current, versionId: "v2" };
    await fleet.start().token();
  });

  test("does not have its instances wait in a queue for a Box that is away", async () => {
    const fleet = new Fleet();
    fleet.box.rule = () => new Failure("box_unavailable", "Box is away");
    const before = fleet.clock.monotonic();
    const alone = await fleet.start().request();
    const took = fleet.clock.monotonic() - before;
    expect(alone).toMatchObject({ problem: { code: "box_unavailable" } });
    const all = Promise.all(Array.from({ length: 30 }, () => fleet.start().begin()));
    await fleet.clock.finish(all);
    expect(fleet.clock.monotonic() - before - took).toBeLessThan(3 * took);
  });

  test("does not serve a token that a caller reports as refused, in any instance", async () => {
    const fleet = new Fleet();
    const first = fleet.start();
    await first.token();
    const sha256 = fleet.audit.last?.token_sha256;
    await fleet.clock.advance(60_000);
    const replacement = await fleet.start().token({ rejected_token_sha256: sha256 });
    expect(await fleet.start().token()).toBe(replacement);
    await fleet.clock.advance(60_000);
    expect(await first.token()).toBe(replacement);
    expect(fleet.box.kinds).toEqual(["jwt", "jwt"]);
  });

  test("mints once for a hundred reports of the same refused token", async () => {
    const fleet = new Fleet();
    await fleet.start().token();
    const sha256 = fleet.audit.last?.token_sha256;
    await fleet.clock.advance(60_000);
    const reports = Array.from({ length: 100 }, () => fleet.start().begin({ rejected_token_sha256: sha256 }));
    await fleet.clock.finish(Promise.all(reports));
    expect(fleet.box.kinds).toEqual(["jwt", "jwt"]);
  });

  test("ends the service of wider tokens with the policy that allowed them", async () => {
    const fleet = new Fleet();
    const wide = await fleet.start().token();
    fleet.policy = policyOf({ ...EVERYTHING, id: "narrow" });
    expect(await fleet.start().token()).not.toBe(wide);
  });

  test("gives an isolated token to its caller alone, and to it in every instance", async () => {
    const fleet = new Fleet({ ...EVERYTHING, isolate: true }, FOR_OTHER);
    const own = await fleet.start().token();
    expect(await fleet.start().token({}, OTHER)).not.toBe(own);
    expect(await fleet.start().token({}, CALLER)).toBe(own);
    expect(fleet.audit.events.map(({ isolated }) => isolated)).toEqual([true, false, true]);
  });

  test("issues tokens from each instance's memory while the table is away", async () => {
    const fleet = new Fleet();
    fleet.shared.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
    const instance = fleet.start();
    for (let round = 0; round < 5; round++) await instance.token();
    expect(fleet.box.kinds).toEqual(["jwt"]);
  });

  test("has no token in the clear in its table", async () => {
    const fleet = new Fleet();
    const token = await fleet.start().token({ scope: "item_download" });
    const items = [...fleet.shared.table.items].map(([key, { sealed, ...item }]) => ({
      text: JSON.stringify([key, item]),
      bytes: Buffer.from(sealed?.bytes ?? []),
    }));
    expect(items.length).toBeGreaterThan(2);
    for (const { text, bytes } of items) {
      expect(text).not.toContain(token);
      expect(bytes.includes(token)).toBe(false);
      expect(bytes.includes("item_download")).toBe(false);
    }
  });
});
