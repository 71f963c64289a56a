import { count } from "./budget.ts";
import type { Hit } from "./formats/key.ts";
import type { Place } from "./place.ts";

/** The same key this close to its copy is one finding: two ways to read the same bytes. */
const SAME_PLACE = 512;

/** One hit for each key at each place, in order. */
export function distinct(hits: readonly Hit[]): Hit[] {
  const kept: Hit[] = [];
  const last = new Map<string, Hit>();
  const reach = { end: 0 };
  const outer = { end: 0, before: 0, offset: -1 };
  const certainFirst = (one: Hit, other: Hit) =>
    one.offset - other.offset || one.key.certainty.localeCompare(other.key.certainty);
  for (const each of [...hits].sort(certainFirst)) {
    count(1);
    const same = last.get(each.origin);
    if (same && each.offset < same.offset + Math.max(same.size, SAME_PLACE)) continue;
    // What was kept begins before this one or with it, so the ends alone show what it is inside of.
    if (each.key.certainty === "partial" && each.offset < reach.end) continue;
    const around = each.offset > outer.offset ? outer.end : outer.before;
    if (isPayload(each) && each.offset + each.size <= around) continue;
    kept.push(each);
    last.set(each.origin, each);
    reach.end = Math.max(reach.end, each.offset + Math.max(each.size, SAME_PLACE));
    if (each.key.container !== "pkcs8") continue;
    if (each.offset > outer.offset) outer.before = outer.end;
    outer.offset = each.offset;
    outer.end = Math.max(outer.end, each.offset + each.size);
  }
  return kept;
}

/** PKCS#8 carries a key of an older format, which has another fingerprint where the algorithm is a narrower one. */
const isPayload = ({ key }: Hit) => key.container === "pkcs1" || key.container === "sec1";

/** Whether places, in ascending order, are inside of one of the hits. */
export function insideOf(hits: readonly Hit[]): (place: Place) => boolean {
  const sorted = [...hits].sort((one, other) => one.offset - other.offset);
  let [next, end] = [0, 0];
  return ({ from, to }) => {
    for (let hit = sorted[next]; hit && hit.offset <= from; hit = sorted[++next])
      end = Math.max(end, hit.offset + hit.size);
    return to <= end;
  };
}
