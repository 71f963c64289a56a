import type { Buffer } from "node:buffer";
import type { TellGap } from "../gaps.ts";
import { AGE_CHARS, readAge } from "./age.ts";
import { anchorSearch } from "./anchor-search.ts";
import { ANCHORS, type Handler } from "./anchors.ts";
import { readSurroundings } from "./beside.ts";
import { type Budget, budgetFor, spend, tellShortage } from "./budget.ts";
import { derAt } from "./der-anchor.ts";
import { encodedKeyAt, memberKeyAt, widened, withoutHexMark } from "./encoded-run.ts";
import { encodedText } from "./encoded-text.ts";
import { withoutEscapes } from "./escapes.ts";
import { type Hit, hit } from "./key.ts";
import { keyHead } from "./key-head.ts";
import { settleStore } from "./key-store.ts";
import { numberLists } from "./number-lists.ts";
import { escapedPemAt, pemAt } from "./pem-block.ts";
import { readPutty } from "./putty.ts";
import { partialKey, readLeadingKey } from "./read-key.ts";
import { prefixOfLine, withoutLinePrefix } from "./region.ts";
import { encodedRuns } from "./runs.ts";
import { looksWide, narrow } from "./wide.ts";
import { readXmlKey } from "./xml-key.ts";

/** Base64 of base64 of JSON in UTF-16 has four layers. */
const MAX_DEPTH = 6;
/** Characters of base64 before the anchor: SEQUENCE, lengths and version. */
const BASE64_LEAD = 8;
const ESCAPED_STEP = 256;
const WIDE_REGION = 64 * 1024;
const XML_REGION = 64 * 1024;
const PUTTY_REGION = 32 * 1024;
/** The same key this close to its copy is one finding: two ways to read the same bytes. */
const SAME_PLACE = 512;

const search = anchorSearch(ANCHORS);

/**
 * Every private key in `bytes`, in order of position: what is decoded and parses as one, or begins as one and is
 * cut short. Costs little more than reading where there is none, and never more than a multiple of the size: what
 * would cost more is left out and told.
 */
export function detectKeys(bytes: Buffer, tellGap?: TellGap): readonly Hit[] {
  const budget = budgetFor(bytes.length);
  const hits = detect(bytes, 0, budget);
  if (tellGap) tellShortage(budget, tellGap);
  return hits;
}

interface Level {
  readonly bytes: Buffer;
  readonly depth: number;
  readonly budget: Budget;
}

function detect(bytes: Buffer, depth: number, budget: Budget): readonly Hit[] {
  if (bytes.length < 32) return [];
  if (depth > MAX_DEPTH) {
    budget.nested = true;
    return [];
  }
  const level = { bytes, depth, budget };
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
  for (const { anchor, offset } of search(level.bytes)) {
    if (offset < (done[anchor.handler] ?? 0)) continue;
    const { hits, end } = LOOK[anchor.handler](level, offset);
    found.push(...hits);
    done[anchor.handler] = end;
  }
  return found;
}

interface Look {
  readonly hits: readonly Hit[];
  /** Anchors of the same handler before this offset need no look. */
  readonly end: number;
}

const LOOK: Readonly<Record<Handler, (level: Level, offset: number) => Look>> = {
  pem: ({ bytes, budget }, offset) => single(pemAt(bytes, offset, budget), offset),
  escaped({ bytes, budget }, offset) {
    const found = escapedPemAt(bytes, offset, budget);
    // One look covers what begins a little further on as well.
    return found ? single(found, offset) : { hits: [], end: offset + ESCAPED_STEP };
  },
  der: ({ bytes }, offset) => single(derAt(bytes, offset), offset),
  openssh({ bytes }, offset) {
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
  putty({ bytes, budget }, offset) {
    const next = bytes.subarray(offset + 8, offset + PUTTY_REGION).indexOf("PuTTY-User-Key");
    const size = next < 0 ? PUTTY_REGION : next + 8;
    if (!spend(budget, size)) return { hits: [], end: offset };
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

const single = (found: Hit | undefined, offset: number): Look =>
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
  const taken = known.map(({ offset, size }) => [offset, offset + size] as const);
  let done = 0;
  for (const run of encodedRuns(bytes)) {
    if (run.to <= done || taken.some(([from, to]) => run.from >= from && run.to <= to)) continue;
    const here = withoutHexMark(bytes, widened(bytes, { from: Math.max(run.from, done), to: run.to }));
    const key = encodedKeyAt(bytes, here, budget) ?? memberKeyAt(bytes, here, budget);
    if (key) {
      found.push(key);
      done = key.offset + key.size;
      continue;
    }
    const text = encodedText(bytes, here);
    if (!text || !spend(budget, text.bytes.length)) continue;
    done = text.end;
    const size = text.end - here.from;
    const inner = detect(text.bytes, depth + 1, budget);
    found.push(...inner.map((each) => ({ ...each, offset: here.from, size })));
  }
  return found;
}

function inNumbers({ bytes, depth, budget }: Level): Hit[] {
  const found: Hit[] = [];
  for (const list of numberLists(bytes)) {
    if (!spend(budget, list.to - list.from)) break;
    const inner = detect(list.bytes, depth + 1, budget);
    found.push(...inner.map((each) => ({ ...each, offset: list.from, size: list.to - list.from })));
  }
  return found;
}

/** One hit for each key at each place, in order. */
function distinct(hits: readonly Hit[]): Hit[] {
  const kept: Hit[] = [];
  const certainFirst = (one: Hit, other: Hit) =>
    one.offset - other.offset || one.key.certainty.localeCompare(other.key.certainty);
  for (const each of [...hits].sort(certainFirst)) {
    const same = kept.findLast(({ origin }) => origin === each.origin);
    if (same && each.offset < same.offset + Math.max(same.size, SAME_PLACE)) continue;
    if (each.key.certainty === "partial" && kept.some((other) => isInside(each, other))) continue;
    if (isPayload(each) && kept.some((other) => isWithin(each, other))) continue;
    kept.push(each);
  }
  return kept;
}

/** PKCS#8 carries a key of an older format, which has another identity where the algorithm is a narrower one. */
const isPayload = ({ key }: Hit) => /^(?:PKCS#1|SEC 1) /.test(key.kind);

const isWithin = (inner: Hit, outer: Hit) =>
  outer.key.kind.startsWith("PKCS#8") &&
  inner.offset > outer.offset &&
  inner.offset + inner.size <= outer.offset + outer.size;

const isInside = (inner: Hit, outer: Hit) =>
  inner.offset >= outer.offset && inner.offset < outer.offset + Math.max(outer.size, SAME_PLACE);
