import { describe, expect, it } from "vitest";
import { contextOf, credentialsOf, SCRIPT_APP } from "../../../support/fake-ports.ts";
import { vault } from "../../../support/vault.ts";

const TTL = 300_000;

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

    it("is read again by an environment that was frozen for more than 30 s", async () => {
      const scene = vault();
      await scene.version();
      scene.state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
      scene.clock.freeze(240_000);
      expect(await newerThan(scene, "v1")).toMatchObject({ versionId: "v2" });
    });

    it("is not searched for the previous version, which Box accepts instead of the current one", async () => {
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

describe("the version of the secret that has a client ID", () => {
  const versionOf = async ({ clock, cache }: ReturnType<typeof vault>, clientID: string) =>
    (await clock.finish(cache.ofClient(SCRIPT_APP, clientID, contextOf(clock))))?.versionId;

  /** The app "client-1" had the version "v1", and "client-2" has "v2". */
  function replacedApp() {
    const scene = vault();
    scene.state.differs = { v2: { clientID: "client-2" } };
    const replace = () => {
      scene.state.versions = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
    };
    return { ...scene, replace };
  }

  it("is the one that is loaded, without another read", async () => {
    const scene = vault();
    await scene.version();
    expect(await versionOf(scene, "client-1")).toBe("v1");
    expect(scene.reads).toEqual(["AWSCURRENT"]);
  });

  it("is the one that has become current since the secret was read", async () => {
    const scene = replacedApp();
    await scene.version();
    scene.replace();
    expect(await versionOf(scene, "client-2")).toBe("v2");
    expect(scene.reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
  });

  it("is the previous one, although that is another app's than the current one", async () => {
    const scene = replacedApp();
    scene.replace();
    expect(await versionOf(scene, "client-1")).toBe("v1");
    expect(await scene.version()).toBe("v2");
  });

  it("is not there where no version has it, and where there is no previous version", async () => {
    const scene = replacedApp();
    expect(await versionOf(scene, "client-3")).toBeUndefined();
    scene.replace();
    expect(await versionOf(scene, "client-3")).toBeUndefined();
  });

  it("is not known while Secrets Manager fails", async () => {
    const scene = replacedApp();
    await scene.version();
    scene.state.failure = "secret_unavailable";
    await expect(versionOf(scene, "client-2")).rejects.toMatchObject({ code: "secret_unavailable" });
  });
});
