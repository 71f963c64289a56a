import { describe, expect, it } from "vitest";
import { AppTokens } from "../../../../functions/broker/app-tokens.ts";
import type { Minted } from "../../../../functions/broker/other-versions.ts";
import type { AppTokenCredentials } from "../../../../functions/broker/ports.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import {
  contextOf,
  credentialsOf,
  issued,
  notIssued,
  ScriptedBox,
  ScriptedCredentials,
} from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { appOf, harnessOf, PRIMARY, REFUSALS, SCOPE, SECONDARY } from "./app-token-harness.ts";

describe("an app with App Tokens", () => {
  it("exchanges the primary one where the policy or the request restricts the token", async () => {
    const { request, exchanged, box } = harnessOf();
    expect(issued(await request(SCOPE)).access_token).toBe("exchange-token-1");
    expect(exchanged()).toEqual([PRIMARY]);
    expect(box.tested).toEqual([]);
  });

  it("gives the primary one itself, for an hour, where the statement is unrestricted", async () => {
    const { request, box, clock } = harnessOf();
    expect(issued(await request())).toMatchObject({ access_token: PRIMARY, expires_in: 3_600 });
    await clock.advance(3_000_000);
    expect(issued(await request())).toMatchObject({ access_token: PRIMARY, expires_in: 3_600 });
    expect(box.calls).toEqual([]);
  });

  it("leaves a downscoped token the life that Box gave it", async () => {
    const { request, box } = harnessOf();
    box.respondWith({ expires_in: 4_175 });
    expect(issued(await request(SCOPE)).expires_in).toBe(4_175);
  });

  it("gets no downscoped token that is wider than requested, and none is ended at Box, which may end the App Token", async () => {
    const { codeOf, box } = harnessOf();
    box.respondWith({ restricted_to: [{ scope: "root_readwrite" }] });
    expect(await codeOf(SCOPE)).toBe("box_unexpected_answer");
    expect(box.revoked).toEqual([]);
  });

  it("has no tokens for users", async () => {
    const { codeOf, box } = harnessOf();
    expect(await codeOf({ box_subject_type: "user", box_subject_id: "4711" })).toBe("subject_not_supported");
    expect(box.calls).toEqual([]);
  });
});

describe.each(Object.keys(REFUSALS) as (keyof typeof REFUSALS)[])("Box refuses a token by %s:", (refusal) => {
  it("the secondary one replaces the primary one in the same request", async () => {
    const { request, exchanged, box, audit } = harnessOf(appOf(), refusal);
    box.dead.add(PRIMARY);
    issued(await request(SCOPE));
    issued(await request({ scope: "item_upload" }));
    expect(exchanged()).toEqual([PRIMARY, SECONDARY]);
    expect(audit.events.map(({ outcome }) => outcome)).toEqual(["issued", "issued"]);
    expect(issued(await request()).access_token).toBe(SECONDARY);
  });

  it("the primary one is tried again five minutes later", async () => {
    const { request, exchanged, box, clock } = harnessOf(appOf(), refusal);
    box.dead.add(PRIMARY);
    issued(await request(SCOPE));
    box.dead.delete(PRIMARY);
    await clock.advance(301_000);
    issued(await request({ scope: "item_upload" }));
    expect(exchanged()).toEqual([PRIMARY, SECONDARY, PRIMARY]);
  });

  it.each([
    ["both", appOf()],
    ["the only one", appOf({}, { secondary: null })],
  ])("of %s, nothing is requested for half a minute, and then each is tried again", async (_which, app) => {
    const { codeOf, request, box, clock, credentials } = harnessOf(app, refusal);
    box.dead.add(PRIMARY).add(SECONDARY);
    expect(await codeOf(SCOPE)).toBe("app_tokens_refused");
    const calls = box.calls.length;
    expect([await codeOf(SCOPE), await codeOf({ scope: "item_upload" }), await codeOf()]).toEqual(
      Array(3).fill("app_tokens_refused"),
    );
    expect([box.calls.length, credentials.triedVersions.length]).toEqual([calls, 1]);
    box.dead.clear();
    await clock.advance(31_000);
    issued(await request(SCOPE));
    expect(issued(await request()).access_token).toBe(PRIMARY);
  });

  it("of both, the tokens of a newer version of the secret serve the same request", async () => {
    const { request, exchanged, box, credentials } = harnessOf(appOf(), refusal);
    box.dead.add(PRIMARY).add(SECONDARY);
    credentials.others.push(
      appOf({ versionId: "v2" }, { primary: "new-primary", secondary: "new-secondary" }),
    );
    issued(await request(SCOPE));
    expect(exchanged()).toEqual([PRIMARY, SECONDARY, "new-primary"]);
    expect(credentials.acceptedVersions).toEqual(["v2"]);
  });
});

