import { inspect } from "node:util";
import { BoxClient } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { describe, expect, test } from "vitest";
import { BoxStsError, boxAuth } from "../../../client/index.ts";
import { skillAuthOf } from "../../../client/skill-auth.ts";
import { loopbackServer } from "../../support/loopback-server.ts";
import { skillEvent } from "../../support/webhooks.ts";

const NOW = Date.parse("2026-06-01T12:00:00Z");
const READ = "1!canaryReadToken0123456789";
const WRITE = "canaryWriteToken0123456789";
const BOUND = [
  { scope: "gcm" },
  { scope: "item_upload", object: { type: "file", id: "933941692081" } },
] as const;

/** The event with these properties in both of its tokens; `undefined` removes one. */
function eventWith(changes: object) {
  const event = skillEvent(READ, WRITE);
  const token = (given: object) => JSON.parse(JSON.stringify({ ...given, ...changes }));
  return { ...event, token: { read: token(event.token.read), write: token(event.token.write) } };
}
const envelope = (event: object, receivedAt = new Date(NOW).toISOString()) => ({
  ...{ app: "skills", deliveryId: null, receivedAt, event },
});
const at = (milliseconds: number) => ({ wall: () => milliseconds });
const authOf = (event: unknown, now = NOW) => skillAuthOf(event, at(now));

describe("the tokens of a Skill invocation", () => {
  test.each([
    ["Box's event", skillEvent(READ, WRITE)],
    ["the webhook function's envelope", envelope(skillEvent(READ, WRITE))],
  ])("are those of %s", async (_, event) => {
    const { read, write } = authOf(event);
    expect([read.accessToken, write.accessToken]).toEqual([READ, WRITE]);
    expect(read.expiresAt).toEqual(new Date(NOW + 3_600_000));
    expect(read.restrictedTo).toEqual(BOUND);
    expect(await write.retrieveToken()).toEqual({
      ...{ accessToken: WRITE, expiresIn: 3_600, tokenType: "bearer", restrictedTo: BOUND },
    });
    expect(await write.retrieveAuthorizationHeader()).toBe(`Bearer ${WRITE}`);
  });

  test.each([
    ["JSON in a text", JSON.stringify([{ scope: "item_upload", object_id: "7", object_type: "folder" }])],
    ["a list", [{ scope: "item_upload", object_id: 7, object_type: "folder" }]],
    ["a list with objects", [{ scope: "item_upload", object: { type: "folder", id: "7", etag: "0" } }]],
  ])("are restricted to %s", (_, restricted_to) => {
    expect(authOf(eventWith({ restricted_to })).read.restrictedTo).toEqual([
      { scope: "item_upload", object: { type: "folder", id: "7" } },
    ]);
  });

  test.each([undefined, null])("have no known restriction where Box writes %s", async (restricted_to) => {
    const { read } = authOf(eventWith({ restricted_to }));
    expect(read.restrictedTo).toBeUndefined();
    expect(Object.keys(await read.retrieveToken())).toEqual(["accessToken", "expiresIn", "tokenType"]);
  });

  test.each([
    ["seconds", 3_600, NOW + 3_600_000],
    ["a fraction of seconds", 59.5, NOW + 59_500],
    ["seconds since 1970", 1_780_315_200, 1_780_315_200_000],
  ])("expire after %s", (_, expires_in, expected) => {
    expect(authOf(eventWith({ expires_in })).write.expiresAt.getTime()).toBe(expected);
  });

  test("begin to live when the webhook function received them, however long a queue kept them", async () => {
    const { read } = authOf(envelope(skillEvent(READ, WRITE)), NOW + 1_800_000);
    expect((await read.retrieveToken()).expiresIn).toBe(1_800);
  });

  test("may have no token_type", () => {
    expect(authOf(eventWith({ token_type: undefined })).read.accessToken).toBe(READ);
  });
});

const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(BoxStsError);
    return error as BoxStsError;
  }
  return expect.fail("nothing was thrown");
};

