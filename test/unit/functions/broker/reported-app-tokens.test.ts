import { describe, expect, it } from "vitest";
import { tokenSha256 } from "../../../../functions/broker/held-token.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { issued } from "../../../support/fake-ports.ts";
import { appOf, harnessOf, PRIMARY, SCOPE, SECONDARY } from "./app-token-harness.ts";

describe("a full token that a caller reports as refused", () => {
  const rejected = (token: string) => ({ rejected_token_sha256: tokenSha256(token) });

  it("is replaced for that caller alone while Box accepts it", async () => {
    const { request, box } = harnessOf();
    expect(issued(await request(rejected(PRIMARY))).access_token).toBe(SECONDARY);
    expect(issued(await request()).access_token).toBe(PRIMARY);
    expect(box.tested).toEqual([PRIMARY, SECONDARY]);
  });

  it("is not replaced by a token that Box refuses too: that of a newer version of the secret serves the request", async () => {
    const { request, box, credentials } = harnessOf();
    box.dead.add(PRIMARY).add(SECONDARY);
    const [primary, secondary] = ["new-primary-token", "new-secondary-token"];
    credentials.others.push(appOf({ versionId: "version-2" }, { primary, secondary }));
    expect(issued(await request(rejected(PRIMARY))).access_token).toBe(primary);
  });

  it("is not replaced by a dead one where it works itself", async () => {
    const { request, box } = harnessOf();
    box.dead.add(SECONDARY);
    expect(issued(await request(rejected(PRIMARY))).access_token).toBe(PRIMARY);
  });

  it("is replaced where Box's API does not respond to a test of the other one", async () => {
    const { request, box } = harnessOf();
    box.accepts = async () => {
      throw new Failure("box_unavailable", "503");
    };
    expect(issued(await request(rejected(PRIMARY))).access_token).toBe(SECONDARY);
  });

  it("is the response again where it is the only one and Box accepts it", async () => {
    const { request } = harnessOf(appOf({}, { secondary: null }));
    expect(issued(await request(rejected(PRIMARY))).access_token).toBe(PRIMARY);
  });

  it("is replaced for all callers where Box refuses it too", async () => {
    const { request, box } = harnessOf();
    box.dead.add(PRIMARY);
    expect(issued(await request(rejected(PRIMARY))).access_token).toBe(SECONDARY);
    expect(issued(await request()).access_token).toBe(SECONDARY);
    expect(box.tested).toEqual([PRIMARY, SECONDARY]);
  });

  it("is tested once for all who report it at the same time, as is the other one", async () => {
    const { request, box } = harnessOf();
    box.dead.add(PRIMARY);
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => request(rejected(PRIMARY))));
    expect(new Set(outcomes.map((outcome) => issued(outcome).access_token))).toEqual(new Set([SECONDARY]));
    expect(box.tested).toEqual([PRIMARY, SECONDARY]);
  });
});

describe("a full token that Box has refused", () => {
  const refusedLately = async (...dead: readonly string[]) => {
    const harness = harnessOf();
    for (const token of dead) {
      harness.box.dead.add(token);
      await harness.request({ rejected_token_sha256: tokenSha256(token) });
    }
    return harness;
  };

  it("is given to no caller five minutes later, while Box still refuses it", async () => {
    const { request, box, clock } = await refusedLately(PRIMARY);
    await clock.advance(301_000);
    expect(issued(await request()).access_token).toBe(SECONDARY);
    expect(issued(await request()).access_token).toBe(SECONDARY);
    expect(box.tested).toEqual([PRIMARY, SECONDARY, PRIMARY]);
  });

  it("is given to callers again five minutes later, where Box accepts it again", async () => {
    const { request, box, clock } = await refusedLately(PRIMARY);
    box.dead.clear();
    await clock.advance(301_000);
    expect(issued(await request()).access_token).toBe(PRIMARY);
    expect(issued(await request()).access_token).toBe(PRIMARY);
    expect(box.tested).toEqual([PRIMARY, SECONDARY, PRIMARY]);
  });

  it("is given to no caller where Box cannot be requested to test it, and is tested once in five minutes", async () => {
    const { request, box, clock } = await refusedLately(PRIMARY);
    let tests = 0;
    box.accepts = async () => {
      tests++;
      throw new Failure("box_unavailable", "503");
    };
    await clock.advance(301_000);
    expect(issued(await request()).access_token).toBe(SECONDARY);
    expect(issued(await request()).access_token).toBe(SECONDARY);
    expect(tests).toBe(1);
  });

  it("is given to no caller half a minute later, while Box refuses both", async () => {
    const { codeOf, clock } = await refusedLately(PRIMARY, SECONDARY);
    expect(await codeOf()).toBe("app_tokens_refused");
    await clock.advance(31_000);
    expect(await codeOf()).toBe("app_tokens_refused");
  });
});

describe("a downscoped token that a caller reports as refused", () => {
  it("is replaced by another child of the same App Token, which is tested only when that one is reported too", async () => {
    const { request, exchanged, box, clock } = harnessOf();
    const first = issued(await request(SCOPE)).access_token;
    await clock.advance(20_000);
    const second = issued(
      await request({ ...SCOPE, rejected_token_sha256: tokenSha256(first) }),
    ).access_token;
    expect([second === first, exchanged(), box.tested]).toEqual([false, [PRIMARY], []]);
    box.dead.add(PRIMARY);
    await clock.advance(20_000);
    issued(await request({ ...SCOPE, rejected_token_sha256: tokenSha256(second) }));
    expect([exchanged(), box.tested]).toEqual([[PRIMARY, SECONDARY], [PRIMARY]]);
  });
});
