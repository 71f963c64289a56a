import { describe, expect, test, vi } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import type { Statement } from "../../../../../schemas/policy/parse.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { CALLER, credentialsOf, EVERYTHING, SCRIPT_APP } from "../../../../support/fake-ports.ts";
import { Fleet } from "../../../../support/fleet.ts";

const OTHER = { iam: "arn:aws:iam::123456789012:role/other" } as const;
const FOR_OTHER: Statement = { ...EVERYTHING, id: "for-other", caller: OTHER };
const READS_ONE_FOLDER: Statement = {
  id: "reads-one-folder",
  caller: OTHER,
  app: SCRIPT_APP,
  subjects: ["enterprise"],
  scopes: ["item_download"],
  resources: ["https://api.box.com/2.0/folders/1"],
};

describe("a shared token that a caller revokes", () => {
  test("is given to nobody any more, and lives on at Box for the others who have it", async () => {
    const fleet = new Fleet();
    const token = await fleet.start().token();
    expect(await fleet.start().revoke(token)).toEqual({ revoked: true });
    expect(fleet.box.revoked).toEqual([]);
    expect(await fleet.start().token()).not.toBe(token);
    expect(fleet.audit.events[1]).toMatchObject({
      ...{ action: "revoke", outcome: "revoked", effect: "evicted", statement: "everything" },
      ...{ app: SCRIPT_APP, subject: "enterprise:900001", isolated: false },
      token_sha256: fleet.audit.events[0]?.token_sha256,
    });
  });

  test("is dropped at once by the instance that revokes it, and by the others within a minute", async () => {
    const fleet = new Fleet();
    const [one, other] = [fleet.start(), fleet.start()];
    const token = await one.token();
    await other.token();
    await one.revoke(token);
    expect(await one.token()).not.toBe(token);
    await fleet.clock.advance(60_000);
    expect(await other.token()).not.toBe(token);
  });

  test("ends at Box for a caller whose statement says revoke", async () => {
    const fleet = new Fleet(EVERYTHING, { ...FOR_OTHER, revoke: true });
    const token = await fleet.start().token({}, CALLER);
    expect(await fleet.start().revoke(token, OTHER)).toEqual({ revoked: true });
    expect(fleet.box.revoked).toEqual([token]);
    expect(fleet.audit.last).toMatchObject({ effect: "ended_at_box", statement: "for-other" });
  });

  test("ends at Box with the version of the secret that Box accepts, during a rotation", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    const { current } = fleet.credentials;
    fleet.box.refusedVersions.add(current.versionId);
    fleet.credentials.others.push({ ...current, versionId: "previous", stage: "AWSPREVIOUS" });
    expect(await fleet.start().revoke(token)).toEqual({ revoked: true });
    expect(fleet.box.revoked).toEqual([token]);
    expect(fleet.audit.last).toMatchObject({ effect: "ended_at_box", secret_version: "previous" });
  });

  test("ends at Box with the version of the secret that has its client ID, after the app got another one", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    const { current } = fleet.credentials;
    fleet.credentials.current = credentialsOf({ clientID: "client-2", versionId: "v2" });
    fleet.credentials.others.push({ ...current, stage: "AWSPREVIOUS" });
    const revoked = vi.spyOn(fleet.box, "revoke");
    expect(await fleet.start().revoke(token)).toEqual({ revoked: true });
    expect(revoked.mock.calls.map(([{ clientID }]) => clientID)).toEqual(["client-1"]);
    expect(fleet.audit.last).toMatchObject({
      ...{ effect: "ended_at_box", client_id: "client-1", secret_version: "v1", secret_stage: "AWSPREVIOUS" },
    });
  });

  test("is evicted and reported as not ended where no version of the secret has its client ID", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    fleet.credentials.current = credentialsOf({ clientID: "client-2", versionId: "v2" });
    expect(await fleet.start().revoke(token)).toMatchObject({
      problem: { code: "revocation_not_possible", retryable: false },
    });
    expect(fleet.box.revoked).toEqual([]);
    expect(fleet.audit.last).toMatchObject({ outcome: "failed", effect: null, client_id: null });
    fleet.credentials.current = credentialsOf();
    expect(await fleet.start().token()).not.toBe(token);
  });

  test("can be revoked again", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    for (let round = 0; round < 3; round++) {
      expect(await fleet.start().revoke(token)).toEqual({ revoked: true });
    }
    expect(fleet.box.revoked).toEqual([token, token, token]);
  });
});

describe("an isolated token", () => {
  test("ends at Box when its caller revokes it", async () => {
    const fleet = new Fleet({ ...EVERYTHING, isolate: true });
    const token = await fleet.start().token();
    await fleet.start().revoke(token);
    expect(fleet.box.revoked).toEqual([token]);
    expect(fleet.audit.last).toMatchObject({ effect: "ended_at_box", isolated: true });
  });

  test("is not revoked for another caller, even one that the policy allows the same access", async () => {
    const fleet = new Fleet({ ...EVERYTHING, isolate: true }, FOR_OTHER);
    const token = await fleet.start().token();
    expect(await fleet.start().revoke(token, OTHER)).toMatchObject({
      problem: { code: "unauthorized_client" },
    });
    expect(fleet.box.revoked).toEqual([]);
    expect(await fleet.start().token()).toBe(token);
  });
});

