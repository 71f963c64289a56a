import type { Buffer } from "node:buffer";
import type { OnSkipped } from "../../scan/skipped.ts";
import { atCostOf, type Budget, budgetFor, count, isOver, reportShortage, spend } from "./budget.ts";
import { encodedKeyAt, memberKeyAt, widened, withoutHexMark } from "./decode/encoded-key.ts";
import { encodedText } from "./decode/encoded-text.ts";
import { withoutEscapes } from "./decode/escapes.ts";
import { numberLists } from "./decode/number-lists.ts";
import { prefixOfLine, withoutLinePrefix } from "./decode/region.ts";
import { looksWide, narrow } from "./decode/utf16.ts";
import { AGE_CHARS, readAge } from "./formats/age.ts";
import { derAt } from "./formats/der.ts";
import { readXmlKey } from "./formats/dotnet-xml.ts";
import { type Hit, hit } from "./formats/key.ts";
import { keyHead, OPENSSH_MAGIC } from "./formats/key-head.ts";
import { settleStore } from "./formats/key-store.ts";
import { escapedPemAt, pemAt } from "./formats/pem.ts";
import { plainPemAt } from "./formats/plain-key.ts";
import { readPutty } from "./formats/putty.ts";
import { partialKey, readLeadingKey } from "./formats/read-key.ts";
import { readSurroundings } from "./passphrase-search.ts";
import { ANCHORS, type Handler } from "./search/anchors.ts";
import { encodedRuns, type Run } from "./search/runs.ts";
import { anchorSearch } from "./search/wu-manber.ts";

/** Base64 of base64 of JSON in UTF-16 has four layers. */
const MAX_DEPTH = 6;
/** Characters of base64 before the anchor: SEQUENCE, lengths and version. */
const BASE64_LEAD = 8;
const ESCAPED_STEP = 256;
const WIDE_REGION = 64 * 1024;
const XML_REGION = 64 * 1024;
const PUTTY_REGION = 32 * 1024;
/** Characters between a body and the label of its END line. */
const END_LABEL = 24;
/** Headers, an Ed25519 key and the lines around it. */
const SHORTEST_PUTTY = 200;
/** The same key this close to its copy is one finding: two ways to read the same bytes. */
const SAME_PLACE = 512;

const search = anchorSearch(ANCHORS);

/**
 * Every private key in `bytes`, in order of position: what is decoded and parses as one, or begins as one and is
 * cut short. Costs little more than reading where there is none, and never more than a multiple of the size: what
 * would cost more is left out and reported.
 */
export function detectKeys(
  bytes: Buffer,
  onSkipped?: OnSkipped,
  budget: Budget = budgetFor(bytes.length),
): readonly Hit[] {
  const hits = atCostOf(budget, () => detect(bytes, 0, budget));
  if (onSkipped) reportShortage(budget, onSkipped);
  return hits;
}

interface Level {
  readonly bytes: Buffer;
  readonly depth: number;
  readonly budget: Budget;
  /** Offsets before this were tried as the beginning of a key in DER. */
  tried: number;
}

function detect(bytes: Buffer, depth: number, budget: Budget): readonly Hit[] {
  if (bytes.length < 32) return [];
  if (depth > MAX_DEPTH) {
    budget.nested = true;
    return [];
  }
  const level = { bytes, depth, budget, tried: 0 };
  if (looksWide(bytes)) return inNarrow(level, 0, bytes.length);
  const leading = wholeKey(bytes, depth);
  const found = [...(leading ? [leading] : []), ...atAnchors(level)];
  found.push(...inRuns(level, found), ...inNumbers(level));
  return distinct(found.flatMap(withOthers))
    .flatMap((each) => settleStore(each, budget) ?? [])
    .map((each) => readSurroundings(each, bytes, budget));
}

/** A file, or something decoded, that is a key in DER or in OpenSSH's encoding from its first byte on. */
function wholeKey(bytes: Buffer, depth: number): Hit | undefined {
  const head = keyHead(bytes);
  if (!head) return undefined;
  const found = readLeadingKey(bytes);
  if (found) return hit(found.key, 0, found.size);
  const share = bytes.length / (head.size ?? Number.POSITIVE_INFINITY);
  const cut = depth === 0 && share > 0.25 && share < 1 ? partialKey(bytes, head) : undefined;
  return cut && hit(cut, 0, bytes.length);
}

const withOthers = (each: Hit): Hit[] => [
  each,
  ...(each.key.others ?? []).map((key) => hit(key, each.offset, each.size)),
];

function atAnchors(level: Level): Hit[] {
  const found: Hit[] = [];
  const done: Partial<Record<Handler, number>> = {};
  count(level.bytes.length);
  for (const { anchor, offset } of search(level.bytes)) {
    count(1);
    if (offset < (done[anchor.handler] ?? 0)) continue;
    // The base64 of a PEM that was read.
    if (anchor.handler === "base64" && offset < (done.pem ?? 0)) continue;
    if (isOver(level.budget)) break;
    const { hits, end } = INSPECT[anchor.handler](level, offset);
    found.push(...hits);
    level.budget.keys -= hits.length;
    done[anchor.handler] = end;
  }
  return found;
}

interface Inspection {
  readonly hits: readonly Hit[];
  /** Anchors of the same handler before this offset need no check. */
  readonly end: number;
}

