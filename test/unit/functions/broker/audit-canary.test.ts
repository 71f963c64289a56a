import { generateKeyPairSync, hash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AuditEvent } from "../../../../functions/broker/audit-event.ts";
import { now } from "../../../../functions/broker/clock.ts";
import { heldToken } from "../../../../functions/broker/held-token.ts";
import { loggableName } from "../../../../functions/broker/loggable.ts";
import { storedPair } from "../../../../functions/broker/oauth/connection.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { BOX_SCOPES } from "../../../../schemas/protocol/scopes.ts";
import { ConnectionsFleet } from "../../../support/connections-fleet.ts";
import { CALLER, credentialsOf, EVERYTHING } from "../../../support/fake-ports.ts";
import { Fleet } from "../../../support/fleet.ts";
import { CREDENTIALS } from "../../../support/oauth-fleet.ts";

/** Secrets in the forms that Box and Node give them. */
function canaries() {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" },
  });
  const alphanumeric = () => randomBytes(48).toString("base64").replaceAll(/[+/=]/g, "").slice(0, 32);
  return {
    fullToken: alphanumeric(),
    narrowToken: `1!${randomBytes(60).toString("base64url")}.${randomBytes(20).toString("base64url")}`,
    clientSecret: alphanumeric(),
    passphrase: randomBytes(16).toString("hex"),
    assertion: `eyJhbGciOiJSUzUxMiJ9.${randomBytes(90).toString("base64url")}.${randomBytes(90).toString("base64url")}`,
    privateKey,
  };
}

/** A key is recognised by each of its lines; everything else by any run of 24 characters. */
function piecesOf(secret: string): readonly string[] {
  const lines = secret.split("\n").filter((line) => line.length >= 24 && !line.startsWith("-----"));
  return lines.flatMap((line) =>
    Array.from({ length: line.length - 23 }, (_, at) => line.slice(at, at + 24)),
  );
}

/** The properties of the events that have a part of a secret. */
function leaks(events: readonly AuditEvent[], secrets: readonly string[]): readonly string[] {
  const pieces = secrets.flatMap(piecesOf);
  const leaksIn = (value: unknown) => {
    const text = JSON.stringify(value);
    return pieces.some((piece) => text.includes(piece));
  };
  return events.filter(leaksIn).flatMap((event) =>
    Object.entries(event)
      .filter(([, value]) => leaksIn(value))
      .map(([name]) => `${event.action} ${event.outcome}: ${name}`),
  );
}

/** A fleet whose Box, credentials and callers have these secrets. */
function fleetWith({ fullToken, narrowToken, clientSecret, assertion }: ReturnType<typeof canaries>) {
  const fleet = new Fleet({ ...EVERYTHING, revoke: true });
  fleet.credentials.current = credentialsOf({
    clientSecret,
    signer: { publicKeyID: "abcd1234", sign: async () => assertion },
  });
  fleet.box.rule = ({ kind }) => ({ access_token: kind === "exchange" ? narrowToken : fullToken });
  return fleet;
}

