import { beforeEach, describe, expect, test } from "vitest";
import type { RequestContext, SecretStage } from "../../../../../functions/broker/ports.ts";
import { ServiceKeys } from "../../../../../functions/broker/shared-cache/service-keys.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure, type ProblemCode } from "../../../../../schemas/protocol/problems.ts";
import { contextOf } from "../../../../support/fake-ports.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

interface Version {
  readonly versionId: string;
  readonly text: string;
}

const version = (versionId: string): Version => ({ versionId, text: `${versionId} `.padEnd(32, "x") });

let clock: VirtualClock;
let context: RequestContext;
/** What Secrets Manager has; a version that is absent is not found. */
let versions: Partial<Record<SecretStage, Version | Error>>;
/** Milliseconds that a read takes. */
let readMs: number;
let reads: SecretStage[];
let keys: ServiceKeys;
beforeEach(() => {
  clock = new VirtualClock();
  context = contextOf(clock);
  versions = { AWSCURRENT: version("one") };
  readMs = 0;
  reads = [];
  keys = new ServiceKeys(read, clock);
});

async function read(stage: SecretStage): Promise<Version> {
  reads.push(stage);
  const present = versions[stage] ?? new Failure("secret_not_found", `no version ${stage}`);
  if (readMs > 0) await clock.sleep(readMs);
  if (present instanceof Error) throw present;
  return present;
}

const current = () => clock.finish(keys.current(context));
const byId = (id: string) => clock.finish(keys.byId(id, context));

/** The failure of a promise that must fail. */
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error("It did not fail.");
    },
    (failure: unknown) => failure,
  );

describe("the current key", () => {
  test("is the current version of the service secret: its id, and its text as bytes", async () => {
    const text = "ä".repeat(32);
    versions = { AWSCURRENT: { versionId: "one", text } };
    expect(await current()).toEqual({ id: "one", secret: Buffer.from(text, "utf8") });
  });

  test("is read once in 300 seconds, and at their end again", async () => {
    await current();
    versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await clock.advance(299_999);
    expect((await current()).id).toBe("one");
    expect(reads).toEqual(["AWSCURRENT"]);
    await clock.advance(1);
    expect((await current()).id).toBe("two");
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
  });

  test("is read again after a freeze of the environment that was longer than 300 seconds", async () => {
    await current();
    clock.freeze(300_000);
    await current();
    expect(reads).toHaveLength(2);
  });

  test("counts its 300 seconds from the beginning of the read, because the version can change meanwhile", async () => {
    readMs = 2_000;
    await current();
    await clock.advance(298_000);
    await current();
    expect(reads).toHaveLength(2);
  });

  test("is read once for all requests that need it at the same time", async () => {
    readMs = 100;
    const all = await clock.finish(Promise.all(Array.from({ length: 50 }, () => keys.current(context))));
    expect(reads).toEqual(["AWSCURRENT"]);
    expect(new Set(all).size).toBe(1);
  });

  test("is read again by the next request after a read that failed for all waiting requests", async () => {
    versions = { AWSCURRENT: new Failure("secret_unavailable", "throttled") };
    readMs = 100;
    const both = Promise.all([keys.current(context), keys.current(context)].map(failureOf));
    for (const failure of await clock.finish(both)) expect(failure).toBeInstanceOf(TableFailure);
    expect(reads).toHaveLength(1);
    versions = { AWSCURRENT: version("one") };
    expect((await current()).id).toBe("one");
    expect(reads).toHaveLength(2);
  });
});

describe("the preload", () => {
  test("begins to read the current version, which a request at the same time shares", async () => {
    readMs = 100;
    keys.preload(context);
    expect(reads).toEqual(["AWSCURRENT"]);
    await current();
    expect(reads).toEqual(["AWSCURRENT"]);
  });

  test("reads nothing where a version is known, even after its 300 seconds", async () => {
    await current();
    await clock.advance(3_600_000);
    keys.preload(context);
    await clock.advance(0);
    expect(reads).toHaveLength(1);
  });

  test("that fails leaves the failure to the request that needs the key, which reads again", async () => {
    versions = { AWSCURRENT: new Failure("secret_unavailable", "an outage") };
    keys.preload(context);
    await clock.advance(0);
    versions = { AWSCURRENT: version("one") };
    expect((await current()).id).toBe("one");
    expect(reads).toHaveLength(2);
  });
});

