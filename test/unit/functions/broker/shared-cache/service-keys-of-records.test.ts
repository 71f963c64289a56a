import { beforeEach, describe, expect, test } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { failureOf, ServiceSecret, version } from "./service-secret.ts";

let secret: ServiceSecret;
beforeEach(() => {
  secret = new ServiceSecret();
});

describe("the key that a record names", () => {
  test("is the current version, read once and then known", async () => {
    expect((await secret.byId("one"))?.id).toBe("one");
    expect((await secret.byId("one"))?.id).toBe("one");
    expect(secret.reads).toEqual(["AWSCURRENT"]);
  });

  test("is the previous version, read after the current one and then known", async () => {
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    const key = await secret.byId("one");
    expect(key).toEqual({ id: "one", secret: Buffer.from(version("one").text) });
    expect(await secret.byId("one")).toBe(key);
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("is known for ever: no read and no outage keeps a record closed that opened before", async () => {
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await secret.byId("one");
    await secret.clock.advance(7_200_000);
    const outage = new Failure("secret_unavailable", "an outage");
    secret.versions = { AWSCURRENT: outage, AWSPREVIOUS: outage };
    expect((await secret.byId("one"))?.id).toBe("one");
    expect((await secret.byId("two"))?.id).toBe("two");
    expect(secret.reads).toHaveLength(2);
  });

  test("is unknown where the secret was never rotated and the record names another version", async () => {
    expect(await secret.byId("never stored")).toBeUndefined();
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("is read for an unknown version at most once in ten seconds, however often records name one", async () => {
    for (let round = 0; round < 20; round++) expect(await secret.byId(`unknown ${round}`)).toBeUndefined();
    await secret.clock.advance(9_999);
    expect(await secret.byId("unknown")).toBeUndefined();
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
    await secret.clock.advance(1);
    expect(await secret.byId("unknown")).toBeUndefined();
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSPREVIOUS", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("is found ten seconds after a rotation, of which this instance knew nothing", async () => {
    await secret.byId("one");
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await secret.clock.advance(10_000);
    expect((await secret.byId("two"))?.id).toBe("two");
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
    expect((await secret.byId("one"))?.id).toBe("one");
    expect((await secret.current()).id).toBe("two");
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("shares its reads with the other requests of the same moment", async () => {
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    secret.readMs = 100;
    const opened = Promise.all([
      secret.keys.current(secret.context),
      ...Array.from({ length: 10 }, () => secret.keys.byId("one", secret.context)),
    ]);
    const ids = (await secret.clock.finish(opened)).map((key) => key?.id);
    expect(ids).toEqual(["two", ...Array(10).fill("one")]);
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test.each([
    ["secret_unavailable", true],
    ["secret_forbidden", false],
  ] as const)(
    "where the previous version fails with %s, fails: it may be the one",
    async (code, isTemporary) => {
      secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: new Failure(code, "not now") };
      const failure = await failureOf(secret.byId("one"));
      expect(failure).toBeInstanceOf(TableFailure);
      expect(failure).toMatchObject({ message: "the service secret: not now", isTemporary });
    },
  );

  test("where the current version is not found, fails instead of trying the previous one", async () => {
    secret.versions = { AWSPREVIOUS: version("one") };
    expect(await failureOf(secret.byId("one"))).toMatchObject({ isTemporary: false });
    expect(secret.reads).toEqual(["AWSCURRENT"]);
  });
});

describe("the key of a record that was written so many milliseconds ago", () => {
  beforeEach(async () => {
    await secret.byId("one");
    secret.reads.length = 0;
  });
  const ofRecord = (id: string, writtenMsAgo: number) =>
    secret.clock.finish(secret.keys.ofRecord(id, writtenMsAgo, secret.context));

  test("is found at once after a rotation, however short ago the secret was read", async () => {
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    expect((await ofRecord("two", 0))?.id).toBe("two");
    expect(secret.reads).toEqual(["AWSCURRENT"]);
  });

  test("is gone where the secret was read ten seconds after the record, which needs no other read", async () => {
    secret.versions = { AWSCURRENT: version("three"), AWSPREVIOUS: version("two") };
    expect(await ofRecord("zero", 10_000)).toBeUndefined();
    expect(secret.reads).toEqual(["AWSPREVIOUS"]);
    expect(await ofRecord("zero", 10_000)).toBeUndefined();
    expect(secret.reads).toEqual(["AWSPREVIOUS"]);
  });

  test("is a temporary failure where a read may not return its version yet", async () => {
    const failure = await failureOf(ofRecord("two", 9_999));
    expect(failure).toBeInstanceOf(TableFailure);
    expect(failure).toMatchObject({ isTemporary: true });
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("is known without a read where it was read before", async () => {
    expect((await ofRecord("one", 0))?.id).toBe("one");
    expect(secret.reads).toEqual([]);
  });
});

describe("the versions that are known without I/O", () => {
  const refresh = (failures: TableFailure[] = []) =>
    secret.clock.finish(secret.keys.refresh(secret.context, (failure) => void failures.push(failure)));

  test("are none before they are read, and then the current one and the previous one", async () => {
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    expect([secret.keys.known("two"), secret.keys.lastCurrent]).toEqual([undefined, undefined]);
    await refresh();
    expect(secret.keys.lastCurrent?.id).toBe("two");
    expect([secret.keys.known("one")?.id, secret.keys.known("two")?.id, secret.keys.known("zero")]).toEqual([
      "one",
      "two",
      undefined,
    ]);
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("are read again after 300 seconds, however often that is requested", async () => {
    await refresh();
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await secret.clock.advance(299_999);
    await refresh();
    expect([secret.keys.lastCurrent?.id, secret.reads.length]).toEqual(["one", 2]);
    await secret.clock.advance(1);
    await Promise.all([refresh(), refresh(), refresh()]);
    expect([secret.keys.lastCurrent?.id, secret.reads.length]).toEqual(["two", 4]);
  });

  test("stay known where they cannot be read again, which is tried after another 300 seconds", async () => {
    await refresh();
    secret.versions = {
      AWSCURRENT: new Failure("secret_unavailable", "scripted"),
      AWSPREVIOUS: version("zero"),
    };
    await secret.clock.advance(300_000);
    const failures: TableFailure[] = [];
    await refresh(failures);
    expect([secret.keys.known("one")?.id, secret.keys.known("zero")?.id, failures.length]).toEqual([
      "one",
      "zero",
      1,
    ]);
    await secret.clock.advance(299_999);
    await refresh(failures);
    expect([secret.reads.length, failures.length]).toEqual([4, 1]);
  });

  test("are tried again after 10 seconds while there is no current one", async () => {
    secret.versions = { AWSCURRENT: new Failure("secret_unavailable", "scripted") };
    await refresh();
    await secret.clock.advance(9_999);
    await refresh();
    expect(secret.reads).toHaveLength(2);
    await secret.clock.advance(1);
    secret.versions = { AWSCURRENT: version("one") };
    await refresh();
    expect(secret.keys.lastCurrent?.id).toBe("one");
  });

  test("need no further read to seal", async () => {
    await refresh();
    expect((await secret.current()).id).toBe("one");
    expect(secret.reads).toHaveLength(2);
  });

  test("do not hide an error of our own", async () => {
    secret.versions = { AWSCURRENT: new TypeError("a bug") };
    await expect(refresh()).rejects.toThrow("a bug");
  });
});
