import { describe, expect, test } from "vitest";
import { ADMIN_TYPES } from "../../../sandbox/box/events.ts";
import { TRIGGERS, triggersOf } from "../../../sandbox/box/webhooks/triggers.ts";
import { expectBoxResponse } from "../../support/box-openapi/index.ts";

/** Box's published API decides which names there are. */
describe("the sandbox's tables have names that Box has", () => {
  test.each(Object.keys(TRIGGERS))("of the trigger %s", (trigger) => {
    expectBoxResponse("POST", "/2.0/webhooks", 201, { triggers: [trigger] });
  });

  test.each([...new Set([...Object.keys(ADMIN_TYPES), ...Object.values(ADMIN_TYPES)])])(
    "of the event %s",
    (event_type) => {
      expectBoxResponse("GET", "/2.0/events", 200, { entries: [{ event_type }] });
    },
  );

  test("of what a change triggers", () => {
    const item = { type: "file" } as never;
    const triggers = Object.keys(ADMIN_TYPES).flatMap((type) => triggersOf({ type, item } as never));
    expect(triggers.filter((trigger) => !Object.hasOwn(TRIGGERS, trigger))).toEqual([]);
    expect(triggers.length).toBeGreaterThan(10);
  });
});

test("a file that is moved is uploaded to its new folder", () => {
  const moved = (type: string) => triggersOf({ type: "ITEM_MOVE", item: { type } } as never);
  expect(moved("file")).toEqual(["FILE.MOVED", "FILE.UPLOADED"]);
  expect(moved("folder")).toEqual(["FOLDER.MOVED"]);
});
