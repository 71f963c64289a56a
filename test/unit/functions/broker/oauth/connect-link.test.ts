import { expect, test } from "vitest";
import { DAY_MS } from "../../../../../functions/broker/oauth/connection.ts";
import { readInvitation } from "../../../../../functions/broker/oauth/invitation.ts";
import type { ServiceKey } from "../../../../../functions/broker/shared-cache/service-keys.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ConnectionsFleet } from "../../../../support/connections-fleet.ts";
import { CREDENTIALS } from "../../../../support/oauth-fleet.ts";

test("a connect link has an invitation that the authorize function reads, until it expires", async () => {
  const fleet = new ConnectionsFleet();
  const instance = fleet.start();
  const request = { app: "crm", userId: "17", returnTo: "https://example.com/done", validDays: 3 };
  const link = await instance.link(request);
  if (!link.ok) throw new Error("No link was made.");
  const url = new URL(link.value.url);
  expect(`${url.origin}${url.pathname}`).toBe("https://connect.example.com/connect");
  expect(link.value.expiresAt).toBe("2026-06-04T12:00:00.000Z");
  const text = url.searchParams.get("invitation") ?? "";
  const key: ServiceKey = await instance.keys.current(instance.context());
  const read = (now: number) => readInvitation(text, (id) => (id === key.id ? key : undefined), now);
  const { validDays: _, ...invitation } = request;
  const now = fleet.shared.table.now();
  expect(read(now)).toMatchObject({ ok: true, value: invitation });
  expect(read(now + 3 * DAY_MS)).toEqual({ ok: false, error: "expired" });
});

test("no connect link is made for an app with another grant, or while its secret cannot be read", async () => {
  const fleet = new ConnectionsFleet();
  fleet.apps.set("crm", { ...CREDENTIALS, grant: "client_credentials" });
  const request = { app: "crm", validDays: 7 };
  expect(await fleet.start().link(request)).toEqual({ ok: false, error: "client_credentials" });
  fleet.apps.set("crm", CREDENTIALS);
  fleet.shared.secret.failure = new Failure("secret_forbidden", "denied");
  await expect(fleet.start().link(request)).rejects.toMatchObject({ code: "shared_cache_misconfigured" });
});
