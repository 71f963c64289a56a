import { expect } from "vitest";

const SMALL = 1;
const LARGE = 8;
/** Linear work grows 8 times, quadratic work 64 times; what is between them is a noisy machine. */
const MAX_GROWTH = 32;
/** Added to both sizes: below it the measurement is noise, and quadratic work takes far longer at these sizes. */
const FLOOR_MS = 2;
const TRIES = 4;
/** A cost that the noise of one measurement does not matter to. */
const CLEAR_MS = 200;

/**
 * Requires that the processor time of `run` grows at most linearly with its input. It compares the time of this
 * thread for two sizes, the least of several tries, so that a busy machine makes no difference.
 * @param input makes the input of a scale: that of 8 is eight times as large as that of 1
 */
export async function expectLinearGrowth<Input>(
  input: (scale: number) => Input,
  run: (input: Input) => unknown,
): Promise<void> {
  const small = await leastCost(input(SMALL), run, (cost) => cost >= CLEAR_MS);
  const growthTo = (large: number) => (large + FLOOR_MS) / (small + FLOOR_MS);
  const large = await leastCost(input(LARGE), run, (cost) => growthTo(cost) < MAX_GROWTH);
  const growth = growthTo(large);
  expect(growth, `${small.toFixed(1)} ms, then ${large.toFixed(1)} ms`).toBeLessThan(MAX_GROWTH);
}

/**
 * Milliseconds of processor time.
 * @param isEnough whether no further try is needed at this cost
 */
async function leastCost<Input>(
  input: Input,
  run: (input: Input) => unknown,
  isEnough: (cost: number) => boolean,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = process.threadCpuUsage();
    await run(input);
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
    if (isEnough(least)) break;
  }
  return least;
}
