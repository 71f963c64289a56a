import type { OnSkipped } from "../../scan/skipped.ts";

/**
 * What one source may cost in addition to reading it, so that a hostile file cannot hold up a scan: the counters are far
 * above what real files need. What exceeds them stays unopened or undecoded, and is reported. One budget serves all
 * windows of a source. Keys that are written plainly (`plain-key.ts`) cost none of `bytes`, so that nothing before
 * them can hide them.
 */
export interface Budget {
  /** Bytes that may still be decoded or unescaped in search of a key that is wrapped in something. */
  bytes: number;
  /** Keys that may still be handed to OpenSSL: 0.05 to 0.5 ms each. */
  opens: number;
  /** Keys that may still be reported. */
  keys: number;
  /** Rounds of password hashing that may still be spent; 600,000 cost 60 ms. */
  rounds: number;
  /** Keys whose passphrase may still be searched for. */
  locks: number;
  /** Values whose name may still be checked in the search for Box secrets: about 0.01 ms each. */
  names: number;
  /** Values with a secret's name and form whose context may still be checked: about 0.3 ms each. */
  secrets: number;
  /** A passphrase was there and not tried. */
  untried: boolean;
  /** Something was encoded more times over than is decoded. */
  nested: boolean;
  /** Compressed text was there, which is not unpacked. */
  archive: boolean;
  /** The time limit was over. */
  late: boolean;
  /** How often the deadline was checked. */
  checks: number;
  /** Bytes handed to a pass so far, whatever they cost: what tests hold against the size of the input. */
  work: number;
  /** Milliseconds of `now` after which nothing more is scanned. */
  readonly deadline: number;
  readonly now: () => number;
}

/** Decoding again and again what was decoded shrinks it by a quarter each time: honest content stays below this. */
const BYTES_PER_BYTE = 4;
/** For small files: 50 regions of the largest size, as a file with many broken keys takes. */
const SPARE_BYTES = 8 * 1024 * 1024;
/** A second of OpenSSL at most. */
const MAX_OPENS = 2000;
/** More of them in one file are a dump, and the rest changes nothing. */
const MAX_KEYS = 2000;
/** 0.8 seconds. */
const MAX_NAMES = 80_000;
/** 0.9 seconds. */
const MAX_SECRETS = 3000;
/** 0.4 seconds of PBKDF2. */
const MAX_ROUNDS = 4_000_000;
/** Keys around which 8 KB of text are searched for passphrases. */
const MAX_LOCKS = 64;
/** The last resort, far above what the counters allow on a slow machine. */
const MAX_MILLISECONDS = 60_000;
/** Milliseconds: a second per megabyte. */
const MILLISECONDS_PER_BYTE = 0.001;

/**
 * The budget of a source of `size` bytes.
 * @param now milliseconds by a clock that only goes forward; without it only the counters limit the scan
 */
export function budgetFor(size: number, now: () => number = () => 0): Budget {
  return {
    bytes: size * BYTES_PER_BYTE + SPARE_BYTES,
    opens: MAX_OPENS,
    keys: MAX_KEYS,
    rounds: MAX_ROUNDS,
    locks: MAX_LOCKS,
    names: MAX_NAMES,
    secrets: MAX_SECRETS,
    untried: false,
    nested: false,
    archive: false,
    late: false,
    checks: 0,
    work: 0,
    deadline: now() + MAX_MILLISECONDS + size * MILLISECONDS_PER_BYTE,
    now,
  };
}

/** Takes `bytes` from the budget; false if it is used up. */
export function spend(budget: Budget, bytes: number): boolean {
  budget.work += bytes;
  budget.bytes -= bytes;
  return budget.bytes > 0;
}

/** Whether the scan of this source ends: its time is over, or more keys were found than are reported. */
export const isOver = (budget: Budget): boolean => isLate(budget) || budget.keys <= 0;

/** The clock is read once in so many checks: it costs more than most of the work that is checked. */
const CHECKS_PER_READING = 64;

/** Whether the time limit is over. */
export function isLate(budget: Budget): boolean {
  if (budget.checks++ % CHECKS_PER_READING === 0 && budget.now() > budget.deadline) budget.late = true;
  return budget.late;
}

/** Reports what the budget was too small for. Once a spending was refused, its counter stays used up. */
export function reportShortage(budget: Budget, onSkipped: OnSkipped): void {
  if (budget.bytes <= 0) onSkipped("encoded");
  if (budget.nested) onSkipped("nested");
  if (budget.archive) onSkipped("archive");
  if (budget.untried) onSkipped("passphrases");
  if (budget.opens < 0 || budget.keys <= 0) onSkipped("keys");
  if (budget.late) onSkipped("time");
}

/** The budget of the source that this thread scans. */
let current: Budget | undefined;

/** Runs `act` at the cost of `budget`: what is far below it counts there, without a parameter through all layers. */
export function atCostOf<Value>(budget: Budget, act: () => Value): Value {
  const before = current;
  current = budget;
  try {
    return act();
  } finally {
    current = before;
  }
}

/** Counts bytes that are handed to a pass. */
export function count(bytes: number): void {
  if (current !== undefined) current.work += bytes;
}

/** What one key handed to OpenSSL counts for as work. */
const OPEN_WORK = 4096;

/** Takes leave to hand a key to OpenSSL; false if enough were. */
export function mayOpen(): boolean {
  if (current === undefined) return true;
  if (current.opens < 0) return false;
  current.work += OPEN_WORK;
  return current.opens-- > 0;
}