describe("where Box refuses both tokens", () => {
  it.each([
    ["another enterprise", appOf({ versionId: "v2", enterpriseID: "900002" }, { primary: "new" })],
    ["another kind of app", credentialsOf({ versionId: "v2" })],
  ])("a version of the secret for %s is not used", async (_what, other) => {
    const { codeOf, exchanged, box, credentials } = harnessOf();
    box.dead.add(PRIMARY).add(SECONDARY);
    credentials.others.push(other);
    expect(await codeOf(SCOPE)).toBe("app_tokens_refused");
    expect(exchanged()).toEqual([PRIMARY, SECONDARY]);
  });

  it("a new version of the secret is used at once, although the refusal is remembered", async () => {
    const { codeOf, request, box, credentials } = harnessOf();
    box.dead.add(PRIMARY).add(SECONDARY);
    expect(await codeOf(SCOPE)).toBe("app_tokens_refused");
    credentials.current = appOf({ versionId: "v2" }, { primary: "new" });
    issued(await request(SCOPE));
  });
});

describe("an exchange that Box refuses by words although its API accepts the token", () => {
  /** Box refuses to exchange these tokens, and accepts them. */
  function harnessWith(app: AppTokenCredentials, ...refused: readonly string[]) {
    const harness = harnessOf(app);
    const refusing = new Set(refused);
    harness.box.rule = ({ token }) =>
      refusing.has(token ?? "") || harness.box.dead.has(token ?? "") ? REFUSALS.words() : undefined;
    return { ...harness, refusing };
  }
  const onlyPrimary = appOf({}, { secondary: null });

  it.each([
    ["of the only token", onlyPrimary, [PRIMARY]],
    ["of both tokens", appOf(), [PRIMARY, SECONDARY]],
  ] as const)(
    "is refused for seconds where it is that %s, and ends no token",
    async (_which, app, refused) => {
      const { request, credentials, refusing, clock } = harnessWith(app, ...refused);
      expect(notIssued(await request(SCOPE)).problem).toMatchObject({
        ...{ code: "box_token_refused", retryable: true, retry_after: 5 },
      });
      expect(credentials.triedVersions).toEqual([]);
      expect(issued(await request()).access_token).toBe(PRIMARY);
      refusing.clear();
      await clock.advance(5_000);
      expect(issued(await request(SCOPE)).access_token).toMatch(/^exchange-token-/);
    },
  );

  it("is served by the secondary token, and the primary one stays in use", async () => {
    const { request, exchanged, refusing, clock } = harnessWith(appOf(), PRIMARY);
    issued(await request(SCOPE));
    expect(exchanged()).toEqual([PRIMARY, SECONDARY]);
    expect(issued(await request()).access_token).toBe(PRIMARY);
    refusing.clear();
    await clock.advance(5_000);
    issued(await request({ scope: "item_upload" }));
    expect(exchanged()).toEqual([PRIMARY, SECONDARY, PRIMARY]);
  });

  it("is no refusal of the app's tokens where Box refuses the secondary one for good", async () => {
    const { codeOf, box } = harnessWith(appOf(), PRIMARY);
    box.dead.add(SECONDARY);
    expect(await codeOf(SCOPE)).toBe("box_token_refused");
  });

  it("ends no token where Box cannot be requested to test it", async () => {
    const { codeOf, request, box } = harnessWith(onlyPrimary, PRIMARY);
    box.accepts = async () => {
      throw new Failure("box_unavailable", "503");
    };
    expect(await codeOf(SCOPE)).toBe("box_token_refused");
    expect(issued(await request()).access_token).toBe(PRIMARY);
  });

  it("tests the token once in ten seconds, however many scopes a caller requests", async () => {
    const { codeOf, box } = harnessWith(onlyPrimary, PRIMARY);
    for (const scope of ["a", "b", "c", "d"]) expect(await codeOf({ scope })).toBe("box_token_refused");
    expect(box.tested).toEqual([PRIMARY]);
  });
});

