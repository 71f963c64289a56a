import { it } from "vitest";
import { expectSoundHistories } from "./histories.ts";

/** `test/exhaustive` has ten times as many. */
const HISTORIES = 600;

it("the environment never issues an expired or rejected token, never requests one token twice, and fails only if no token is possible", () =>
  expectSoundHistories(HISTORIES));
