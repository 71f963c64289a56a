import { describe, expect, it } from "vitest";
import { contextOf, credentialsOf } from "../../../support/fake-ports.ts";
import { vault } from "../../../support/vault.ts";

const TTL = 300_000;
const HOUR = 3_600_000;

describe("a secret", () => {
  it("is read once for 1,000 concurrent requests, by AWSCURRENT", async () => {
    const { clock, reads, load } = vault();
    await clock.finish(Promise.all(Array.from({ length: 1_000 }, () => load())));
    expect(reads).toEqual(["AWSCURRENT"]);
    expect(clock.waiting).toBe(0);
  });

  it("is used for 300 s and then read again", async () => {
    const { clock, state, reads, version } = vault();
    await version();
    state.versions.AWSCURRENT = "v2";
    await clock.advance(TTL - 21);
    expect(await version()).toBe("v1");
    await clock.advance(1);
    expect(await version()).toBe("v2");
    expect(reads).toHaveLength(2);
  });

  it("is read again as soon as either clock reports that it is old", async () => {
    for (const pass of ["setWall", "freeze"] as const) {
      const { clock, state, version } = vault();
      await version();
      state.versions.AWSCURRENT = "v2";
      clock[pass](TTL);
      expect(await version()).toBe("v2");
    }
  });

  it("is not used longer because the wall clock is set back", async () => {
    const { clock, state, version } = vault();
    await version();
    state.versions.AWSCURRENT = "v2";
    clock.setWall(-HOUR);
    await clock.advance(TTL);
    expect(await version()).toBe("v2");
  });

  it("of one app is not that of another", async () => {
    const { clock, cache, reads } = vault();
    const both = ["reports", "payroll"].map((app) => cache.load(app, contextOf(clock)));
    expect((await clock.finish(Promise.all(both))).map(({ app }) => app)).toEqual(["reports", "payroll"]);
    expect(reads).toHaveLength(2);
  });

  it("that cannot be read is a failure, which is not remembered", async () => {
    const { state, version, problem } = vault();
    state.failure = "secret_unavailable";
    expect(await problem()).toBe("secret_unavailable");
    state.failure = undefined;
    expect(await version()).toBe("v1");
  });
});

describe("while Secrets Manager is unavailable", () => {
  it.each(["secret_unavailable", "deadline_exceeded"] as const)(
    "(%s) the old value is used, and Secrets Manager is called again after 15 s, not before",
    async (failure) => {
      const { clock, state, reads, version } = vault();
      await version();
      await clock.advance(TTL);
      state.failure = failure;
      expect(await version()).toBe("v1");
      await clock.advance(14_999);
      expect(await version()).toBe("v1");
      expect(reads).toHaveLength(2);
      state.failure = undefined;
      state.versions.AWSCURRENT = "v2";
      await clock.advance(1);
      expect(await version()).toBe("v2");
      expect(reads).toHaveLength(3);
    },
  );

  it("a request spends only two seconds of its time on the read", async () => {
    const { clock, state, version } = vault();
    await version();
    await clock.advance(TTL);
    state.takes = 60_000;
    const started = clock.monotonic();
    expect(await version()).toBe("v1");
    expect(clock.monotonic() - started).toBe(2_000);
  });

  it("a request with less time than that still fails by its own deadline", async () => {
    const { clock, state, version, problem } = vault();
    await version();
    await clock.advance(TTL);
    state.takes = 60_000;
    expect(await problem(500)).toBe("deadline_exceeded");
  });

  it("the old value is used for six hours and no longer", async () => {
    const { clock, state, version, problem } = vault();
    await version();
    state.failure = "secret_unavailable";
    await clock.advance(6 * HOUR - 1_000);
    expect(await version()).toBe("v1");
    await clock.advance(1_000);
    expect(await problem()).toBe("secret_unavailable");
  });

  it("1,000 concurrent requests make one call", async () => {
    const { clock, state, reads, version, load } = vault();
    await version();
    await clock.advance(TTL);
    state.failure = "secret_unavailable";
    await clock.finish(Promise.all(Array.from({ length: 1_000 }, () => load())));
    expect(reads).toHaveLength(2);
  });
});

describe("the old value is dropped at once if Secrets Manager responds with", () => {
  it.each(["secret_forbidden", "secret_not_found", "secret_invalid"] as const)("%s", async (failure) => {
    const { clock, state, reads, version, problem } = vault();
    await version();
    await clock.advance(TTL);
    state.failure = failure;
    expect(await problem()).toBe(failure);
    // An outage does not bring it back either.
    state.failure = "secret_unavailable";
    expect(await problem()).toBe("secret_unavailable");
    expect(reads).toHaveLength(3);
  });
});

it("the credential cache keeps a version that Box accepts while an earlier refresh still waits for an unavailable Secrets Manager", async () => {
  const { clock, state, version, load, cache } = vault();
  await version();
  await clock.advance(TTL);
  state.takes = 60_000;
  const refresh = load();
  await clock.advance(1_000);
  for (const _ of [1, 2]) cache.accepted(credentialsOf({ versionId: "v0", stage: "AWSPREVIOUS" }));
  await clock.finish(refresh);
  expect(await version()).toBe("v0");
});