describe("a caller with revoke", () => {
  const narrow: Statement = { ...READS_ONE_FOLDER, revoke: true };

  test.each([
    ["a full token", {}],
    ["a token without the resource of its statement", { scope: "item_download" }],
    ["a token for another folder", { scope: "item_download", resource: "https://api.box.com/2.0/folders/2" }],
    ["a token with another scope", { scope: "item_upload", resource: "https://api.box.com/2.0/folders/1" }],
    [
      "a token of another subject",
      {
        scope: "item_download",
        resource: "https://api.box.com/2.0/folders/1",
        box_subject_type: "user",
        box_subject_id: "17",
      },
    ],
  ])("cannot end %s", async (_, members) => {
    const fleet = new Fleet(EVERYTHING, narrow);
    const token = await fleet.start().token(members);
    expect(await fleet.start().revoke(token, OTHER)).toMatchObject({ issued: false, denied: true });
    expect(fleet.box.revoked).toEqual([]);
    expect(await fleet.start().token(members)).toBe(token);
  });

  test("ends a token that its statement covers", async () => {
    const fleet = new Fleet(EVERYTHING, narrow);
    const members = { scope: "item_download", resource: "https://api.box.com/2.0/folders/1" };
    const token = await fleet.start().token(members);
    await fleet.start().revoke(token, OTHER);
    expect(fleet.box.revoked).toEqual([token]);
  });
});

describe("a revocation", () => {
  test("of a token that nobody issued succeeds, and the audit line says so", async () => {
    const fleet = new Fleet();
    expect(await fleet.start().revoke("never-issued")).toEqual({ revoked: true });
    expect(fleet.audit.last).toMatchObject({ outcome: "revoked", effect: "unknown_token", app: null });
    expect(fleet.box.revoked).toEqual([]);
  });

  test("of a token that has expired succeeds", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    await fleet.clock.advance(3_700_000);
    expect(await fleet.start().revoke(token)).toEqual({ revoked: true });
    expect(fleet.audit.last).toMatchObject({ effect: "unknown_token" });
  });

  test("by a caller whom no statement names is refused", async () => {
    const fleet = new Fleet();
    const token = await fleet.start().token();
    expect(await fleet.start().revoke(token, OTHER)).toMatchObject({
      problem: { code: "unauthorized_client" },
    });
    expect(await fleet.start().token()).toBe(token);
  });

  test("has an audit line with the policy that decided and the credentials that were used", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    await fleet.start().revoke(token);
    const digest = fleet.policy.available ? fleet.policy.digest : "";
    expect(fleet.audit.last).toMatchObject({
      ...{ policy_digest: digest, client_id: "client-1", secret_version: "v1", code: null, reason: null },
    });
  });

  test("that is refused has the reason in its audit line", async () => {
    const fleet = new Fleet();
    const token = await fleet.start().token();
    await fleet.start().revoke(token, OTHER);
    expect(fleet.audit.last).toMatchObject({
      ...{ action: "revoke", outcome: "denied", code: "unauthorized_client", effect: null },
      reason: "no statement lets the caller end this token",
    });
  });

  test("by a caller whom nothing identifies is refused", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    const outcome = await fleet.start().revoke(token, { unidentified: "no alias was invoked" });
    expect(outcome).toMatchObject({ problem: { code: "unauthorized_client" } });
    expect(fleet.audit.last).toMatchObject({ caller: "unidentified", reason: "no alias was invoked" });
    expect(fleet.box.revoked).toEqual([]);
  });

  test("without a policy is refused", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    fleet.policy = { available: false, reason: "the policy is missing" };
    const outcome = await fleet.start().revoke(token);
    expect(outcome).toMatchObject({ problem: { code: "policy_unavailable" } });
    expect(fleet.audit.last?.reason).toBe("the policy is missing");
    expect(fleet.box.revoked).toEqual([]);
  });

  test("in a deployment without a table is refused, and the reason names the variable", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    fleet.hasTable = false;
    const instance = fleet.start();
    const outcome = await instance.revoke(await instance.token());
    expect(outcome).toMatchObject({ denied: false, problem: { code: "revocation_not_configured" } });
    expect(fleet.audit.last?.reason).toBe("BOX_STS_TABLE is not set");
  });

  test("without a token is refused with the parameter to add", async () => {
    const fleet = new Fleet();
    const outcome = await fleet.start().requestRevocation({ token_type_hint: "access_token" });
    expect(outcome).toMatchObject({
      problem: { code: "invalid_request", error_description: "token is required: the access token to end." },
    });
    expect(fleet.audit.last).toMatchObject({ code: "invalid_request", token_sha256: null });
  });

  test("while the table is away reports that the token may still be in use", async () => {
    const fleet = new Fleet();
    const token = await fleet.start().token();
    fleet.shared.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
    expect(await fleet.start().revoke(token)).toMatchObject({
      problem: { code: "shared_cache_unavailable", retryable: true },
    });
  });

  test("is the operator's to repair where the table may not be used", async () => {
    const fleet = new Fleet();
    const token = await fleet.start().token();
    fleet.shared.table.outage = new TableFailure("DynamoDB: AccessDeniedException", false);
    expect(await fleet.start().revoke(token)).toMatchObject({
      problem: { code: "shared_cache_misconfigured", retryable: false },
    });
  });

  test("that Box does not take is reported, and can be repeated", async () => {
    const fleet = new Fleet({ ...EVERYTHING, revoke: true });
    const token = await fleet.start().token();
    fleet.box.revocationFailure = new Failure("box_unavailable", "Box is away");
    expect(await fleet.start().revoke(token)).toMatchObject({ problem: { code: "box_unavailable" } });
    fleet.box.revocationFailure = undefined;
    expect(await fleet.start().revoke(token)).toEqual({ revoked: true });
    expect(fleet.audit.last).toMatchObject({ effect: "ended_at_box" });
  });

  test("whose audit line cannot be written is reported as failed", async () => {
    const fleet = new Fleet();
    const token = await fleet.start().token();
    fleet.audit.failure = new Error("no space");
    expect(await fleet.start().revoke(token)).toMatchObject({ problem: { code: "audit_unavailable" } });
  });
});
