import { Buffer } from "node:buffer";
import { budgetFor } from "../../../action/detect/budget.ts";
import { detectKeys } from "../../../action/detect/detect.ts";

/** Bytes handed to passes while keys are looked for, without any limit that could hide growth. */
function workOf(bytes: Buffer): number {
  const budget = { ...budgetFor(bytes.length, () => 0), bytes: 1e12, opens: 1e9, keys: 1e9 };
  detectKeys(bytes, undefined, budget);
  return budget.work;
}

/** `unit` over and over behind `lead`, so many bytes of it. */
export const repeated = (unit: string | Buffer, size: number, lead: string | Buffer = ""): Buffer =>
  Buffer.concat([Buffer.from(lead), Buffer.alloc(size, unit)]);

/** How much more work twice the input takes: 2 where it is linear, 4 where it is quadratic. */
export const growth = (make: (size: number) => Buffer, size: number): number =>
  workOf(make(2 * size)) / workOf(make(size));

const SMALL = 4096;
/** Copies in the smaller input: with fewer, the reach around the last one is most of it. */
const COPIES = 8;
const TIMES = 8;
/** What fixed reaches and steps add to it at most; a quadratic pass gives 8. */
const SLACK = 3;

/** Work of eight times the input, in shares of the most that is linear: above 1 it grows faster than its input. */
export function mostGrowth(unit: Buffer): number {
  const size = Math.max(SMALL, COPIES * unit.length);
  return workOf(repeated(unit, TIMES * size)) / (TIMES * SLACK * workOf(repeated(unit, size)));
}
