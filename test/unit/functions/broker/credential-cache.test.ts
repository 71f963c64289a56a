import { describe, expect, it } from "vitest";
import type { JwtCredentials } from "../../../../functions/broker/ports.ts";
import { cachedCredentials } from "../../../../functions/lambda/token-wiring.ts";
import { Failure, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { contextOf, credentialsOf, SCRIPT_APP } from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const TTL = 300_000;
const HOUR = 3_600_000;

/** Secrets Manager with a current and a previous version, a configurable failure and a latency. */
function vault() {
  const clock = new VirtualClock();
  const state: {
    versions: Record<string, string | undefined>;
    failure: ProblemCode | undefined;
    takes: number;
    /** How a version differs from the others, apart from its id. */
    differs: Record<string, Partial<JwtCredentials>>;
  } = {
    versions: { AWSCURRENT: "v1", AWSPREVIOUS: undefined },
    failure: undefined,
    takes: 20,
    differs: {},
  };
  const reads: string[] = [];
  const cache = cachedCredentials(async ({ app, stage }, { deadline }) => {
    reads.push(stage);
    const { failure, takes, versions } = { ...state };
    const timeLeft = Math.max(deadline - clock.monotonic(), 0);
    await clock.sleep(Math.min(takes, timeLeft));
    if (takes > timeLeft) throw new Failure("deadline_exceeded", "no response in time");
    if (failure !== undefined) throw new Failure(failure, "scripted");
    const versionId = versions[stage];
    if (versionId === undefined) throw new Failure("secret_not_found", "no such version");
    return credentialsOf({ app, versionId, stage, ...state.differs[versionId] });
  }, clock);
  const load = (timeLeft?: number) => cache.load(SCRIPT_APP, contextOf(clock, "request", timeLeft));
  const version = async (timeLeft?: number) => (await clock.finish(load(timeLeft))).versionId;
  /** The version to try after Box has refused these versions, just now or at the given time. */
  const alternativeSince = async (since: number, ...tried: string[]) =>
    (await clock.finish(cache.alternative(SCRIPT_APP, new Set(tried), since, contextOf(clock))))?.versionId;
  const alternative = (...tried: string[]) => alternativeSince(clock.monotonic(), ...tried);
  const problem = (timeLeft?: number) =>
    clock.finish(load(timeLeft)).then(
      ({ versionId }) => versionId,
      (failure: Failure) => failure.code,
    );
  return { clock, state, reads, cache, load, version, alternative, alternativeSince, problem };
}

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

describe("after Box has refused the credentials", () => {
  it("the secret is read again at once, within its time to live", async () => {
    const { state, reads, version, alternative } = vault();
    await version();
    state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
    expect(await alternative("v1")).toBe("v2");
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
    expect(await version()).toBe("v2");
  });

  it("a newer version that is already known is tried without another read", async () => {
    const { state, reads, version, alternative } = vault();
    await version();
    state.versions.AWSCURRENT = "v2";
    await alternative("v1");
    expect(await alternative("v1")).toBe("v2");
    expect(reads).toHaveLength(2);
  });

  it("the previous version is tried if Box refused the current one", async () => {
    const { state, reads, version, alternative } = vault();
    state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
    await version();
    expect(await alternative("v2")).toBe("v1");
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
    expect(await alternative("v2", "v1")).toBeUndefined();
  });

  it("the previous version is loaded only after Box has accepted it from two requests", async () => {
    const { clock, state, version, alternative, cache } = vault();
    state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
    await version();
    await alternative("v2");
    expect(await version()).toBe("v2");
    cache.accepted(credentialsOf({ versionId: "v1", stage: "AWSPREVIOUS" }));
    expect(await version()).toBe("v2");
    cache.accepted(credentialsOf({ versionId: "v1", stage: "AWSPREVIOUS" }));
    expect(await version()).toBe("v1");
    await clock.advance(TTL);
    expect(await version()).toBe("v2");
    // Afterwards one request alone is again not enough.
    cache.accepted(credentialsOf({ versionId: "v1", stage: "AWSPREVIOUS" }));
    expect(await version()).toBe("v2");
  });

  it("two requests that report different previous versions, or more than 300 s apart, do not agree", async () => {
    const { clock, version, cache } = vault();
    await version();
    cache.accepted(credentialsOf({ versionId: "v0", stage: "AWSPREVIOUS" }));
    cache.accepted(credentialsOf({ versionId: "v00", stage: "AWSPREVIOUS" }));
    await clock.advance(TTL);
    cache.accepted(credentialsOf({ versionId: "v00", stage: "AWSPREVIOUS" }));
    expect(await version()).toBe("v1");
  });

  it.each([
    ["client ID", { clientID: "retired-client" }],
    ["enterprise", { enterpriseID: "900002" }],
  ])(
    "a previous version with another %s is never tried, because it belongs to an app that was replaced",
    async (_, other) => {
      const { state, version, alternative } = vault();
      state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
      state.differs = { v1: other };
      await version();
      expect(await alternative("v2")).toBeUndefined();
    },
  );

  it("no other version is tried if there is no previous version", async () => {
    const { version, alternative } = vault();
    await version();
    expect(await alternative("v1")).toBeUndefined();
  });

  it.each(["secret_forbidden", "secret_not_found"] as const)(
    "no other version is tried if Secrets Manager responds with %s, so Box's refusal is the result",
    async (failure) => {
      const { state, version, alternative } = vault();
      await version();
      state.failure = failure;
      expect(await alternative("v1")).toBeUndefined();
    },
  );

  it.each(["secret_unavailable", "deadline_exceeded"] as const)(
    "the request fails with %s if Secrets Manager does not respond, because another version may exist",
    async (code) => {
      const { state, version, alternative } = vault();
      await version();
      state.failure = code;
      await expect(alternative("v1")).rejects.toMatchObject({ code });
      state.failure = undefined;
      state.versions.AWSCURRENT = "v2";
      expect(await alternative("v1")).toBe("v2");
    },
  );

  describe("where Box may have refused the user, a newer version", () => {
    const newerThan = ({ clock, cache }: ReturnType<typeof vault>, versionId: string) =>
      clock.finish(cache.newer(credentialsOf({ versionId }), contextOf(clock)));

    it("is the current one, read again if it was read more than 30 s ago", async () => {
      const scene = vault();
      const { clock, state, reads, version } = scene;
      await version();
      state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
      await clock.advance(29_000);
      expect(await newerThan(scene, "v1")).toBeUndefined();
      expect(reads).toEqual(["AWSCURRENT"]);
      await clock.advance(2_000);
      expect(await newerThan(scene, "v1")).toMatchObject({ versionId: "v2" });
      expect(await newerThan(scene, "v2")).toBeUndefined();
      expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
      expect(await version()).toBe("v2");
    });

    it("is not searched for the previous version, which Box accepts in the place of the current one", async () => {
      const scene = vault();
      const { clock, state, reads, version, cache } = scene;
      state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
      await version();
      const previous = credentialsOf({ versionId: "v1", stage: "AWSPREVIOUS" });
      for (let reports = 0; reports < 2; reports += 1) cache.accepted(previous);
      await clock.advance(31_000);
      expect(await clock.finish(cache.newer(previous, contextOf(clock)))).toBeUndefined();
      expect(reads).toEqual(["AWSCURRENT"]);
      expect(await version()).toBe("v1");
    });

    it("is waited for at most 2 s: the refusal counts", async () => {
      const scene = vault();
      const { clock, state, version } = scene;
      await version();
      await clock.advance(31_000);
      state.takes = 60_000;
      const start = clock.monotonic();
      expect(await newerThan(scene, "v1")).toBeUndefined();
      expect(clock.monotonic() - start).toBeLessThanOrEqual(2_000);
    });

    it("is not there while Secrets Manager fails: the refusal counts", async () => {
      const scene = vault();
      await scene.version();
      await scene.clock.advance(31_000);
      for (const failure of ["secret_unavailable", "secret_forbidden"] as const) {
        scene.state.failure = failure;
        expect(await newerThan(scene, "v1")).toBeUndefined();
      }
    });
  });

  it("all requests that Box refused before the secret was read share that read", async () => {
    const { clock, reads, version, alternativeSince } = vault();
    await version();
    const refusedAt = clock.monotonic();
    await clock.advance(100);
    for (let count = 0; count < 5; count++) expect(await alternativeSince(refusedAt, "v1")).toBeUndefined();
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  it("a request that Box refused after that reads again, because the operator may have fixed the secret meanwhile", async () => {
    const { clock, state, version, alternative } = vault();
    await version();
    expect(await alternative("v1")).toBeUndefined();
    await clock.advance(1);
    state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
    expect(await alternative("v1")).toBe("v2");
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
