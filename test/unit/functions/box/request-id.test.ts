import { describe, expect, it } from "vitest";
import { boxTokenEndpoint } from "../../../../functions/box/client.ts";
import { boxRequestIdOf } from "../../../../functions/box/request-id.ts";
import { readTokenResponse } from "../../../../functions/box/responses.ts";
import { whoAmI } from "../../../../functions/box/users.ts";
import { contextOf, credentialsOf } from "../../../support/fake-ports.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const ID = "0f3a-b_9".repeat(8);
const TOKEN = JSON.stringify({ access_token: "t", expires_in: 3600 });
const USER = JSON.stringify({ id: "1", name: "n", login: "l" });

describe("BOX-REQUEST-ID", () => {
  it.each(["a", ID, "1abcdef23"])("is accepted: %s", (id) => {
    expect(boxRequestIdOf({ headers: { "box-request-id": id } })).toEqual({ boxRequestId: id });
  });

  it.each(["", `${ID}x`, "a b", "a\u001b[2J", 'a","outcome":"issued', "a, b", "é", "<b>"])(
    "is dropped if it has another format: %j",
    (id) => expect(boxRequestIdOf({ headers: { "box-request-id": id } })).toEqual({}),
  );

  it("is absent if Box sends none", () => {
    expect(boxRequestIdOf({ headers: {} })).toEqual({});
  });

  it.each([
    [200, TOKEN],
    [200, "{}"],
    [400, `{"error":"invalid_grant"}`],
    [403, ""],
    [503, "<html>"],
  ])("is part of the result of a response with %i and %s", (status, body) => {
    const response = { status, headers: { "box-request-id": ID }, body };
    const read = () => {
      try {
        return readTokenResponse("grant", response);
      } catch (failure) {
        return failure;
      }
    };
    expect(read()).toMatchObject({ boxRequestId: ID });
  });

  it("is in each step of a request, and absent for a response without one", async () => {
    const { url } = await loopbackServer(({ path, response }, number) => {
      response.writeHead(200, number === 3 ? {} : { "BOX-REQUEST-ID": `id-${number}` });
      response.end(path?.startsWith("/2.0/") ? USER : TOKEN);
    });
    const clock = new VirtualClock();
    const context = contextOf(clock);
    const box = boxTokenEndpoint(url, clock, async () => {});
    const credentials = credentialsOf();
    await box.clientCredentialsGrant(credentials, { type: "user", id: "1" }, context);
    await box.exchange("t", { scopes: ["item_download"] }, context);
    await box.revoke(credentials, "t", context);
    await whoAmI(url, clock)("t", context);
    expect(context.trace.steps.map(({ step, boxRequestId }) => [step, boxRequestId])).toEqual([
      ["box.grant", "id-1"],
      ["box.exchange", "id-2"],
      ["box.revoke", undefined],
      ["box.users-me", "id-4"],
    ]);
  });
});