const INSPECT: Readonly<Record<Handler, (level: Level, offset: number) => Inspection>> = {
  pem({ bytes, budget }, offset) {
    const plain = plainPemAt(bytes, offset);
    if (plain === undefined) return single(pemAt(bytes, offset, budget), offset);
    return { hits: [plain], end: plain.offset + plain.size + END_LABEL };
  },
  escaped({ bytes, budget }, offset) {
    const found = escapedPemAt(bytes, offset, budget);
    // One check covers what begins a little further on as well.
    return found ? single(found, offset) : { hits: [], end: offset + ESCAPED_STEP };
  },
  der(level, offset) {
    const found = derAt(level.bytes, offset, level.tried);
    level.tried = Math.max(level.tried, offset);
    return single(found, offset);
  },
  openssh({ bytes }, offset) {
    // The length of the cipher's name, which has at most 40 characters: three bytes of zero.
    const size = offset + OPENSSH_MAGIC.length;
    if (bytes[size] !== 0 || bytes[size + 1] !== 0 || bytes[size + 2] !== 0) return { hits: [], end: offset };
    const found = readLeadingKey(bytes.subarray(offset));
    return single(found && hit(found.key, offset, found.size), offset);
  },
  base64({ bytes, budget }, offset) {
    const from = Math.max(0, offset - BASE64_LEAD);
    return single(encodedKeyAt(bytes, { from, to: offset + BASE64_LEAD * 6 }, budget), offset);
  },
  age({ bytes }, offset) {
    const key = readAge(withoutEscapes(bytes.toString("latin1", offset, offset + AGE_CHARS)));
    return single(key && hit(key, offset, AGE_CHARS), offset);
  },
  xml({ bytes, budget }, offset) {
    const next = bytes.subarray(offset + 8, offset + XML_REGION).indexOf("RSAKeyValue");
    const size = next < 0 ? XML_REGION : next + 8;
    if (!spend(budget, size)) return { hits: [], end: offset };
    const key = readXmlKey(withoutEscapes(bytes.toString("latin1", offset, offset + size)));
    return single(key && hit(key, offset, size), offset);
  },
  putty({ bytes }, offset) {
    const next = bytes.subarray(offset + 8, offset + PUTTY_REGION).indexOf("PuTTY-User-Key");
    const size = next < 0 ? PUTTY_REGION : next + 8;
    // Free, as every key that is written plainly: the parts between the headers do not overlap.
    if (size < SHORTEST_PUTTY) return { hits: [], end: offset };
    count(size);
    const key = readPutty(
      withoutEscapes(
        withoutLinePrefix(bytes.toString("latin1", offset, offset + size), prefixOfLine(bytes, offset)),
      ),
    );
    return single(key && hit(key, offset, Math.min(size, 1024)), offset);
  },
  wide(level, offset) {
    const from = Math.max(0, offset - 2 * SAME_PLACE);
    const to = Math.min(level.bytes.length, offset + WIDE_REGION);
    return {
      hits: spend(level.budget, to - from) ? inNarrow(level, from, to) : [],
      end: offset + WIDE_REGION / 2,
    };
  },
};

const single = (found: Hit | undefined, offset: number): Inspection =>
  found ? { hits: [found], end: found.offset + found.size } : { hits: [], end: offset };

/** Keys in UTF-16 or between NULs. */
function inNarrow({ bytes, depth, budget }: Level, from: number, to: number): Hit[] {
  const inner = narrow(bytes.subarray(from, to));
  return detect(inner.bytes, depth + 1, budget).map((found) => {
    const offset = inner.offsetOf(found.offset);
    return { ...found, offset: from + offset, size: inner.offsetOf(found.offset + found.size) - offset };
  });
}

function inRuns({ bytes, depth, budget }: Level, known: readonly Hit[]): Hit[] {
  const found: Hit[] = [];
  const isTaken = takenBy(known);
  let done = 0;
  count(bytes.length);
  for (const run of encodedRuns(bytes)) {
    count(1);
    if (run.to <= done || isTaken(run)) continue;
    if (isOver(budget)) break;
    const here = withoutHexMark(bytes, widened(bytes, { from: Math.max(run.from, done), to: run.to }));
    const key = encodedKeyAt(bytes, here, budget) ?? memberKeyAt(bytes, here, budget);
    if (key) {
      found.push(key);
      budget.keys--;
      done = key.offset + key.size;
      continue;
    }
    const text = encodedText(bytes, here, budget);
    if (!text || !spend(budget, text.bytes.length)) continue;
    done = text.end;
    const size = text.end - here.from;
    const inner = detect(text.bytes, depth + 1, budget);
    found.push(...inner.map((each) => ({ ...each, offset: here.from, size })));
  }
  return found;
}

/** Whether runs, in ascending order, lie inside of one of the hits. */
function takenBy(hits: readonly Hit[]): (run: Run) => boolean {
  const sorted = [...hits].sort((one, other) => one.offset - other.offset);
  let [next, end] = [0, 0];
  return ({ from, to }) => {
    for (let hit = sorted[next]; hit && hit.offset <= from; hit = sorted[++next])
      end = Math.max(end, hit.offset + hit.size);
    return to <= end;
  };
}

function inNumbers({ bytes, depth, budget }: Level): Hit[] {
  const found: Hit[] = [];
  count(bytes.length);
  for (const list of numberLists(bytes)) {
    if (isOver(budget) || !spend(budget, list.to - list.from)) break;
    const inner = detect(list.bytes, depth + 1, budget);
    found.push(...inner.map((each) => ({ ...each, offset: list.from, size: list.to - list.from })));
  }
  return found;
}

/** One hit for each key at each place, in order. */
function distinct(hits: readonly Hit[]): Hit[] {
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
    if (each.key.format !== "pkcs8") continue;
    if (each.offset > outer.offset) outer.before = outer.end;
    outer.offset = each.offset;
    outer.end = Math.max(outer.end, each.offset + each.size);
  }
  return kept;
}

/** PKCS#8 carries a key of an older format, which has another fingerprint where the algorithm is a narrower one. */
const isPayload = ({ key }: Hit) => key.format === "pkcs1" || key.format === "sec1";
