import type { Buffer } from "node:buffer";
import type { OnSkipped } from "../../scan/skipped.ts";
import { encodingOf } from "../../scan/text.ts";
import { atCostOf, type Budget, budgetFor, count, isOver, reportShortage } from "./budget.ts";
import type { Decoded } from "./decode/decoder.ts";
import { wholeUtf16 } from "./decode/utf16.ts";
import { distinct, insideOf } from "./distinct.ts";
import { type Hit, hit } from "./formats/key.ts";
import { openWithKnownPassphrase } from "./formats/key-store.ts";
import { leadingPart, readLeadingKey } from "./formats/read-key.ts";
import { withContext } from "./passphrase-search.ts";
import type { Place, PlaceKind } from "./place.ts";
import { PASSES, type Pass } from "./places.ts";
import { readersAt } from "./readers.ts";

/** Base64 of base64 of JSON in UTF-16 has four layers. */
const MAX_DEPTH = 6;
/** Bytes: an Ed25519 key in PKCS#8, the smallest in use, has 48. */
const SHORTEST = 32;

/**
 * Every private key in `bytes`, in order of position: what is decoded and parses as one, or begins as one and is
 * cut short. Costs little more than reading where there is none, and never more than a multiple of the size: what
 * would cost more is left out and reported. `encoding`: that of the file, where the bytes are its middle.
 */
export function detectKeys(
  bytes: Buffer,
  onSkipped?: OnSkipped,
  budget: Budget = budgetFor(bytes.length),
  encoding = encodingOf(bytes),
): readonly Hit[] {
  const hits = atCostOf(budget, () => detect(bytes, 0, budget, encoding));
  if (onSkipped) reportShortage(budget, onSkipped);
  return hits;
}

/** Bytes at a depth: how many layers of encoding were taken off to get them. */
interface Layer {
  readonly bytes: Buffer;
  readonly depth: number;
  readonly budget: Budget;
}

function detect(bytes: Buffer, depth: number, budget: Budget, encoding = encodingOf(bytes)): readonly Hit[] {
  if (bytes.length < SHORTEST) return [];
  if (depth > MAX_DEPTH) {
    budget.nested = true;
    return [];
  }
  const layer = { bytes, depth, budget };
  const { readings, isCertain } = wholeUtf16(bytes, encoding);
  const found = readings.flatMap((wide) => detectInside(layer, wide));
  if (isCertain) return readings.length > 1 ? distinct(found) : found;
  const leading = keyFromFirstByte(bytes, depth);
  if (leading) found.push(leading);
  for (const pass of PASSES) found.push(...passOver(layer, pass, found));
  return distinct(found.flatMap(withOthers))
    .flatMap((each) => openWithKnownPassphrase(each, budget) ?? [])
    .map((each) => withContext(each, bytes, budget));
}

/** The keys in what was decoded, by their places before decoding. */
const detectInside = ({ depth, budget }: Layer, decoded: Decoded): Hit[] =>
  detect(decoded.bytes, depth + 1, budget)
    .filter((each) => decoded.again === undefined || !isCutShort(each, decoded.bytes))
    .map((each) => ({ ...each, ...placeOutside(each, decoded) }));

const isCutShort = ({ key, offset, size }: Hit, { length }: Buffer) =>
  key.certainty === "partial" && offset + size >= length - SHORTEST;

function placeOutside({ offset, size }: Hit, { from, to, offsetOf }: Decoded) {
  if (offsetOf === undefined) return { offset: from, size: to - from };
  const start = offsetOf(offset);
  return { offset: start, size: offsetOf(offset + size) - start };
}

/** A file, or something decoded, that is a key in DER or in OpenSSH's encoding from its first byte on. */
function keyFromFirstByte(bytes: Buffer, depth: number): Hit | undefined {
  const found = readLeadingKey(bytes);
  if (found) return hit(found.key, 0, found.size);
  const cut = depth === 0 ? leadingPart(bytes) : undefined;
  return cut && hit(cut, 0, bytes.length);
}

const withOthers = (each: Hit): Hit[] => [
  each,
  ...(each.key.others ?? []).map((key) => hit(key, each.offset, each.size)),
];

/** The keys at the places of one pass. `known`: those of the passes before it. */
function passOver(layer: Layer, pass: Pass, known: readonly Hit[]): Hit[] {
  const { bytes, budget } = layer;
  const found: Hit[] = [];
  const inspected: Partial<Record<PlaceKind, Inspected>> = {};
  const isInKey = pass.skipsFound ? insideOf(known) : () => false;
  count(bytes.length);
  for (const place of pass.places(bytes)) {
    count(1);
    const { end, since } = inspected[place.kind] ?? NOTHING;
    if (place.to <= end || isInKey(place) || isInPem(place, inspected)) continue;
    if (isOver(budget)) break;
    const rest = { ...place, from: Math.max(place.from, end) };
    const result = inspect(layer, { ...(pass.exact?.(bytes, rest) ?? rest), since });
    found.push(...result.hits);
    inspected[place.kind] = { end: result.end, since: Math.max(since, place.from) };
  }
  return found;
}

/** How far places of a kind were inspected. */
interface Inspected {
  /** Places before it need no check. */
  readonly end: number;
  /** The last place so far. */
  readonly since: number;
}

const NOTHING: Inspected = { end: 0, since: 0 };

/** Whether the base64 at the place is that of a PEM that was read. */
const isInPem = ({ kind, from }: Place, { pem }: Partial<Record<PlaceKind, Inspected>>) =>
  kind === "base64" && from < (pem ?? NOTHING).end;

/** The key at the place, or else the keys in what is encoded there; `end`: how far that inspection reached. */
function inspect(
  layer: Layer,
  place: Place & { readonly since: number },
): { readonly hits: readonly Hit[]; readonly end: number } {
  const { formats, decoders } = readersAt(place.kind);
  for (const format of formats) {
    const found = format.find(layer.bytes, place, layer.budget);
    if (!found) continue;
    layer.budget.keys--;
    return { hits: [found], end: found.offset + found.size + (format.tail ?? 0) };
  }
  for (const decoder of decoders) {
    const decoded = decoder.find(layer.bytes, place, layer.budget);
    if (decoded) return { hits: detectInside(layer, decoded), end: decoded.again ?? decoded.to };
  }
  return { hits: [], end: place.from + Math.max(0, ...formats.map(({ step = 0 }) => step)) };
}