describe("fromSkillEvent() refuses", () => {
  test.each<readonly [string, unknown, string]>([
    ["nothing", undefined, "one object"],
    ["a text", JSON.stringify(skillEvent(READ, WRITE)), "one object"],
    ["a list", [skillEvent(READ, WRITE)], "one object"],
    ["a webhook's event", { ...skillEvent(READ, WRITE), type: "webhook_event" }, "`type`"],
    ["an envelope without a time", { event: skillEvent(READ, WRITE) }, "`receivedAt`"],
    ["an envelope of a webhook", envelope({ type: "webhook_event" }), "`type`"],
    ["an event without tokens", { ...skillEvent(READ, WRITE), token: undefined }, "`token`"],
    [
      "an event with one token",
      { ...skillEvent(READ, WRITE), token: { read: {} } },
      "`token.read.access_token`",
    ],
    ["a token with a line break", eventWith({ access_token: `${READ}\n` }), "`token.read.access_token`"],
    ["a token of another type", eventWith({ token_type: "mac" }), "`token.read.token_type`"],
    ...[undefined, null, "3600", 0, -1, 50_000_000, Number.NaN, 1e12].map(
      (expires_in) =>
        [`the life ${expires_in}`, eventWith({ expires_in }), "`token.read.expires_in`"] as const,
    ),
    ...["", "[", "{}", 7, {}, [7], [{}], [{ scope: 7 }], '[{"scope":"a","object_id":1}]'].map(
      (restricted_to): [string, unknown, string] => [
        `the restriction ${JSON.stringify(restricted_to)}`,
        eventWith({ restricted_to }),
        "`token.read.restricted_to`",
      ],
    ),
    [
      "an id that JSON has rounded",
      eventWith({ restricted_to: [{ scope: "a", object_id: 2 ** 53, object_type: "file" }] }),
      "`token.read.restricted_to`",
    ],
  ])("%s, and names the property", (_, event, name) => {
    const error = codeOf(() => boxAuth.fromSkillEvent(event));
    expect(error).toMatchObject({ code: "invalid_skill_event", retryable: false });
    expect(error.message).toContain(name);
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary/);
  });
});

describe("a Skill's token", () => {
  const rejected = (work: Promise<unknown>) =>
    work.then(
      () => expect.fail("it resolved"),
      (error: BoxStsError) => error.code,
    );

  test("is not returned after its life", async () => {
    let clock = NOW;
    const { read } = skillAuthOf(skillEvent(READ, WRITE), { wall: () => clock });
    expect((await read.retrieveToken()).expiresIn).toBeGreaterThan(0);
    clock = NOW + 3_600_000;
    expect(await rejected(read.retrieveToken())).toBe("skill_token_expired");
    expect(await rejected(read.retrieveAuthorizationHeader())).toBe("skill_token_expired");
  });

  test("can be neither renewed nor revoked nor narrowed", async () => {
    const { write } = authOf(skillEvent(READ, WRITE));
    expect(await rejected(write.refreshToken())).toBe("skill_token_expired");
    expect(await rejected(write.revokeToken())).toBe("skill_token_unsupported");
    expect(await rejected(write.downscopeToken(["item_preview"]))).toBe("skill_token_unsupported");
  });

  test("is not in what console.log and JSON.stringify print", () => {
    const auth = authOf(skillEvent(READ, WRITE));
    expect(inspect(auth, { depth: 9, showHidden: true })).not.toMatch(/canary/);
    expect(JSON.stringify(auth)).not.toMatch(/canary/);
  });
});

describe("Box's SDK with a Skill's token", () => {
  async function clientOf(status: number) {
    const server = await loopbackServer(({ response }) => {
      const body = JSON.stringify({ id: "7", type: "file", etag: "1" });
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
    const { read } = boxAuth.fromSkillEvent(skillEvent(READ, WRITE));
    const baseUrls = new BaseUrls({ baseUrl: server.url, uploadUrl: server.url, oauth2Url: server.url });
    return {
      server,
      client: new BoxClient({ auth: read, networkSession: new NetworkSession({ baseUrls }) }),
    };
  }

  test("sends it", async () => {
    const { server, client } = await clientOf(200);
    expect((await client.files.getFileById("7")).id).toBe("7");
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/2.0/files/7", `Bearer ${READ}`],
    ]);
  });

  test("rejects with skill_token_expired where Box rejects it, without a second request", async () => {
    const { server, client } = await clientOf(401);
    await expect(client.files.getFileById("7")).rejects.toMatchObject({ code: "skill_token_expired" });
    expect(server.requests).toHaveLength(1);
  });
});
