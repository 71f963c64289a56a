import { describe, expect, it } from "vitest";
import { withRetry } from "../../../../functions/async/retry.ts";
import { acceptsToken, whoAmI } from "../../../../functions/box/users.ts";
import { contextOf, countingRandomness } from "../../../support/fake-ports.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const ANN = { id: "4711", name: "Ann", login: "ann@example.com" };

/** Box's `users/me`, whose responses have these statuses in turn, then the user. */
async function boxWith(...responses: readonly (readonly [number, Record<string, string>?])[]) {
  const clock = new VirtualClock();
  const server = await loopbackServer(({ response }, number) => {
    const [status, headers] = responses[number - 1] ?? [200];
    response.writeHead(status, headers).end(status === 200 ? JSON.stringify(ANN) : "");
  });
  const identify = whoAmI(server.url, clock);
  const repeated = withRetry({ clock, random: countingRandomness(0.5) }, identify);
  const patient = async () => {
    const user = repeated("token", contextOf(clock));
    const settled = user.then(
      () => true,
      () => true,
    );
    while ((await Promise.race([settled, new Promise((wake) => setTimeout(wake, 5))])) !== true) {
      if (clock.waiting > 0) await clock.advance(100);
    }
    return user;
  };
  return { clock, server, identify, patient };
}

describe("users/me", () => {
  it("is requested again after 400 ms where Box refuses a token that it has just granted", async () => {
    const { patient, server, clock } = await boxWith([401]);
    expect(await patient()).toEqual(ANN);
    expect(server.requests).toHaveLength(2);
    expect(clock.sleeps).toEqual([400]);
  });

  it("that refuses the token twice is a refusal of the token, and is temporary", async () => {
    const { patient, server } = await boxWith([401], [401]);
    await expect(patient()).rejects.toMatchObject({ code: "box_token_refused" });
    expect(server.requests).toHaveLength(2);
  });

  it.each([429, 503])("with %i is requested again after Box's Retry-After", async (status) => {
    const { patient, clock } = await boxWith([status, { "retry-after": "3" }]);
    expect(await patient()).toEqual(ANN);
    expect(clock.sleeps).toEqual([3_750]);
  });

  it.each([
    [200, true],
    [403, true],
    [401, false],
  ])("with %i: whether Box accepts the token is %s, by one request", async (status, accepted) => {
    const { identify, clock, server } = await boxWith([status]);
    expect(await acceptsToken(identify)("token", contextOf(clock))).toBe(accepted);
    expect(server.requests).toHaveLength(1);
  });
});
