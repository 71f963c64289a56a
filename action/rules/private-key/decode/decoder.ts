import type { Buffer } from "node:buffer";
import type { Budget } from "../budget.ts";
import type { Place, PlaceKind } from "../place.ts";

/** Bytes that are written as other bytes. What comes out is searched like a file of its own. */
export interface Decoded {
  readonly bytes: Buffer;
  /** Where the encoding is. Places of the same kind before `to` need no check. */
  readonly from: number;
  readonly to: number;
  /** More follows, and is decoded together with all from here on: what the end of `bytes` cuts short is whole there. */
  readonly again?: number;
  /** The offset of the byte at `at` before decoding; without it, what is found inside is reported at `from`. */
  readonly offsetOf?: (at: number) => number;
}

/** One way to write bytes as other bytes. */
export interface Decoder {
  readonly name: string;
  /** The places at which its encoding may begin. */
  readonly at: readonly PlaceKind[];
  /** What is encoded at the place; `undefined` where nothing is, or where the budget is used up. */
  find(bytes: Buffer, place: Place, budget: Budget): Decoded | undefined;
}