describe("a service secret that cannot be read", () => {
  const TEMPORARY: readonly ProblemCode[] = ["secret_unavailable", "deadline_exceeded"];
  const FINAL: readonly ProblemCode[] = ["secret_not_found", "secret_forbidden"];

  test.each(TEMPORARY)("because of %s leaves a known key in use after its 300 seconds", async (code) => {
    await current();
    await clock.advance(86_400_000);
    versions = { AWSCURRENT: new Failure(code, "an outage") };
    expect((await current()).id).toBe("one");
    expect((await current()).id).toBe("one");
    expect(reads).toHaveLength(3);
  });

  test.each(TEMPORARY)("because of %s is a temporary failure where no key is known", async (code) => {
    versions = { AWSCURRENT: new Failure(code, "an outage") };
    const failure = await failureOf(current());
    expect(failure).toBeInstanceOf(TableFailure);
    expect(failure).toMatchObject({ message: "the service secret: an outage", isTemporary: true });
  });

  test.each(FINAL)("because of %s is a lasting failure, and ends the use of a known key", async (code) => {
    await current();
    await clock.advance(300_000);
    versions = { AWSCURRENT: new Failure(code, "an operator removed it") };
    const failure = await failureOf(current());
    expect(failure).toBeInstanceOf(TableFailure);
    expect(failure).toMatchObject({
      message: "the service secret: an operator removed it",
      isTemporary: false,
    });
  });

  test("because of a bug fails with that bug, whether a key is known or not", async () => {
    const bug = new TypeError("a bug");
    versions = { AWSCURRENT: bug };
    expect(await failureOf(current())).toBe(bug);
    versions = { AWSCURRENT: version("one") };
    await current();
    await clock.advance(300_000);
    versions = { AWSCURRENT: bug };
    expect(await failureOf(current())).toBe(bug);
  });

  test("is used again as soon as it can be read", async () => {
    await current();
    await clock.advance(300_000);
    versions = { AWSCURRENT: new Failure("secret_unavailable", "an outage") };
    await current();
    versions = { AWSCURRENT: version("two") };
    expect((await current()).id).toBe("two");
  });
});

describe("the length of the service secret", () => {
  test("can be 32 characters", async () => {
    versions = { AWSCURRENT: { versionId: "one", text: "x".repeat(32) } };
    expect((await current()).id).toBe("one");
  });

  test("cannot be 31 characters: a lasting failure that names the least length", async () => {
    versions = { AWSCURRENT: { versionId: "one", text: "x".repeat(31) } };
    const failure = await failureOf(current());
    expect(failure).toBeInstanceOf(TableFailure);
    expect(failure).toMatchObject({
      message: "the service secret has fewer than 32 characters",
      isTemporary: false,
    });
  });
});

