import { beforeEach, describe, expect, test } from "vitest";
import type { HeldToken } from "../../../../../functions/broker/held-token.ts";
import type { RequestContext } from "../../../../../functions/broker/ports.ts";
import type { SharedTokenRequest } from "../../../../../functions/broker/shared-cache/shared-tokens.ts";
import { TableFailure, type TableItem } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { type Instance, Instances } from "../../../../support/instances.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

const KEY = "cache-key";
const ITEM = "token#cache-key";
const LEASE_MS = 10_000;

let clock: VirtualClock;
let instances: Instances;
let mints: string[];
/** Milliseconds that each mint takes. */
let mintMs: number;
beforeEach(() => {
  clock = new VirtualClock();
  instances = new Instances(clock);
  mints = [];
  mintMs = 300;
});

type Wanted = Pick<SharedTokenRequest<unknown>, "serves" | "isDue" | "secretVersion">;

const ISSUED = { cacheKey: KEY, app: "reports", subject: { type: "enterprise", id: "1" } } as const;

/** Accepts every token that has five minutes left; renewal is due in the last tenth of its life. */
function wantedBy(instance: Instance): Wanted {
  return {
    serves: (token) => instance.lifeLeft(token) >= 300,
    isDue: (token) => instance.lifeLeft(token) < token.lifetime / 10,
    secretVersion: "v1",
  };
}

interface Options {
  readonly held?: HeldToken;
  readonly wanted?: Wanted;
  readonly mint?: () => Promise<{ token: HeldToken }>;
  readonly context?: RequestContext;
}

async function tokenOf(instance: Instance, options: Options = {}): Promise<HeldToken> {
  const { held, wanted = wantedBy(instance), context = instance.context() } = options;
  const mint =
    options.mint ??
    (async () => {
      const name = `token-${mints.push("mint")}`;
      const token = instance.newToken(name);
      await clock.sleep(mintMs);
      return { token };
    });
  const obtained = await instance.tokens.obtain({ ...wanted, issued: ISSUED, held, mint }, context);
  return "token" in obtained ? obtained.token : obtained.minted.token;
}

const nameOf = ({ token }: HeldToken) => token.access_token;

function storedItem(): TableItem {
  const item = instances.table.items.get(ITEM);
  if (item === undefined) throw new Error("The table has no item.");
  return item;
}

describe("one mint for all instances", () => {
  test("twenty cold instances with a request at the same time share one mint", async () => {
    const tokens = await clock.finish(
      Promise.all(Array.from({ length: 20 }, () => tokenOf(instances.start()))),
    );
    expect(mints).toHaveLength(1);
    expect(new Set(tokens.map(nameOf))).toEqual(new Set(["token-1"]));
  });

  test("an instance that starts later gets the token with one read, and its true age", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(1_000_000);
    instances.table.calls.length = 0;
    const late = instances.start();
    const token = await clock.finish(tokenOf(late));
    expect(instances.table.calls).toEqual(["read"]);
    expect(late.lifeLeft(token)).toBe(2_599);
  });

  test("a token that has too little life left for one request is replaced for all", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(3_400_000);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("the token of the table is renewed by one instance while the others serve it", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(3_270_000);
    const tokens = await clock.finish(
      Promise.all(Array.from({ length: 10 }, () => tokenOf(instances.start()))),
    );
    expect(mints).toHaveLength(2);
    expect(tokens.map(nameOf).filter((name) => name === "token-1")).toHaveLength(9);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("a renewal that fails serves the present token, and no other instance tries within the lease", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(3_270_000);
    const refuse = async () => {
      mints.push("refused");
      throw new Failure("box_unavailable", "Box is away");
    };
    for (let round = 0; round < 3; round++) {
      expect(nameOf(await clock.finish(tokenOf(instances.start(), { mint: refuse })))).toBe("token-1");
    }
    expect(mints).toEqual(["mint", "refused"]);
  });

  test("after a mint that fails the next instance mints at once", async () => {
    const failing = tokenOf(instances.start(), {
      mint: async () => {
        throw new Failure("box_unavailable", "Box is away");
      },
    });
    await expect(clock.finish(failing)).rejects.toThrow("Box is away");
    const before = clock.monotonic();
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
    expect(clock.monotonic() - before).toBe(mintMs);
  });
});

describe("a lease holder that dies", () => {
  const never = () => new Promise<never>(() => {});

  test("costs the others its lease and no error", async () => {
    void tokenOf(instances.start(), { mint: never });
    await clock.advance(0);
    const before = clock.monotonic();
    const tokens = await clock.finish(
      Promise.all(Array.from({ length: 5 }, () => tokenOf(instances.start()))),
    );
    expect(mints).toHaveLength(1);
    expect(new Set(tokens.map(nameOf)).size).toBe(1);
    expect(clock.monotonic() - before).toBeLessThan(LEASE_MS + 2_000);
  });

  test("and that comes back late cannot overwrite the token of its successor", async () => {
    let finish = () => {};
    const late = instances.start();
    const lateToken = tokenOf(late, {
      mint: () =>
        new Promise((resolve) => {
          const token = late.newToken("late");
          finish = () => resolve({ token });
        }),
    });
    await clock.advance(LEASE_MS + 3_000);
    await clock.finish(tokenOf(instances.start()));
    finish();
    expect(nameOf(await clock.finish(lateToken))).toBe("late");
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
  });

  test("does not keep a request with less time from its token", async () => {
    void tokenOf(instances.start(), { mint: never });
    await clock.advance(0);
    const hurried = instances.start();
    const context = hurried.context(5_000);
    expect(nameOf(await clock.finish(tokenOf(hurried, { context })))).toBe("token-1");
    expect(clock.monotonic()).toBeLessThan(context.deadline);
  });
});

