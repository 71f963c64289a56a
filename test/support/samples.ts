/** What `npm test` takes of the random inputs of a costly property; the project `exhaustive` takes all of them. */
const SHARE = 0.1;

/** Whether a test has all its inputs: enough random ones to demand that each kind of them occurs, and the largest sizes. */
export const areAllSampled = process.env.BOX_STS_TEST_SAMPLES === "all";

/**
 * Every `step`-th row of a table in this project, or all.
 * @param shift by how much the first one is moved, so that the tables of a table have different rows
 */
export const everyNth = <Row>(rows: readonly Row[], step: number, shift = 0): readonly Row[] =>
  areAllSampled ? rows : rows.filter((_, at) => (at + shift) % step === 0);

/** How many random inputs a property takes in this project, of `all`. */
export const samples = (all: number, share = SHARE): number => (areAllSampled ? all : Math.ceil(all * share));
