/**
 * Chooses cases such that every pair of two circumstances that occurs in any case occurs in a chosen one. Always the
 * same ones, in their order; the case that brings the most new pairs first.
 * @param circumstances of a case: one value for each dimension, in the same order for all
 */
export function pairwise<Case>(
  cases: readonly Case[],
  circumstances: (one: Case) => readonly string[],
): { readonly chosen: readonly Case[]; readonly rest: readonly Case[] } {
  const pairs = cases.map((one) => pairsOf(circumstances(one)));
  const missing = new Set(pairs.flat());
  const chosen = new Set<number>();
  while (missing.size > 0) {
    const gains = pairs.map((own) => own.filter((pair) => missing.has(pair)).length);
    const best = gains.indexOf(Math.max(...gains));
    chosen.add(best);
    for (const pair of pairs[best] ?? []) missing.delete(pair);
  }
  return {
    chosen: cases.filter((_, index) => chosen.has(index)),
    rest: cases.filter((_, index) => !chosen.has(index)),
  };
}

function pairsOf(values: readonly string[]): readonly string[] {
  return values.flatMap((value, at) =>
    values.slice(at + 1).map((other, by) => [at, value, at + 1 + by, other].join("\0")),
  );
}