describe("clocks that are two minutes apart", () => {
  test("see the same life in a token", async () => {
    await clock.finish(tokenOf(instances.start(-120_000)));
    await clock.advance(600_000);
    for (const skew of [-120_000, 0, 120_000]) {
      const instance = instances.start(skew);
      expect(instance.lifeLeft(await clock.finish(tokenOf(instance)))).toBe(2_999);
    }
  });

  test("do not take a lease from one another", async () => {
    mintMs = 6_000;
    const tokens = [120_000, -120_000, 0, 60_000].map((skew) => tokenOf(instances.start(skew)));
    await clock.finish(Promise.all(tokens));
    expect(mints).toHaveLength(1);
  });
});

describe("an item that cannot be trusted", () => {
  const DAMAGES: readonly [string, (item: TableItem) => TableItem][] = [
    ["with a changed byte", (item) => withBytes(item, (bytes) => flip(bytes, bytes.length - 20))],
    ["with a changed tag", (item) => withBytes(item, (bytes) => flip(bytes, bytes.length - 1))],
    ["with another layout number", (item) => withBytes(item, (bytes) => flip(bytes, 0))],
    ["that is truncated", (item) => withBytes(item, (bytes) => bytes.subarray(0, 25))],
    ["that is empty", (item) => withBytes(item, () => new Uint8Array())],
    ["that names an unknown key", (item) => ({ ...item, sealed: { ...sealedOf(item), keyId: "unknown" } })],
  ];
  test.each(DAMAGES)("%s is replaced", async (_, damage) => {
    await clock.finish(tokenOf(instances.start()));
    instances.table.items.set(ITEM, damage(storedItem()));
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("that was moved from another key is replaced", async () => {
    await clock.finish(tokenOf(instances.start()));
    const item = storedItem();
    instances.table.items.set("token#other", item);
    const instance = instances.start();
    const mint = async () => ({ token: instance.newToken("own") });
    const issued = { ...ISSUED, cacheKey: "other" };
    const request = { ...wantedBy(instance), issued, held: undefined, mint };
    const obtained = await instance.tokens.obtain(request, instance.context());
    expect("minted" in obtained && nameOf(obtained.minted.token)).toBe("own");
  });

  test("with a lease far in the future keeps nobody from minting", async () => {
    const lease = { until: clock.wall() + 86_400_000 };
    instances.table.items.set(ITEM, { fence: 1, writer: "", deleteAfter: 0, lease });
    const before = clock.monotonic();
    await clock.finish(tokenOf(instances.start()));
    expect(clock.monotonic() - before).toBe(mintMs);
  });

  test("an item shows neither the token nor what it was made from", async () => {
    await clock.finish(tokenOf(instances.start()));
    const { sealed, ...rest } = storedItem();
    expect(JSON.stringify(rest)).not.toContain("token-1");
    expect(Buffer.from(sealed?.bytes ?? []).includes("token-1")).toBe(false);
  });
});

describe("the service secret", () => {
  test("after a rotation the tokens that the previous version sealed are served", async () => {
    await clock.finish(tokenOf(instances.start()));
    instances.secret.rotate();
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
  });

  test("an instance that still has the previous version opens what the new version sealed", async () => {
    const early = instances.start();
    await clock.finish(tokenOf(early));
    await clock.advance(60_000);
    instances.secret.rotate();
    const replaced = instances.start();
    const serves = (token: HeldToken) => nameOf(token) === "token-2";
    const always = { serves, isDue: () => false, secretVersion: "v1" };
    await clock.finish(tokenOf(replaced, { wanted: always }));
    expect(nameOf(await clock.finish(tokenOf(early)))).toBe("token-2");
    expect(mints).toHaveLength(2);
  });

  test("is read once by an instance, however many tokens it opens", async () => {
    await clock.finish(tokenOf(instances.start()));
    instances.secret.reads = 0;
    const instance = instances.start();
    for (let round = 0; round < 10; round++) await clock.finish(tokenOf(instance));
    expect(instances.secret.reads).toBe(1);
  });

  test.each([
    ["is missing", new Failure("secret_not_found", "no such secret")],
    ["may not be read", new Failure("secret_forbidden", "not allowed")],
  ])("where it %s, tokens are issued and the trace says why the cache was not used", async (_, failure) => {
    instances.secret.failure = failure;
    const instance = instances.start();
    const context = instance.context();
    expect(nameOf(await clock.finish(tokenOf(instance, { context })))).toBe("token-1");
    expect(context.trace.sharedCacheFailure).toContain(failure.message);
  });

  test("where it is missing, no instance waits for another one", async () => {
    instances.secret.failure = new Failure("secret_not_found", "no such secret");
    const before = clock.monotonic();
    await clock.finish(Promise.all(Array.from({ length: 5 }, () => tokenOf(instances.start()))));
    expect(clock.monotonic() - before).toBe(mintMs);
    expect(instances.table.items.size).toBe(0);
  });

  test("that is shorter than 32 characters seals nothing", async () => {
    instances.secret.rotate("too short");
    const instance = instances.start();
    const context = instance.context();
    await clock.finish(tokenOf(instance, { context }));
    expect(context.trace.sharedCacheFailure).toContain("fewer than 32 characters");
    expect(instances.table.items.get(ITEM)?.sealed).toBeUndefined();
  });
});

describe("a table that is away", () => {
  const outage = new TableFailure("DynamoDB: InternalServerError", true);

  test("costs a mint, and the trace says so", async () => {
    instances.table.outage = outage;
    const instance = instances.start();
    const context = instance.context();
    expect(nameOf(await clock.finish(tokenOf(instance, { context })))).toBe("token-1");
    expect(context.trace.sharedCacheFailure).toBe(outage.message);
  });

  test("receives no request after three failures, and is tried again after the pause", async () => {
    instances.table.outage = outage;
    const instance = instances.start();
    for (let round = 0; round < 10; round++) await clock.finish(tokenOf(instance));
    expect(instances.table.calls).toHaveLength(3);
    instances.table.outage = undefined;
    await clock.advance(15_000);
    await clock.finish(tokenOf(instance));
    expect(storedItem().sealed).toBeDefined();
  });

  test("leaves the token of the instance's memory in use", async () => {
    const instance = instances.start();
    const held = await clock.finish(tokenOf(instance));
    instances.table.outage = outage;
    expect(nameOf(await clock.finish(tokenOf(instance, { held })))).toBe("token-1");
    expect(mints).toHaveLength(1);
  });

  test("after the mint keeps nobody from the token, and nobody waits for what was not stored", async () => {
    instances.table.failures.push(undefined, undefined, outage, outage);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
    const before = clock.monotonic();
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
    expect(clock.monotonic() - before).toBe(mintMs);
  });
});

test("a write whose response was lost is recognised as its own", async () => {
  instances.table.lostResponses = 2;
  await clock.finish(tokenOf(instances.start()));
  expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
  expect(mints).toHaveLength(1);
});

describe("the description of a token", () => {
  test("is found by the token's hash, by every instance, while the token lives", async () => {
    const token = await clock.finish(tokenOf(instances.start()));
    const other = instances.start(60_000);
    expect(await other.tokens.find(token.sha256, other.context())).toEqual(ISSUED);
    await clock.advance(3_600_000);
    expect(await other.tokens.find(token.sha256, other.context())).toBeUndefined();
  });

  test("is not found for a hash that nobody issued", async () => {
    const instance = instances.start();
    await clock.finish(tokenOf(instance));
    expect(await instance.tokens.find("0".repeat(64), instance.context())).toBeUndefined();
  });

  test("is not found where it was moved from another hash", async () => {
    const instance = instances.start();
    const token = await clock.finish(tokenOf(instance));
    const moved = instances.table.items.get(`issued#${token.sha256}`);
    if (moved !== undefined) instances.table.items.set(`issued#${"0".repeat(64)}`, moved);
    expect(await instance.tokens.find("0".repeat(64), instance.context())).toBeUndefined();
  });
});

describe("an eviction", () => {
  test("removes the token for every instance", async () => {
    const token = await clock.finish(tokenOf(instances.start()));
    const other = instances.start();
    expect(await clock.finish(other.tokens.evict(KEY, token.sha256, other.context()))).toBe(true);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("leaves another token where it is", async () => {
    await clock.finish(tokenOf(instances.start()));
    const other = instances.start();
    const sha256 = other.newToken("another").sha256;
    expect(await clock.finish(other.tokens.evict(KEY, sha256, other.context()))).toBe(false);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
  });

  test("fails where the table is away: a caller must not believe that the token is gone", async () => {
    const token = await clock.finish(tokenOf(instances.start()));
    instances.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
    const other = instances.start();
    const evicting = other.tokens.evict(KEY, token.sha256, other.context());
    await expect(clock.finish(evicting)).rejects.toThrow(TableFailure);
  });
});

function sealedOf({ sealed }: TableItem) {
  if (sealed === undefined) throw new Error("The item has no token.");
  return sealed;
}

function withBytes(item: TableItem, change: (bytes: Uint8Array) => Uint8Array): TableItem {
  const sealed = sealedOf(item);
  return { ...item, sealed: { ...sealed, bytes: change(Uint8Array.from(sealed.bytes)) } };
}

function flip(bytes: Uint8Array, index: number): Uint8Array {
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes;
}
