import { Buffer } from "node:buffer";
import { comparePositions, type Position, START } from "../../schemas/json/position.ts";
import { type Budget, budgetFor } from "../rules/private-key/budget.ts";
import type { Source } from "../sources/source.ts";
import { looksLikeArchive } from "./archive.ts";
import type { Content } from "./content.ts";
import type { Finding, Scanned } from "./finding.ts";
import { positionsOf } from "./position.ts";
import type { Rule } from "./rule.ts";
import type { SkippedKind } from "./skipped.ts";
import { type Encoding, encodingOf } from "./text.ts";

/** Bytes up to which a source is scanned as a whole. */
const WHOLE = 4 * 1024 * 1024;
/**
 * Bytes that a window of a larger source shares with each neighbour. A 4,096-bit key takes 26 KB where each of its
 * characters is escaped, a 16,384-bit one 100 KB.
 */
const OVERLAP = 256 * 1024;
/** Bytes of a larger source that all windows know: the heads of its columns. */
const HEAD = 2048;

export interface WindowSizes {
  readonly whole: number;
  /** Less than a quarter of `whole`. */
  readonly overlap: number;
}

/**
 * What the rules find in one source. Memory is bounded, however large the source is.
 * @param now milliseconds by a clock that only goes forward; ends a scan that exceeds its time limit
 */
export async function scanSource(
  source: Source,
  all: readonly Rule[],
  sizes: WindowSizes = { whole: WHOLE, overlap: OVERLAP },
  now: () => number = () => performance.now(),
): Promise<Scanned> {
  const rules = source.isLink ? all.filter(({ ofDocuments }) => !ofDocuments) : all;
  const budget = budgetFor(source.size, now);
  const whole = (bytes: Buffer): Scanned => {
    const content: Content = {
      path: source.path,
      bytes,
      whole: true,
      start: START,
      encoding: encodingOf(bytes),
    };
    const skippedKinds: SkippedKind[] = elsewhere(bytes);
    const findings = rules.flatMap((rule) => rule.find(content, collector(skippedKinds), budget));
    return { findings, bytes: bytes.length, skippedKinds };
  };
  const arrived = source.size <= sizes.whole ? source.arrived?.() : undefined;
  if (arrived !== undefined) return whole(arrived);
  let windows: Windows | undefined;
  for await (const bytes of source.chunks()) {
    // Nearly every source: scanned in place, before its source does anything else.
    if (bytes.length === source.size && bytes.length <= sizes.whole) return whole(bytes);
    windows ??= new Windows(source, rules, sizes, budget);
    windows.add(bytes);
  }
  return windows?.finish() ?? whole(Buffer.alloc(0));
}

/** Content that a source represents and does not hold. */
function elsewhere(bytes: Buffer): SkippedKind[] {
  if (looksLikeArchive(bytes)) return ["archive"];
  if (
    bytes.length < LARGEST_POINTER &&
    bytes[0] === 0x76 &&
    bytes.toString("latin1", 0, 64).startsWith(LFS_POINTER)
  )
    return ["lfs"];
  return [];
}

/** The first line of https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. */
const LFS_POINTER = "version https://git-lfs.github.com/spec/";
const LARGEST_POINTER = 1024;

const collector = (skippedKinds: SkippedKind[]) => (skippedKind: SkippedKind) => {
  if (!skippedKinds.includes(skippedKind)) skippedKinds.push(skippedKind);
};

/** Buffers of finished sources: a new one each time would be waiting for the garbage collector by the dozen. */
const SPARE: Buffer[] = [];

/**
 * Scans a stream in overlapping windows. Each window reports on its middle alone: what begins in its last
 * part is seen whole by the next one, and its first part is only there so that nothing is taken out of context.
 * An encoded text that begins in the window before is the exception: what it hides is reported where the window
 * begins to read it, and only this window may have read that far.
 */
class Windows {
  readonly #path: string;
  readonly #rules: readonly Rule[];
  readonly #sizes: WindowSizes;
  readonly #budget: Budget;
  /** What is held: the first `#size` bytes. */
  readonly #buffer: Buffer;
  #size = 0;
  #bytes = 0;
  /** The first bytes of the source, once they are not held any more. */
  #head: Buffer | undefined;
  #findings: Finding[] = [];
  /** Position of the first byte held, and of the first that no window has reported on. */
  #start = START;
  #reported = START;
  #whole = true;
  /** What the first window shows: the others begin anywhere in the text. */
  #encoding: Encoding | undefined;
  readonly #skippedKinds: SkippedKind[] = [];
  readonly #onSkipped = collector(this.#skippedKinds);

  constructor({ path }: Source, rules: readonly Rule[], sizes: WindowSizes, budget: Budget) {
    this.#path = path;
    this.#rules = rules;
    this.#sizes = sizes;
    this.#budget = budget;
    const spare = SPARE.pop();
    this.#buffer = spare?.length === sizes.whole ? spare : Buffer.allocUnsafeSlow(sizes.whole);
  }

  /** Copies the chunk: its source may use it again. */
  add(chunk: Buffer): void {
    if (this.#bytes === 0 && looksLikeArchive(chunk)) this.#onSkipped("archive");
    this.#bytes += chunk.length;
    for (let from = 0; from < chunk.length; ) {
      if (this.#size === this.#buffer.length) this.#slide(this.#buffer);
      const copied = chunk.copy(this.#buffer, this.#size, from);
      this.#size += copied;
      from += copied;
    }
  }

  /** The end of the source; nothing can be added after it. */
  finish(): Scanned {
    this.#scan(this.#buffer.subarray(0, this.#size), undefined);
    SPARE.push(this.#buffer);
    return { findings: this.#findings, bytes: this.#bytes, skippedKinds: this.#skippedKinds };
  }

  #slide(bytes: Buffer): void {
    this.#whole = false;
    const { overlap } = this.#sizes;
    const keep = bytes.length - 2 * overlap;
    const [start = START, end = START] = positionsOf(
      bytes,
      this.#start,
      [keep, keep + overlap],
      this.#encodingOf(bytes),
    );
    this.#scan(bytes, end);
    this.#start = start;
    this.#reported = end;
    this.#head ??= Buffer.from(bytes.subarray(0, HEAD));
    bytes.copyWithin(0, keep);
    this.#size = 2 * overlap;
  }

  #encodingOf(bytes: Buffer): Encoding {
    this.#encoding ??= encodingOf(bytes);
    return this.#encoding;
  }

  #scan(bytes: Buffer, end: Position | undefined): void {
    const head = this.#head;
    const content: Content = {
      path: this.#path,
      bytes,
      whole: this.#whole,
      start: this.#start,
      ...(head && { head }),
      encoding: this.#encodingOf(bytes),
    };
    const isBefore = (finding: Finding, border: Position) => comparePositions(finding, border) < 0;
    for (const rule of this.#rules)
      for (const finding of rule.find(content, this.#onSkipped, this.#budget)) {
        if (end && !isBefore(finding, end)) continue;
        if (!isBefore(finding, this.#reported) || !this.#findings.some(isSameAs(finding)))
          this.#findings.push(finding);
      }
  }
}

/** The same secret, or the same place, which a window may read in another way where its context is cut off. */
const isSameAs = (finding: Finding) => (other: Finding) =>
  other.rule === finding.rule &&
  (other.identity === finding.identity || comparePositions(other, finding) === 0);
