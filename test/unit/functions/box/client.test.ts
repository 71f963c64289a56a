import { describe, expect, it } from "vitest";
import { boxPairs, boxTokenEndpoint, boxTokens } from "../../../../functions/box/client.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import type { Failure } from "../../../../schemas/protocol/problems.ts";
import { contextOf, countingRandomness, credentialsOf } from "../../../support/fake-ports.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { CREDENTIALS } from "../../../support/oauth-fleet.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const TOKEN = { access_token: "t", expires_in: 3600, restricted_to: [] };
const user = { type: "user", id: "1" } as const;

/** Box on loopback, whose clock is ahead of ours by the given milliseconds. */
async function boxWhoseClockIsAhead(by: () => number, status = () => 200) {
  const clock = new VirtualClock();
  const server = await loopbackServer(({ response }) => {
    response.writeHead(status(), { date: new Date(clock.wall() + by()).toUTCString() });
    response.end(status() === 200 ? JSON.stringify(TOKEN) : `{"error":"invalid_grant"}`);
  });
  const lines: Record<string, unknown>[] = [];
  const write = async (line: object) => {
    lines.push({ ...line });
  };
  const box = boxTokenEndpoint(server.url, clock, write);
  const grant = (context = contextOf(clock)) => box.clientCredentialsGrant(credentialsOf(), user, context);
  return { clock, server, box, grant, lines };
}

const HOUR = 3_600_000;
const DAY = 86_400_000;

describe("Box's clock", () => {
  it.each([HOUR, -HOUR, 3_000, -3_000, DAY - 10_000])("is learnt from a response, %i ms off", async (by) => {
    const { box, grant, lines } = await boxWhoseClockIsAhead(() => by);
    expect(box.clockOffset()).toBe(0);
    await grant();
    // Date has whole seconds; the client takes the middle of the second.
    expect(Math.abs(box.clockOffset() - by)).toBeLessThanOrEqual(500);
    expect(lines).toEqual([
      expect.objectContaining({
        level: "WARN",
        message: "Box's clock differs from ours; assertions follow Box's",
        skew_seconds: Math.round(box.clockOffset() / 1000),
      }),
    ]);
  });

  it("is compared when the headers arrive: a body that takes seconds is no difference", async () => {
    const clock = new VirtualClock();
    const server = await loopbackServer(({ response }) => {
      response.writeHead(200, { date: new Date(clock.wall()).toUTCString() });
      response.write(" ");
      setTimeout(async () => {
        await clock.advance(6_000);
        response.end(JSON.stringify(TOKEN));
      }, 200);
    });
    const lines: object[] = [];
    const box = boxTokenEndpoint(server.url, clock, async (line) => void lines.push(line));
    await box.clientCredentialsGrant(credentialsOf(), user, contextOf(clock));
    expect(box.clockOffset()).toBe(0);
    expect(lines).toEqual([]);
  });

  it("is learnt from a refusal as well", async () => {
    const { box, grant } = await boxWhoseClockIsAhead(
      () => HOUR,
      () => 400,
    );
    await expect(grant()).rejects.toMatchObject({ code: "box_refused" });
    expect(box.clockOffset()).toBe(HOUR + 500);
  });

  it.each([0, 1_000, -1_000, 1_400])("%i ms off is not logged", async (by) => {
    const { box, grant, lines } = await boxWhoseClockIsAhead(() => by);
    await grant();
    expect(box.clockOffset()).toBe(0);
    expect(lines).toEqual([]);
  });

  it.each([DAY + 2_000, -DAY - 2_000, 365 * DAY])("%i ms off is ignored", async (by) => {
    const { box, grant, lines } = await boxWhoseClockIsAhead(() => by);
    await grant();
    expect(box.clockOffset()).toBe(0);
    expect(lines).toEqual([]);
  });

  it("is forgotten when ours is right again, and logged when it changes, not at every response", async () => {
    let by = HOUR;
    const { box, grant, lines } = await boxWhoseClockIsAhead(() => by);
    for (let count = 0; count < 3; count++) await grant();
    expect(lines).toHaveLength(1);
    by = 0;
    await grant();
    expect(box.clockOffset()).toBe(0);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ skew_seconds: 0 });
  });

  it("is learnt again after ours is set wrong by an hour", async () => {
    let ahead = 0;
    const { clock, box, grant } = await boxWhoseClockIsAhead(() => ahead);
    await grant();
    clock.setWall(HOUR);
    ahead = -HOUR;
    await grant();
    expect(box.clockOffset()).toBe(-HOUR + 500);
  });

  it("is kept after a response whose Date is missing or invalid", async () => {
    const clock = new VirtualClock();
    const dates = ["", "yesterday", "0", undefined];
    const server = await loopbackServer(({ response }, number) => {
      response.sendDate = false;
      const date = dates[number - 1];
      response.writeHead(200, date === undefined ? {} : { date }).end(JSON.stringify(TOKEN));
    });
    const box = boxTokenEndpoint(server.url, clock, async () => {});
    for (const _ of dates) await box.exchange("t", { scopes: ["item_download"] }, contextOf(clock));
    expect(box.clockOffset()).toBe(0);
  });
});

