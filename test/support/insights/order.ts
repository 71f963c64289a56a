import type { Value } from "./fields.ts";

/**
 * AWS's natural order: what is no number comes before all numbers; texts are compared by runs of digits, of letters and of
 * other characters: digits by length and then by value, the others by Unicode.
 */
export function compareNaturally(one: Value, other: Value): number {
  const [isNumber, isOtherNumber] = [isNumeric(one), isNumeric(other)];
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  if (isNumber) return Number(one) - Number(other);
  const [chunks, others] = [chunksOf(one), chunksOf(other)];
  for (const [at, chunk] of chunks.entries()) {
    const difference = compareChunks(chunk, others[at] ?? "");
    if (difference !== 0) return difference;
  }
  return chunks.length - others.length;
}

const isNumeric = (value: Value) => typeof value === "number" || /^[0-9]+$/.test(String(value));
const chunksOf = (value: Value) => String(value).match(/[0-9]+|[A-Za-z]+|[^0-9A-Za-z]+/g) ?? [];

function compareChunks(one: string, other: string): number {
  const areDigits = /^[0-9]/.test(one) && /^[0-9]/.test(other);
  if (areDigits && one.length !== other.length) return one.length - other.length;
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
