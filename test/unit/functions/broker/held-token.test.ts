import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { ageSeconds, heldToken, lifeLeft } from "../../../../functions/broker/held-token.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const BORN = { wall: 1_000, monotonic: 2_000 };
const token = (expires_in: number) => ({ access_token: "token", expires_in, restricted_to: [] });

it("names a token by its SHA-256 in lower-case hex, and keeps the response and the time of the request", () => {
  expect(heldToken(token(3600), BORN)).toEqual({
    token: token(3600),
    sha256: createHash("sha256").update("token").digest("hex"),
    born: BORN,
    lifetime: 3600,
  });
});

it("takes at most two hours for the life of a token, whatever Box claims", () => {
  expect(heldToken(token(7200), BORN).lifetime).toBe(7200);
  expect(heldToken(token(7201), BORN).lifetime).toBe(7200);
});

it("counts whole seconds of life, rounded down", async () => {
  const clock = new VirtualClock();
  const held = heldToken(token(3600), { wall: clock.wall(), monotonic: clock.monotonic() });
  await clock.advance(1_500);
  expect(ageSeconds(clock, held)).toBe(1.5);
  expect(lifeLeft(clock, held)).toBe(3598);
});