describe("each call", () => {
  it("posts its own form to Box's token endpoint", async () => {
    const { clock, server, box } = await boxWhoseClockIsAhead(() => 0);
    await box.jwtGrant(credentialsOf(), "assertion-1", contextOf(clock));
    await box.clientCredentialsGrant(credentialsOf(), user, contextOf(clock));
    await box.exchange("token-1", { scopes: ["item_download"] }, contextOf(clock));
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(3).fill("POST /oauth2/token"),
    );
    expect(server.requests.map(({ body }) => new URLSearchParams(body).get("grant_type"))).toEqual([
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:token-exchange",
    ]);
    expect(server.requests[0]?.body).toContain("assertion=assertion-1");
    expect(server.requests[2]?.body).toContain("subject_token=token-1");
  });

  it("records its step in the request's trace, with the status or the reason why there is none", async () => {
    const { clock, box, grant } = await boxWhoseClockIsAhead(
      () => 0,
      () => 400,
    );
    const context = contextOf(clock);
    await grant(context).catch(() => {});
    await box.exchange("t", { scopes: ["x"] }, context).catch(() => {});
    const late: RequestContext = { ...context, deadline: clock.monotonic() };
    await expect(grant(late)).rejects.toMatchObject({ code: "deadline_exceeded" } satisfies Partial<Failure>);
    expect(context.trace.steps).toEqual([
      { step: "box.grant", ms: 0, status: 400 },
      { step: "box.exchange", ms: 0, status: 400 },
      { step: "box.grant", ms: 0, status: "deadline_exceeded" },
    ]);
  });
});

it("the life of a token begins when it is requested, however late the response arrives", async () => {
  const clock = new VirtualClock();
  const server = await loopbackServer(async ({ response }) => {
    await clock.advance(5_000);
    response.end(JSON.stringify({ ...TOKEN, refresh_token: "r" }));
  });
  const box = boxTokenEndpoint(server.url, clock, async () => {});
  const { grant, exchange } = boxTokens(box, { clock, random: countingRandomness() });
  const { exchangeCode, refresh } = boxPairs(box, clock);
  const credentials = credentialsOf();
  const authorization = { code: "c", codeVerifier: "v", redirectUri: "https://example.com/callback" };
  const context = contextOf(clock);
  const requests = [
    async () => {
      const granted = await grant({ credentials, subject: user }, context);
      return granted.ok ? granted.value : undefined;
    },
    () => exchange({ credentials, token: "t", restriction: { scopes: ["item_download"] } }, context),
    async () => (await exchangeCode({ credentials: CREDENTIALS, authorization }, context)).access,
    async () => (await refresh({ credentials: CREDENTIALS, refreshToken: "r" }, context)).access,
  ];
  for (const request of requests) {
    const requestedAt = clock.monotonic();
    expect((await request())?.born.monotonic).toBe(requestedAt);
    expect(clock.monotonic()).toBe(requestedAt + 5_000);
  }
});
