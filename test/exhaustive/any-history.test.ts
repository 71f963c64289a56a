import { it } from "vitest";
import { expectSoundHistories } from "../unit/functions/model/histories.ts";

const HISTORIES = 6_000;

it("in any history the environment never issues an expired or rejected token, never requests one token twice, and fails only if no token is possible", () =>
  expectSoundHistories(HISTORIES));
