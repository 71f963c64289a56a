import { Buffer } from "node:buffer";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";

/** Bytes handed to passes during the search for keys, without any limit that could hide growth. */
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

/** A quadratic pass gives 4. */
export const MAX_GROWTH = 2.3;

/** Shares of tens of thousands of changed keys are up to 52; a quadratic pass over the input gives thousands. */
export const MAX_SHARE = 200;

/** Bytes of input; the reach around one anchor is 160 KB at most. */
const SIZE = 48 * 1024;

/**
 * Work in shares of what the input and the budget that it took account for, with the limits of a real scan: the
 * budget is linear by its making, so that what grows faster than the input shows in this share.
 */
export function shareOfWork(unit: Buffer): number {
  const bytes = repeated(unit, SIZE);
  const budget = budgetFor(bytes.length, () => 0);
  const before = { ...budget };
  detectKeys(bytes, undefined, budget);
  const opened = (before.opens - budget.opens) * OPEN_WORK;
  return budget.work / (bytes.length + (before.bytes - budget.bytes) + opened);
}

/** As `budget.ts` counts a key that is handed to OpenSSL. */
const OPEN_WORK = 4096;
