import { Buffer } from "node:buffer";
import { budgetFor } from "../../../action/detect/budget.ts";
import { detectKeys } from "../../../action/detect/detect.ts";

/** Bytes handed to passes while keys are looked for, without any limit that could hide growth. */
export function workOf(bytes: Buffer): number {
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
