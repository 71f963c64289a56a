import type { Handler } from "./search/anchors.ts";

/** What draws attention to a place: an anchor of a handler, a run of encoded characters, a list of numbers. */
export type PlaceKind = Handler | "run" | "numbers";

/** Where a key or something encoded may begin. An anchor has no length of its own: it is one byte. */
export interface Place {
  readonly kind: PlaceKind;
  readonly from: number;
  readonly to: number;
}