describe("a 401 without words", () => {
  it("means the scope where Box accepts the token, and ends no token", async () => {
    const { codeOf, request, box } = harnessOf();
    box.respondWith(REFUSALS.bare());
    expect(await codeOf({ scope: "manage_groups" })).toBe("box_scope_refused");
    expect(box.tested).toEqual([PRIMARY]);
    expect(issued(await request()).access_token).toBe(PRIMARY);
  });

  it("tests the token once in ten seconds, however many scopes a caller requests", async () => {
    const { codeOf, box, clock } = harnessOf();
    box.rule = () => REFUSALS.bare();
    for (const scope of ["a", "b", "c", "d"]) expect(await codeOf({ scope })).toBe("box_scope_refused");
    expect(box.tested).toHaveLength(1);
    await clock.advance(11_000);
    await codeOf({ scope: "e" });
    expect(box.tested).toHaveLength(2);
  });

  it("ends no token where Box cannot be requested to test it, and is no final refusal of the scope", async () => {
    const { codeOf, request, box } = harnessOf();
    box.respondWith(REFUSALS.bare());
    const accepts = box.accepts.bind(box);
    box.accepts = async () => {
      throw new Failure("box_unavailable", "503");
    };
    expect(await codeOf(SCOPE)).toBe("box_unavailable");
    box.accepts = accepts;
    expect(issued(await request(SCOPE)).access_token).toMatch(/^exchange-token-/);
    expect(issued(await request()).access_token).toBe(PRIMARY);
  });
});

describe("a change of the App Token in use", () => {
  it("is reported once by an environment, and a request that the secondary one serves is marked", async () => {
    const clock = new VirtualClock();
    const box = new ScriptedBox(clock);
    const store = new ScriptedCredentials();
    const changes: string[] = [];
    const tokens = new AppTokens({
      ...{ credentials: store, clock, accepts: (token) => box.accepts(token) },
      onChange: (app, inUse) => void changes.push(`${app} ${inUse}`),
    });
    const subject = { type: "enterprise", id: "900001" } as const;
    const need = { credentials: appOf(), subject, policyDigest: "", minTtl: 300, rejectedSha256: undefined };
    /** Exchanges, which Box refuses for dead tokens; whether the request is marked. */
    const exchange = async () => {
      const context = contextOf(clock);
      const refuse = async ({ token }: Minted) => {
        if (box.dead.has(token.token.access_token)) throw REFUSALS.words();
      };
      await tokens.forExchange(need, context, refuse).catch(() => {});
      return context.trace.appTokenFallback ?? false;
    };
    const marks = [await exchange()];
    box.dead.add(PRIMARY);
    marks.push(await exchange(), await exchange());
    box.dead.add(SECONDARY);
    marks.push(await exchange(), await exchange());
    box.dead.clear();
    await clock.advance(31_000);
    marks.push(await exchange());
    expect(marks).toEqual([false, true, true, false, false, false]);
    expect(changes).toEqual(["reports secondary", "reports none", "reports primary"]);
  });
});
