import { beforeEach, describe, expect, test } from "vitest";
import type { RequestContext } from "../../../../../functions/broker/ports.ts";
import { ServiceKeys } from "../../../../../functions/broker/shared-cache/service-keys.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure, type ProblemCode } from "../../../../../schemas/protocol/problems.ts";
import { failureOf, ServiceSecret, version } from "./service-secret.ts";

let secret: ServiceSecret;
beforeEach(() => {
  secret = new ServiceSecret();
});

describe("the current key", () => {
  test("is the current version of the service secret: its id, and its text as bytes", async () => {
    const text = "ä".repeat(32);
    secret.versions = { AWSCURRENT: { versionId: "one", text } };
    expect(await secret.current()).toEqual({ id: "one", secret: Buffer.from(text, "utf8") });
  });

  test("is read once in 300 seconds, and at their end again", async () => {
    await secret.current();
    secret.versions = { AWSCURRENT: version("two"), AWSPREVIOUS: version("one") };
    await secret.clock.advance(299_999);
    expect((await secret.current()).id).toBe("one");
    expect(secret.reads).toEqual(["AWSCURRENT"]);
    await secret.clock.advance(1);
    expect((await secret.current()).id).toBe("two");
    expect(secret.reads).toEqual(["AWSCURRENT", "AWSCURRENT"]);
  });

  test("is read again after a freeze of the environment that was longer than 300 seconds", async () => {
    await secret.current();
    secret.clock.freeze(300_000);
    await secret.current();
    expect(secret.reads).toHaveLength(2);
  });

  test("counts its 300 seconds from the beginning of the read, because the version can change meanwhile", async () => {
    secret.readMs = 2_000;
    await secret.current();
    await secret.clock.advance(298_000);
    await secret.current();
    expect(secret.reads).toHaveLength(2);
  });

  test("is read once for all requests that need it at the same time", async () => {
    secret.readMs = 100;
    const all = await secret.clock.finish(
      Promise.all(Array.from({ length: 50 }, () => secret.keys.current(secret.context))),
    );
    expect(secret.reads).toEqual(["AWSCURRENT"]);
    expect(new Set(all).size).toBe(1);
  });

  test("is read again by the next request after a read that failed for all waiting requests", async () => {
    secret.versions = { AWSCURRENT: new Failure("secret_unavailable", "throttled") };
    secret.readMs = 100;
    const both = Promise.all(
      [secret.keys.current(secret.context), secret.keys.current(secret.context)].map(failureOf),
    );
    for (const failure of await secret.clock.finish(both)) expect(failure).toBeInstanceOf(TableFailure);
    expect(secret.reads).toHaveLength(1);
    secret.versions = { AWSCURRENT: version("one") };
    expect((await secret.current()).id).toBe("one");
    expect(secret.reads).toHaveLength(2);
  });
});

describe("the preload", () => {
  test("begins to read the current version, which a request at the same time shares", async () => {
    secret.readMs = 100;
    secret.keys.preload(secret.context);
    expect(secret.reads).toEqual(["AWSCURRENT"]);
    await secret.current();
    expect(secret.reads).toEqual(["AWSCURRENT"]);
  });

  test("reads nothing where a version is known, even after its 300 seconds", async () => {
    await secret.current();
    await secret.clock.advance(3_600_000);
    secret.keys.preload(secret.context);
    await secret.clock.advance(0);
    expect(secret.reads).toHaveLength(1);
  });

  test("that fails leaves the failure to the request that needs the key, which reads again", async () => {
    secret.versions = { AWSCURRENT: new Failure("secret_unavailable", "an outage") };
    secret.keys.preload(secret.context);
    await secret.clock.advance(0);
    secret.versions = { AWSCURRENT: version("one") };
    expect((await secret.current()).id).toBe("one");
    expect(secret.reads).toHaveLength(2);
  });
});

