import { expect, it } from "vitest";
import { GROWING } from "../action/private-key/growing.ts";
import { growth, MAX_GROWTH, MAX_SHARE, repeated, shareOfWork } from "../action/private-key/growth.ts";
import { mutated } from "../action/private-key/mutations.ts";

/** Before a release, run this with `MUTATED_INPUTS=100000`, which takes a quarter of an hour. */
const INPUTS = Number(process.env.MUTATED_INPUTS ?? 8_000);
const AT_A_TIME = 1000;

it.each(Array.from({ length: INPUTS / AT_A_TIME }, (_, at) => at * AT_A_TIME))(
  "randomly mutated keys take work in proportion to their size, from seed %i on",
  (first) => {
    for (let seed = first; seed < first + AT_A_TIME; seed++)
      expect(shareOfWork(mutated(seed)), `seed ${seed}`).toBeLessThan(MAX_SHARE);
  },
  600_000,
);

/** Well above every fixed limit of the search. */
const SIZE = 256 * 1024;

it.each(GROWING)("doubling a large input doubles the work: %s", (_, unit, lead) => {
  expect(growth((size) => repeated(unit, size, lead), SIZE)).toBeLessThan(MAX_GROWTH);
});