describe("the key that a record names", () => {
  test("is the current version, read once and then known", async () => {
    expect((await byId("one"))?.id).toBe("one");
    expect((await byId("one"))?.id).toBe("one");
    expect(reads).toEqual(["AWSCURRENT"]);
  });

  test("is the previous version, read after the current one and then known", async () => {
    versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    const key = await byId("one");
    expect(key).toEqual({ id: "one", secret: Buffer.from(version("one").text) });
    expect(await byId("one")).toBe(key);
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("is known for ever: no read and no outage keeps a record closed that opened before", async () => {
    versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await byId("one");
    await clock.advance(7_200_000);
    const outage = new Failure("secret_unavailable", "an outage");
    versions = { AWSCURRENT: outage, AWSPREVIOUS: outage };
    expect((await byId("one"))?.id).toBe("one");
    expect((await byId("two"))?.id).toBe("two");
    expect(reads).toHaveLength(2);
  });

  test("is unknown where the secret was never rotated and the record names another version", async () => {
    expect(await byId("never stored")).toBeUndefined();
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("is read for an unknown version at most once in ten seconds, however often records name one", async () => {
    for (let round = 0; round < 20; round++) expect(await byId(`unknown ${round}`)).toBeUndefined();
    await clock.advance(9_999);
    expect(await byId("unknown")).toBeUndefined();
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
    await clock.advance(1);
    expect(await byId("unknown")).toBeUndefined();
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("is found ten seconds after a rotation, of which this instance knew nothing", async () => {
    await byId("one");
    versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await clock.advance(10_000);
    expect((await byId("two"))?.id).toBe("two");
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
    expect((await byId("one"))?.id).toBe("one");
    expect((await current()).id).toBe("two");
    expect(reads).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("shares its reads with the other requests of the same moment", async () => {
    versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    readMs = 100;
    const opened = Promise.all([
      keys.current(context),
      ...Array.from({ length: 10 }, () => keys.byId("one", context)),
    ]);
    const ids = (await clock.finish(opened)).map((key) => key?.id);
    expect(ids).toEqual(["two", ...Array(10).fill("one")]);
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test.each([
    ["secret_unavailable", true],
    ["secret_forbidden", false],
  ] as const)(
    "where the previous version fails with %s, fails: it may be the one",
    async (code, isTemporary) => {
      versions = { AWSCURRENT: version("two"), AWSPREVIOUS: new Failure(code, "not now") };
      const failure = await failureOf(byId("one"));
      expect(failure).toBeInstanceOf(TableFailure);
      expect(failure).toMatchObject({ message: "the service secret: not now", isTemporary });
    },
  );

  test("where the current version is not found, fails instead of trying the previous one", async () => {
    versions = { AWSPREVIOUS: version("one") };
    expect(await failureOf(byId("one"))).toMatchObject({ isTemporary: false });
    expect(reads).toEqual(["AWSCURRENT"]);
  });
});

describe("the versions that are known without I/O", () => {
  const refresh = (failures: TableFailure[] = []) =>
    clock.finish(keys.refresh(context, (failure) => void failures.push(failure)));

  test("are none before they are read, and then the current one and the previous one", async () => {
    versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    expect([keys.known("two"), keys.lastCurrent]).toEqual([undefined, undefined]);
    await refresh();
    expect(keys.lastCurrent?.id).toBe("two");
    expect([keys.known("one")?.id, keys.known("two")?.id, keys.known("zero")]).toEqual([
      "one",
      "two",
      undefined,
    ]);
    expect(reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("are read again after 300 seconds, however often that is requested", async () => {
    await refresh();
    versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await clock.advance(299_999);
    await refresh();
    expect([keys.lastCurrent?.id, reads.length]).toEqual(["one", 2]);
    await clock.advance(1);
    await Promise.all([refresh(), refresh(), refresh()]);
    expect([keys.lastCurrent?.id, reads.length]).toEqual(["two", 4]);
  });

  test("stay known where they cannot be read again, which is tried after another 300 seconds", async () => {
    await refresh();
    versions = { AWSCURRENT: new Failure("secret_unavailable", "scripted"), AWSPREVIOUS: version("zero") };
    await clock.advance(300_000);
    const failures: TableFailure[] = [];
    await refresh(failures);
    expect([keys.known("one")?.id, keys.known("zero")?.id, failures.length]).toEqual(["one", "zero", 1]);
    await clock.advance(299_999);
    await refresh(failures);
    expect([reads.length, failures.length]).toEqual([4, 1]);
  });

  test("are tried again after 10 seconds while there is no current one", async () => {
    versions = { AWSCURRENT: new Failure("secret_unavailable", "scripted") };
    await refresh();
    await clock.advance(9_999);
    await refresh();
    expect(reads).toHaveLength(2);
    await clock.advance(1);
    versions = { AWSCURRENT: version("one") };
    await refresh();
    expect(keys.lastCurrent?.id).toBe("one");
  });

  test("need no further read to seal", async () => {
    await refresh();
    expect((await current()).id).toBe("one");
    expect(reads).toHaveLength(2);
  });

  test("do not hide an error of our own", async () => {
    versions = { AWSCURRENT: new TypeError("a bug") };
    await expect(refresh()).rejects.toThrow("a bug");
  });
});

describe("a service secret that nobody sends", () => {
  /** A read that ends with its request's deadline. */
  const silent = async (context: RequestContext) => {
    await clock.sleep(context.deadline - clock.monotonic());
    throw new Failure("deadline_exceeded", "silence");
  };
  const requestOf = (timeLeft: number): RequestContext => ({
    ...{ requestId: "request", deadline: clock.monotonic() + timeLeft, trace: { steps: [] } },
  });

  test("costs two seconds where a key is known, once in 15 seconds", async () => {
    let isSilent = false;
    let count = 0;
    const keys = new ServiceKeys(async (_, context) => {
      count++;
      return isSilent ? silent(context) : version("one");
    }, clock);
    await clock.finish(keys.current(requestOf(30_000)));
    await clock.advance(300_000);
    isSilent = true;
    const begun = clock.monotonic();
    for (let request = 0; request < 5; request++) {
      expect((await clock.finish(keys.current(requestOf(30_000)))).id).toBe("one");
    }
    expect([clock.monotonic() - begun, count]).toEqual([2_000, 2]);
    clock.freeze(15_000);
    await clock.finish(keys.current(requestOf(30_000)));
    expect(count).toBe(3);
  });

  test("does not hold a request with less time than the one whose read it joins", async () => {
    const keys = new ServiceKeys((_, context) => silent(context), clock);
    const patient = keys.current(requestOf(30_000)).catch(() => {});
    const begun = clock.monotonic();
    const failure = await clock.finish(failureOf(keys.current(requestOf(1_000))));
    expect(failure).toMatchObject({ name: "TableFailure", isTemporary: true });
    expect(clock.monotonic() - begun).toBe(1_000);
    await clock.finish(patient);
  });

  test("is requested again after the environment was frozen while it waited", async () => {
    let count = 0;
    const keys = new ServiceKeys(
      async (_, context) => (++count === 1 ? silent(context) : version("one")),
      clock,
    );
    keys.preload(requestOf(30_000));
    clock.freeze(10_000);
    expect((await clock.finish(keys.current(requestOf(1_000)))).id).toBe("one");
    expect(count).toBe(2);
  });
});
