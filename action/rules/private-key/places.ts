import type { Buffer } from "node:buffer";
import { encodedRun } from "./decode/escapes.ts";
import { numberLists } from "./decode/number-lists.ts";
import type { Place, PlaceKind } from "./place.ts";
import { ANCHORS } from "./search/anchors.ts";
import { encodedRuns } from "./search/runs.ts";
import { anchorSearch } from "./search/wu-manber.ts";

/** One search through all bytes, in ascending order of places but for anchors that overlap. */
export interface Pass {
  places(bytes: Buffer): Iterable<Place>;
  /** Whether a place inside of a key that an earlier pass found is left out. */
  readonly skipsFound: boolean;
  /** The place from where the encoding begins; it costs time, so only places that are inspected have it. */
  readonly exact?: (bytes: Buffer, place: Place) => Place;
}

const search = anchorSearch(ANCHORS);

/** In this order: what an anchor finds, a run needs not find again. */
export const PASSES: readonly Pass[] = [
  { places: anchors, skipsFound: false },
  {
    places: (bytes) => placed("run", encodedRuns(bytes)),
    skipsFound: true,
    exact: (bytes, { kind, ...run }) => ({ kind, ...encodedRun(bytes, run) }),
  },
  { places: (bytes) => placed("numbers", numberLists(bytes)), skipsFound: false },
];

function* anchors(bytes: Buffer): Generator<Place> {
  for (const { anchor, offset } of search(bytes))
    yield { kind: anchor.handler, from: offset, to: offset + 1 };
}

function* placed(kind: PlaceKind, ranges: Iterable<Omit<Place, "kind">>): Generator<Place> {
  for (const { from, to } of ranges) yield { kind, from, to };
}