describe("no property of an audit line has a token, a key or a secret", () => {
  test("where a token is issued, served from each cache, replaced and revoked", async () => {
    const secrets = canaries();
    const fleet = fleetWith(secrets);
    const [one, other] = [fleet.start(), fleet.start()];
    for (const members of [{}, { scope: "item_download" }]) {
      const token = await one.token(members);
      await one.token(members);
      await other.token(members);
      await other.request({ ...members, rejected_token_sha256: hash("sha256", token, "hex") });
      await other.revoke(token);
    }
    const { events } = fleet.audit;
    expect(new Set(events.map(({ cache }) => cache))).toEqual(new Set(["miss", "hit", "shared", null]));
    expect(events.map(({ effect }) => effect)).toContain("ended_at_box");
    expect(leaks(events, Object.values(secrets))).toEqual([]);
  });

  test.each(["app", "scope", "resource", "box_subject_id", "min_ttl", "grant_type", "rejected_token_sha256"])(
    "where a caller sends a secret as %s",
    async (name) => {
      const secrets = canaries();
      const fleet = fleetWith(secrets);
      const instance = fleet.start();
      for (const secret of Object.values(secrets)) {
        for (const value of [secret, secret.slice(0, 64), `item_download ${secret}`, `-${secret}`]) {
          await instance.request({ box_subject_type: "user", box_subject_id: "12", [name]: value });
          await instance.request({ [name]: value }, { alias: "nobody" });
        }
        await instance.request({ [secret]: "x" });
      }
      expect(fleet.audit.events.length).toBe(Object.keys(secrets).length * 9);
      expect(leaks(fleet.audit.events, Object.values(secrets))).toEqual([]);
    },
  );

  test("where a caller wants to end something that is no token of the service", async () => {
    const secrets = canaries();
    const fleet = fleetWith(secrets);
    for (const secret of Object.values(secrets)) await fleet.start().revoke(secret.replaceAll("\n", ""));
    expect(fleet.audit.events.map(({ effect }) => effect)).toContain("unknown_token");
    expect(leaks(fleet.audit.events, Object.values(secrets))).toEqual([]);
  });

  test("where a user is disconnected, cannot be, or is by force", async () => {
    const { fullToken, narrowToken, clientSecret } = canaries();
    const fleet = new ConnectionsFleet();
    fleet.apps.set("crm", { ...CREDENTIALS, clientSecret });
    const { store, context, ports } = fleet.start();
    const token = { access_token: fullToken, expires_in: 3_600, restricted_to: [] };
    const pair = { access: heldToken(token, now(fleet.clock)), refreshToken: narrowToken };
    const user = { app: "crm", clientID: "client-1", userId: "17", login: "ann@example.com", connectedAt: 0 };
    for (const failure of [undefined, "box_unavailable", "box_client_refused"] as const) {
      await store.connect({ ...user, pair: storedPair(pair, ports) }, context());
      if (failure !== undefined) fleet.revocations.push(new Failure(failure, "Box refused it"));
      await fleet.start().disconnect({ ...user, force: true });
    }
    const { events } = fleet.audit;
    expect(events.map(({ outcome }) => outcome)).toEqual(["disconnected", "failed", "disconnected"]);
    expect(new Set(events.map(({ token_sha256 }) => token_sha256))).toEqual(
      new Set([hash("sha256", fullToken, "hex")]),
    );
    expect(leaks(events, [fullToken, narrowToken, clientSecret])).toEqual([]);
  });

  test("where a defect throws an error that quotes it", async () => {
    const secrets = canaries();
    const fleet = fleetWith(secrets);
    fleet.box.rule = () => {
      throw new TypeError(Object.values(secrets).join("\n    at "));
    };
    await fleet.start().request({}, CALLER);
    expect(fleet.audit.last).toMatchObject({ outcome: "failed", code: "internal_error" });
    expect(leaks(fleet.audit.events, Object.values(secrets))).toEqual([]);
  });

  test("and this check finds one that has", () => {
    const { fullToken, privateKey } = canaries();
    const event = { action: "issue", outcome: "issued", reason: `Box: ${fullToken}` } as AuditEvent;
    expect(leaks([event], [fullToken])).toEqual(["issue issued: reason"]);
    expect(leaks([{ ...event, app: privateKey.split("\n")[2] ?? "" }], [privateKey])).toEqual([
      "issue issued: app",
    ]);
  });
});

describe("a name that a caller wrote", () => {
  test.each([
    ...BOX_SCOPES,
    "reports",
    "item_downlod",
    "reports-nightly-synchronisation-production",
    "a".repeat(23),
  ])("is logged as it is: %s", (name) => expect(loggableName(name)).toBe(name));

  test.each([
    "a".repeat(24),
    "0123456789abcdef01234567",
    `x:${"A1".repeat(16)}`,
    "manage_groups.AbCdEfGhIjKlMnOpQrStU",
  ])("is replaced where it could be a secret: %s", (name) => expect(loggableName(name)).toBe("[...]"));
});
