import { expect, test } from "vitest";
import { TableFailure } from "../../../../functions/broker/shared-cache/table.ts";
import { HandledEvents } from "../../../../functions/broker/webhooks/handled-events.ts";
import { contextOf } from "../../../support/fake-ports.ts";
import { MemoryTable } from "../../../support/memory-table.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const DAY_MS = 86_400_000;

function environments() {
  const clock = new VirtualClock();
  const table = new MemoryTable(() => clock.wall());
  const environment = (shared: MemoryTable | undefined = table) => new HandledEvents(shared, clock);
  return { clock, table, environment, context: contextOf(clock) };
}

test("an environment's memory of handled events forgets the oldest of more than 20,000", async () => {
  const { clock, context } = environments();
  const handled = new HandledEvents(undefined, clock);
  for (let event = 0; event <= 20_000; event += 1) await handled.add(`event-${event}`, "memory", context);
  expect(await handled.find("event-0", context)).toEqual({ isHandled: false, by: "memory" });
  expect(await handled.find("event-1", context)).toEqual({ isHandled: true, by: "memory" });
});

test("an event that is handled again is the newest in an environment's memory", async () => {
  const { clock, context } = environments();
  const handled = new HandledEvents(undefined, clock);
  for (let event = 0; event < 20_000; event += 1) await handled.add(`event-${event}`, "memory", context);
  await handled.add("event-0", "memory", context);
  await handled.add("one-more", "memory", context);
  expect((await handled.find("event-0", context)).isHandled).toBe(true);
  expect((await handled.find("event-1", context)).isHandled).toBe(false);
});

test("an environment knows an event for a day, and no longer", async () => {
  const { clock, context } = environments();
  const handled = new HandledEvents(undefined, clock);
  await handled.add("event", "memory", context);
  clock.freeze(DAY_MS - 1);
  expect((await handled.find("event", context)).isHandled).toBe(true);
  clock.freeze(1);
  expect((await handled.find("event", context)).isHandled).toBe(false);
});

test("another environment knows an event by the table for a day, and no longer", async () => {
  const { clock, environment, context } = environments();
  clock.setWall(1_000 - (clock.wall() % 1_000));
  await environment().add("event", "table", context);
  const other = environment();
  clock.setWall(DAY_MS - 1);
  expect(await other.find("event", context)).toEqual({ isHandled: true, by: "table" });
  clock.setWall(1);
  expect(await other.find("event", context)).toEqual({ isHandled: false, by: "table" });
});

test("an event of yesterday whose item DynamoDB has not deleted yet is written again", async () => {
  const { clock, table, environment, context } = environments();
  await environment().add("event", "table", context);
  clock.setWall(DAY_MS + 1_000);
  await environment().add("event", "table", context);
  expect(await environment().find("event", context)).toEqual({ isHandled: true, by: "table" });
  expect([...table.items.values()].map(({ fence }) => fence)).toEqual([2]);
});

test("an event that two environments have handled at once is written once", async () => {
  const { table, environment, context } = environments();
  await environment().add("event", "table", context);
  await environment().add("event", "table", context);
  expect(table.calls).toEqual(["replace", "replace"]);
  expect([...table.items.values()].map(({ fence }) => fence)).toEqual([1]);
});

test("an event whose item is gone when its write is refused is left to the memory", async () => {
  const { clock, table, context } = environments();
  table.replace = async (key) => {
    table.keys.push(key);
    return { replaced: false, current: undefined };
  };
  const handled = new HandledEvents(table, clock);
  await handled.add("event", "table", context);
  expect(table.keys).toHaveLength(1);
  expect(await handled.find("event", context)).toEqual({ isHandled: true, by: "memory" });
});

test("a table that fails is noted in the request's trace; a bug is thrown", async () => {
  const { table, environment, context } = environments();
  table.outage = new TableFailure("the table did not respond", true);
  expect(await environment().find("event", context)).toEqual({ isHandled: false, by: "unavailable" });
  expect(context.trace.sharedCacheFailure).toBe("the table did not respond");
  table.read = async () => {
    throw new TypeError("a bug");
  };
  await expect(environment().find("event", context)).rejects.toThrow("a bug");
});