describe("a service secret that cannot be read", () => {
  const TEMPORARY: readonly ProblemCode[] = ["secret_unavailable", "deadline_exceeded"];
  const FINAL: readonly ProblemCode[] = ["secret_not_found", "secret_forbidden"];

  test.each(TEMPORARY)("because of %s leaves a known key in use after its 300 seconds", async (code) => {
    await secret.current();
    await secret.clock.advance(86_400_000);
    secret.versions = { AWSCURRENT: new Failure(code, "an outage") };
    expect((await secret.current()).id).toBe("one");
    expect((await secret.current()).id).toBe("one");
    expect(secret.reads).toHaveLength(3);
  });

  test.each(TEMPORARY)("because of %s is a temporary failure where no key is known", async (code) => {
    secret.versions = { AWSCURRENT: new Failure(code, "an outage") };
    const failure = await failureOf(secret.current());
    expect(failure).toBeInstanceOf(TableFailure);
    expect(failure).toMatchObject({ message: "the service secret: an outage", isTemporary: true });
  });

  test.each(FINAL)("because of %s is a lasting failure, and ends the use of a known key", async (code) => {
    await secret.current();
    await secret.clock.advance(300_000);
    secret.versions = { AWSCURRENT: new Failure(code, "an operator removed it") };
    const failure = await failureOf(secret.current());
    expect(failure).toBeInstanceOf(TableFailure);
    expect(failure).toMatchObject({
      message: "the service secret: an operator removed it",
      isTemporary: false,
    });
  });

  test("because of a bug fails with that bug, whether a key is known or not", async () => {
    const bug = new TypeError("a bug");
    secret.versions = { AWSCURRENT: bug };
    expect(await failureOf(secret.current())).toBe(bug);
    secret.versions = { AWSCURRENT: version("one") };
    await secret.current();
    await secret.clock.advance(300_000);
    secret.versions = { AWSCURRENT: bug };
    expect(await failureOf(secret.current())).toBe(bug);
  });

  test("is used again as soon as it can be read", async () => {
    await secret.current();
    await secret.clock.advance(300_000);
    secret.versions = { AWSCURRENT: new Failure("secret_unavailable", "an outage") };
    await secret.current();
    secret.versions = { AWSCURRENT: version("two") };
    expect((await secret.current()).id).toBe("two");
  });
});

describe("the length of the service secret", () => {
  test("can be 32 characters", async () => {
    secret.versions = { AWSCURRENT: { versionId: "one", text: "x".repeat(32) } };
    expect((await secret.current()).id).toBe("one");
  });

  test("cannot be 31 characters: a lasting failure that names the least length", async () => {
    secret.versions = { AWSCURRENT: { versionId: "one", text: "x".repeat(31) } };
    const failure = await failureOf(secret.current());
    expect(failure).toBeInstanceOf(TableFailure);
    expect(failure).toMatchObject({
      message: "the service secret has fewer than 32 characters",
      isTemporary: false,
    });
  });
});

describe("a service secret that nobody sends", () => {
  /** A read that ends with its request's deadline. */
  const silent = async (context: RequestContext) => {
    await secret.clock.sleep(context.deadline - secret.clock.monotonic());
    throw new Failure("deadline_exceeded", "silence");
  };
  const requestOf = (timeLeft: number): RequestContext => ({
    ...{ requestId: "request", deadline: secret.clock.monotonic() + timeLeft, trace: { steps: [] } },
  });

  test("costs two seconds where a key is known, once in 15 seconds", async () => {
    let isSilent = false;
    let count = 0;
    const keys = new ServiceKeys(async (_, context) => {
      count++;
      return isSilent ? silent(context) : version("one");
    }, secret.clock);
    await secret.clock.finish(keys.current(requestOf(30_000)));
    await secret.clock.advance(300_000);
    isSilent = true;
    const begun = secret.clock.monotonic();
    for (let request = 0; request < 5; request++) {
      expect((await secret.clock.finish(keys.current(requestOf(30_000)))).id).toBe("one");
    }
    expect([secret.clock.monotonic() - begun, count]).toEqual([2_000, 2]);
    secret.clock.freeze(15_000);
    await secret.clock.finish(keys.current(requestOf(30_000)));
    expect(count).toBe(3);
  });

  test("does not hold a request with less time than the one whose read it joins", async () => {
    const keys = new ServiceKeys((_, context) => silent(context), secret.clock);
    const patient = keys.current(requestOf(30_000)).catch(() => {});
    const begun = secret.clock.monotonic();
    const failure = await secret.clock.finish(failureOf(keys.current(requestOf(1_000))));
    expect(failure).toMatchObject({ name: "TableFailure", isTemporary: true });
    expect(secret.clock.monotonic() - begun).toBe(1_000);
    await secret.clock.finish(patient);
  });

  test("is requested again after the environment was frozen while it waited", async () => {
    let count = 0;
    const keys = new ServiceKeys(
      async (_, context) => (++count === 1 ? silent(context) : version("one")),
      secret.clock,
    );
    keys.preload(requestOf(30_000));
    secret.clock.freeze(10_000);
    expect((await secret.clock.finish(keys.current(requestOf(1_000)))).id).toBe("one");
    expect(count).toBe(2);
  });
});
