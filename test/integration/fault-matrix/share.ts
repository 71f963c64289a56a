import { pairwise } from "../../support/pairwise.ts";
import { type Cell, cells } from "./cells.ts";

/** The cells of `npm test` and those that `npm run test:exhaustive` runs in addition: together all of them. */
export function share(): { readonly chosen: readonly Cell[]; readonly rest: readonly Cell[] } {
  return pairwise(cells(), ({ place, fault, once, step, state, crowd }) => [
    `${place}/${fault}`,
    once ? "once" : "for long",
    ...[step, state, crowd],
  ]);
}
