import type { TellGap } from "../gaps.ts";

/**
 * What one content may cost beside reading it, so that a hostile file cannot hold up a scan: the counters are
 * far above what real files need. What is over them stays unopened or undecoded, and is told.
 */
export interface Budget {
  /** Bytes that may still be decoded or unescaped. */
  bytes: number;
  /** Rounds of password hashing that may still be spent; 600,000 cost 60 ms. */
  rounds: number;
  /** Keys whose passphrase may still be looked for. */
  locks: number;
  /** A passphrase was there and not tried. */
  untried: boolean;
  /** Something was encoded more times over than is decoded. */
  nested: boolean;
}

/** Decoding again and again what was decoded shrinks it, so honest content stays below ten times its size. */
const BYTES_PER_BYTE = 8;
const SPARE_BYTES = 8 * 1024 * 1024;

export const budgetFor = (size: number): Budget => ({
  bytes: size * BYTES_PER_BYTE + SPARE_BYTES,
  rounds: 4_000_000,
  locks: 64,
  untried: false,
  nested: false,
});

/** Takes `bytes` from the budget; false if it is used up. */
export function spend(budget: Budget, bytes: number): boolean {
  budget.bytes -= bytes;
  return budget.bytes > 0;
}

/** Tells what the budget was too small for. Once a spending was refused, its counter stays used up. */
export function tellShortage({ bytes, untried, nested }: Budget, tellGap: TellGap): void {
  if (bytes <= 0) tellGap("encoded");
  if (nested) tellGap("nested");
  if (untried) tellGap("passphrases");
}
