import { expect } from "vitest";
import { type Browser, type ConnectScene, titleOf } from "../../../../support/connect-scene.ts";

/** The titles of the pages that requests without an effect get. */
export const ENDED = "This attempt to connect has ended";
export const USED = "This attempt to connect was used before";
export const INVALID = "This connect link is not valid";

/** The title of a refusal, for which no call was made to Box and nothing was stored. */
export async function withoutEffect(scene: ConnectScene, response: ReturnType<Browser["open"]>) {
  const calls = scene.box.calls;
  const writes = scene.shared.table.calls.length;
  const { statusCode, body = "", headers } = await response;
  expect(statusCode).toBe(400);
  expect(headers?.location).toBeUndefined();
  expect(scene.box.calls).toBe(calls);
  expect(scene.shared.table.calls).toHaveLength(writes);
  return titleOf({ body });
}
