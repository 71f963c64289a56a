import { beforeEach, describe, expect, test } from "vitest";
import type { HeldToken } from "../../../../../functions/broker/held-token.ts";
import type { TableItem } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import type { Instance } from "../../../../support/instances.ts";
import { CREDENTIALS, ISSUED, ITEM, nameOf, Obtaining } from "./obtaining.ts";

type Options = Parameters<Obtaining["begin"]>[0];

let obtaining: Obtaining;
let clock: Obtaining["clock"];
let instances: Obtaining["instances"];
beforeEach(() => {
  obtaining = new Obtaining();
  ({ clock, instances } = obtaining);
});

/** Begins a request of the instance. */
const tokenOf = (instance: Instance, options: Options = {}) => obtaining.begin(options, instance);

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
    instances.table.items.set(ITEM, damage(obtaining.item));
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("that was moved from another key is replaced", async () => {
    await clock.finish(tokenOf(instances.start()));
    const item = obtaining.item;
    instances.table.items.set("token#other", item);
    const instance = instances.start();
    const mint = async () => ({ token: instance.newToken("own"), credentials: CREDENTIALS });
    const issued = { ...ISSUED, cacheKey: "other" };
    const wanted = { serves: () => true, isDue: () => false, secretVersion: "v1" };
    const request = { ...wanted, issued, held: undefined, mint };
    const obtained = await instance.tokens.obtain(request, instance.context());
    expect("minted" in obtained && nameOf(obtained.minted.token)).toBe("own");
  });

  test("with a lease far in the future keeps nobody from minting", async () => {
    const lease = { until: clock.wall() + 86_400_000 };
    instances.table.items.set(ITEM, { fence: 1, writer: "", deleteAfter: 0, lease });
    const before = clock.monotonic();
    await clock.finish(tokenOf(instances.start()));
    expect(clock.monotonic() - before).toBe(obtaining.mintMs);
  });

  test("an item shows neither the token nor what it was made from", async () => {
    await clock.finish(tokenOf(instances.start()));
    const { sealed, ...rest } = obtaining.item;
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
    await clock.finish(tokenOf(replaced, always));
    expect(nameOf(await clock.finish(tokenOf(early)))).toBe("token-2");
    expect(obtaining.begun).toHaveLength(2);
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
    expect(clock.monotonic() - before).toBe(obtaining.mintMs);
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
